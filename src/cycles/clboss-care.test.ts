import { describe, expect, test } from 'vitest';
import { ClbossKeeper, MemoryClbossStore } from '../../test/doubles/clboss.ts';
import type { OurTag } from '../core/neighbours/clboss-tags.ts';
import { type NodeId, parseNodeId } from '../core/units.ts';
import { NodeRefused, RetryLater, UNKNOWN_COMMAND } from '../ports/errors.ts';
import { ClbossCare } from './clboss-care.ts';

const peer = (digit: string): NodeId => {
  const id = parseNodeId(`02${digit.repeat(64)}`);
  if (!id) throw new Error('a constant of this test is no node id');
  return id;
};
const [A, B] = [peer('a'), peer('b')];

function world() {
  const clboss = new ClbossKeeper();
  const store = new MemoryClbossStore();
  const alerts: string[] = [];
  const lines: string[] = [];
  const state = {
    present: true,
    enabled: true,
    wanted: new Map<NodeId, readonly OurTag[]>(),
    unseen: new Set<NodeId>(),
  };
  const care = new ClbossCare({
    clboss,
    store,
    present: () => state.present,
    enabled: () => state.enabled,
    wishes: async () => ({ wanted: state.wanted, unseen: state.unseen }),
    commandFor: (peerId, tags) => `tell ${peerId} "${tags.join(',')}"`,
    log: (level, text) => lines.push(`${level}: ${text}`),
    alert: (text) => alerts.push(text),
  });
  return { care, clboss, store, alerts, lines, state };
}
/** Both peers want `lnfee`. */
function wanting() {
  const made = world();
  made.state.wanted = new Map([
    [A, ['lnfee']],
    [B, ['lnfee']],
  ]);
  return made;
}

test('where nothing is wanted and nothing is held, clboss is not even asked', async () => {
  const { care, clboss } = world();
  await care.run();
  expect(clboss.reads).toBe(0);
});

test('an absent clboss is nothing to speak of', async () => {
  const { care, clboss, alerts, lines, state } = wanting();
  state.present = false;
  await care.run();
  expect([clboss.reads, alerts, lines]).toEqual([0, [], []]);
  expect(await care.settle(A)).toBeUndefined();
});

test('one that went a moment ago is no trouble either', async () => {
  const { care, clboss, alerts } = wanting();
  clboss.onRead = async () => {
    throw new NodeRefused('Unknown command', UNKNOWN_COMMAND);
  };
  await care.run();
  expect(alerts).toEqual([]);
});

test('what it may write is remembered before it is sent, and every write is read back', async () => {
  const { care, clboss, store } = wanting();
  const remembered: boolean[] = [];
  clboss.onWrite = async (peerId, tags) => {
    remembered.push(store.get(peerId)?.asked?.whole.join() === tags.join());
    return tags;
  };
  await care.run();
  expect(remembered).toEqual([true, true]);
  expect(clboss.reads).toBe(3);
  expect(store.get(A)).toEqual({ ours: ['lnfee'], asked: undefined });
  await care.run();
  expect([clboss.writes.length, clboss.reads]).toEqual([2, 4]);
});

test('what somebody writes between our look and our next write is kept', async () => {
  const { care, clboss } = wanting();
  clboss.onWrite = async (peerId, tags) => {
    if (peerId === A) clboss.tags.set(B, ['open']);
    return tags;
  };
  await care.run();
  expect(clboss.tags.get(B)).toEqual(['open', 'lnfee']);
});

