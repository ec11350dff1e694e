import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/doubles/manual-clock.ts';
import { channelId, nodeId, peerChannel, scid } from '../../test/doubles/peer-channel.ts';
import { fromSat, type Scid, unixMs } from '../core/units.ts';
import type { ClosedChannel } from '../ports/node.ts';
import type { KnownChannel } from '../ports/store.ts';
import { Directory, knownChannels } from './directory.ts';

const alias = (n: number): Scid => `${9_000_000 + n}x2x1` as Scid;
const closedChannel = (n: number, change: Partial<ClosedChannel> = {}): ClosedChannel => ({
  channelId: channelId(n),
  peerId: nodeId(n),
  scid: scid(n),
  aliasLocal: undefined,
  aliasRemote: undefined,
  opener: 'remote',
  capacity: fromSat(5),
  ...change,
});
const known = (n: number, change: Partial<KnownChannel> = {}): KnownChannel => ({
  channelId: channelId(n),
  peerId: nodeId(n),
  names: [scid(n)],
  capacity: fromSat(1),
  openedByPeer: false,
  openedAt: unixMs(7),
  closed: false,
  ...change,
});
const names = (channels: readonly KnownChannel[], n: number) =>
  channels.find((channel) => channel.channelId === channelId(n))?.names;

describe('names of a channel (SPEC, words)', () => {
  it('are its scid and both aliases', () => {
    const channel = peerChannel(1, { aliasLocal: alias(1), aliasRemote: alias(2) });
    const { open } = knownChannels([channel], [], []);
    expect(open).toEqual([
      {
        channelId: channelId(1),
        peerId: nodeId(1),
        names: [scid(1), alias(1), alias(2)],
        capacity: fromSat(1_000_000),
        openedByPeer: false,
        openedAt: 0,
        closed: false,
      },
    ]);
  });

  it('before lock-in there may be none', () => {
    const channel = peerChannel(1, { scid: undefined, opener: 'remote', stateChanges: [] });
    const { open } = knownChannels([channel], [], []);
    expect(open[0]).toMatchObject({ names: [], openedByPeer: true, openedAt: undefined });
  });

  it('a splice keeps the scid from before', () => {
    const { open } = knownChannels([peerChannel(1, { scid: scid(77) })], [], [known(1)]);
    expect(names(open, 1)).toEqual([scid(1), scid(77)]);
  });

  it('a closed channel keeps names, peer, origin and age that only we remember', () => {
    const gone = closedChannel(1, { peerId: undefined, scid: undefined, opener: undefined });
    const { open, closed } = knownChannels([], [gone], [known(1)]);
    expect(open).toEqual([]);
    expect(closed).toEqual([
      {
        channelId: channelId(1),
        peerId: nodeId(1),
        names: [scid(1)],
        capacity: fromSat(5),
        openedByPeer: false,
        openedAt: 7,
        closed: true,
      },
    ]);
  });

  it('a channel listed open and closed is open', () => {
    const { open, closed } = knownChannels([peerChannel(1)], [closedChannel(1)], []);
    expect(open).toHaveLength(1);
    expect(closed).toEqual([]);
  });

  it('opener unknown stays unknown', () => {
    const { closed } = knownChannels([], [closedChannel(1, { opener: undefined })], []);
    expect(closed[0]?.openedByPeer).toBeUndefined();
  });
});

describe('a peer picks its alias freely', () => {
  it('it cannot take the scid of another channel', () => {
    const thief = peerChannel(2, { aliasRemote: scid(1) });
    for (const order of [
      [thief, peerChannel(1)],
      [peerChannel(1), thief],
    ]) {
      const { open } = knownChannels(order, [], []);
      expect(names(open, 1)).toEqual([scid(1)]);
      expect(names(open, 2)).toEqual([scid(2)]);
    }
  });

  it('nor our alias, nor a closed channel, nor a name from the past', () => {
    const own = peerChannel(1, { aliasLocal: alias(1) });
    const thieves = [alias(1), scid(3), scid(4)].map((aliasRemote, i) =>
      peerChannel(10 + i, { aliasRemote }),
    );
    const { open } = knownChannels([...thieves, own], [closedChannel(3)], [known(4)]);
    for (const n of [10, 11, 12]) expect(names(open, n)).toEqual([scid(n)]);
    expect(names(open, 1)).toEqual([scid(1), alias(1)]);
  });

  it('of two that chose the same, one has it', () => {
    const both = [1, 2].map((n) => peerChannel(n, { aliasRemote: alias(5) }));
    const { open } = knownChannels(both, [], []);
    expect(open.flatMap((channel) => channel.names)).toEqual([scid(1), alias(5), scid(2)]);
  });

  it('what the chain says moves a name that was taken wrongly before', () => {
    const before = known(2, { names: [scid(2), scid(1)] });
    const { open } = knownChannels([peerChannel(1), peerChannel(2)], [], [before]);
    expect(names(open, 1)).toEqual([scid(1)]);
    expect(names(open, 2)).toEqual([scid(2)]);
  });
});

describe('learning', () => {
  it('asks once for callers at the same time, and again later', async () => {
    const calls: string[] = [];
    const learnt: unknown[][] = [];
    const node = {
      peerChannels: async () => {
        calls.push('open');
        return [peerChannel(1)];
      },
      closedChannels: async () => {
        calls.push('closed');
        return [closedChannel(2)];
      },
      leftOut: () => 0,
    };
    const channels = {
      all: () => [],
      learn: (...args: unknown[]) => {
        learnt.push(args);
      },
    };
    const directory = new Directory(node, channels, new ManualClock(unixMs(5)));
    const [first] = await Promise.all([directory.refresh(), directory.refresh()]);
    expect(first).toEqual([peerChannel(1)]);
    expect(calls).toEqual(['open', 'closed']);
    expect(learnt).toEqual([
      [
        [expect.objectContaining({ channelId: channelId(1), closed: false })],
        [expect.objectContaining({ channelId: channelId(2), closed: true })],
        5,
      ],
    ]);
    await directory.refresh();
    expect(calls).toHaveLength(4);
  });

  it('a channel that could not be read is not taken for closed', async () => {
    const learnt: (readonly KnownChannel[])[] = [];
    let leftOut = 1;
    const node = {
      peerChannels: async () => [peerChannel(1)],
      closedChannels: async () => [closedChannel(2)],
      leftOut: () => leftOut,
    };
    const earlier = [known(1), known(2), known(3), known(4, { closed: true })];
    const learn = (open: readonly KnownChannel[]) => {
      learnt.push(open);
    };
    const directory = new Directory(
      node,
      { all: () => earlier, learn },
      new ManualClock(unixMs(5)),
    );
    await directory.refresh();
    leftOut = 0;
    await directory.refresh();
    const ids = learnt.map((open) => open.map((channel) => channel.channelId));
    expect(ids).toEqual([[channelId(1), channelId(3)], [channelId(1)]]);
  });

  it('a failed look is not remembered', async () => {
    let broken = true;
    const node = {
      peerChannels: async () => {
        if (broken) throw new Error('away');
        return [];
      },
      closedChannels: async () => [],
      leftOut: () => 0,
    };
    const channels = { all: () => [], learn: () => {} };
    const directory = new Directory(node, channels, new ManualClock(unixMs(5)));
    await expect(directory.refresh()).rejects.toThrow('away');
    broken = false;
    expect(await directory.refresh()).toEqual([]);
  });
});