describe('a write that does not come about', () => {
  test('is tried once more, then said aloud once, and not claimed', async () => {
    const { care, clboss, store, alerts } = wanting();
    clboss.tags.set(A, ['open']);
    clboss.onWrite = async (peerId) => clboss.tags.get(peerId) ?? [];
    await care.run();
    await care.run();
    expect(clboss.writes.filter(([peerId]) => peerId === A)).toHaveLength(4);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toContain('and 1 more');
    expect(store.all().size).toBe(0);
    expect(clboss.tags.get(A)).toEqual(['open']);
  });

  test('is not claimed when clboss refuses it; and it is said again when it is well again', async () => {
    const { care, clboss, store, alerts, lines } = wanting();
    clboss.onWrite = async () => {
      throw new NodeRefused('Permission denied', -3);
    };
    await care.run();
    expect(store.all().size).toBe(0);
    expect(alerts[0]).toContain('Permission denied');
    clboss.onWrite = async (_, tags) => tags;
    await care.run();
    expect(lines).toContain('info: clboss does as it is told again');
    expect(clboss.tags.get(B)).toEqual(['lnfee']);
  });

  test('and those after it have their turn in the next round', async () => {
    const { care, clboss, state } = world();
    const peers = ['1', '2', '3', '4', '5'].map(peer);
    state.wanted = new Map(peers.map((id) => [id, ['lnfee'] as const]));
    clboss.onWrite = async (peerId, tags) => {
      if (peers.indexOf(peerId) < 3) throw new NodeRefused('not this one', -1);
      return tags;
    };
    await care.run();
    expect(clboss.tags.size).toBe(0);
    await care.run();
    expect([...clboss.tags.keys()]).toEqual(peers.slice(3));
  });

  test('of which nothing is known stays open until clboss is read again', async () => {
    const { care, clboss, store, alerts } = wanting();
    clboss.onWrite = async (peerId, tags) => {
      clboss.tags.set(peerId, tags);
      throw new RetryLater('no answer');
    };
    await expect(care.run()).rejects.toThrow(RetryLater);
    expect(store.get(A)?.asked).toBeDefined();
    expect(alerts).toEqual([]);
    clboss.onWrite = async (_, tags) => tags;
    await care.run();
    expect(store.get(A)).toEqual({ ours: ['lnfee'], asked: undefined });
    expect(clboss.writes.filter(([peerId]) => peerId === A)).toHaveLength(1);
  });
});

test('one that answers nothing of use is shown at once, and said aloud only when that lasts', async () => {
  const { care, clboss, alerts } = wanting();
  clboss.onRead = async () => {
    throw new RetryLater('garbage');
  };
  for (const said of [0, 0, 1, 1]) {
    await expect(care.run()).rejects.toThrow(RetryLater);
    expect(alerts).toHaveLength(said);
    expect((await care.look()).problem).toContain('garbage');
  }
});

test('peers of whom nothing is known now stay as they are', async () => {
  const { care, clboss, store, state } = wanting();
  await care.run();
  state.wanted = new Map();
  state.unseen = new Set([A]);
  await care.run();
  expect([...clboss.tags.keys()]).toEqual([A]);
  expect([...store.rows.keys()]).toEqual([A]);
});

describe('giving everything back', () => {
  test('takes all of ours away, also from peers that refuse no more, and what is left is said with its command', async () => {
    const { care, clboss, store, lines } = wanting();
    clboss.tags.set(A, ['open']);
    await care.run();
    clboss.onWrite = async (peerId, tags) => {
      if (peerId === A) throw new NodeRefused('Permission denied', -3);
      return tags;
    };
    await care.giveAllBack();
    expect([...clboss.tags]).toEqual([[A, ['open', 'lnfee']]]);
    expect([...store.rows.keys()]).toEqual([A]);
    expect(lines.at(-1)).toContain(`tell ${A} "open"`);
  });

  test('ends a round under way at its next step, and none begins any more', async () => {
    const { care, clboss } = wanting();
    const written = Promise.withResolvers<void>();
    clboss.onWrite = async (_, tags) => {
      await written.promise;
      return tags;
    };
    const round = care.run();
    while (clboss.writes.length === 0) await new Promise(setImmediate);
    const given = care.giveAllBack();
    written.resolve();
    await Promise.all([round, given, care.run()]);
    expect(clboss.writes).toEqual([
      [A, 'lnfee'],
      [A, ''],
    ]);
  });
});

describe('what the operator is shown', () => {
  test('is what clboss says, and of it what is ours', async () => {
    const { care, clboss } = wanting();
    clboss.tags.set(A, ['open', 'lnfee']);
    await care.run();
    const { peers, answered } = await care.look();
    expect(answered).toBe(true);
    expect(peers).toEqual([
      { peerId: A, tags: ['open', 'lnfee'], ours: [] },
      { peerId: B, tags: ['lnfee'], ours: ['lnfee'] },
    ]);
    expect(await care.giveBackCommands()).toEqual([`tell ${B} ""`]);
  });

  test('while clboss is silent it is what we remember, and no command that could take too much', async () => {
    const { care, clboss } = wanting();
    await care.run();
    clboss.onRead = async () => {
      throw new RetryLater('no answer');
    };
    expect(await care.look()).toMatchObject({
      answered: false,
      problem: 'no answer',
      peers: [
        { peerId: A, tags: undefined, ours: ['lnfee'] },
        { peerId: B, tags: undefined, ours: ['lnfee'] },
      ],
    });
    for (const line of await care.giveBackCommands()) expect(line).toMatch(/^# .*lnfee/);
  });

  test('looking changes nothing', async () => {
    const { care, clboss, store } = wanting();
    await care.look();
    await care.giveBackCommands();
    expect([clboss.writes, store.rows.size]).toEqual([[], 0]);
  });
});
