import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/doubles/manual-clock.ts';
import { MemoryBooks } from '../../test/doubles/memory-books.ts';
import { channelId, peerChannel } from '../../test/doubles/peer-channel.ts';
import type { DayFlow, FlowMetrics } from '../core/flow/types.ts';
import { type ChannelId, DAY_MS, fromSat, type UnixMs, unixMs } from '../core/units.ts';
import { RetryLater } from '../ports/errors.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { KnownChannel } from '../ports/store.ts';
import { FlowCycle } from './flow-cycle.ts';

const NOW = unixMs(100 * DAY_MS);

function world(open: readonly PeerChannel[]) {
  const days = new Map<ChannelId, readonly DayFlow[]>();
  const saved: { metrics: readonly FlowMetrics[]; at: UnixMs }[] = [];
  const decays: unknown[][] = [];
  const known: KnownChannel[] = [];
  const asked: unknown[][] = [];
  const at = { reputation: true, node: async () => open };
  const books = new MemoryBooks();
  const cycle = new FlowCycle({
    node: { peerChannels: () => at.node() },
    clock: new ManualClock(NOW),
    log: () => {},
    settings: () => ({
      windowDays: 7,
      graceDays: 14,
      reputation: at.reputation,
      reputationDecay: 0.98,
      intervalMs: 3_600_000,
    }),
    store: {
      books,
      channels: { all: () => known },
      forwards: {
        dayFlows: (...args) => {
          asked.push(args);
          return days;
        },
      },
      peers: {
        decayReputation: (...args) => {
          decays.push(args);
        },
      },
      flow: {
        save: (metrics, when) => {
          saved.push({ metrics, at: when });
        },
        latest: () => new Map(saved.at(-1)?.metrics.map((m) => [m.channelId, m])),
      },
    },
  });
  return { cycle, days, saved, decays, known, asked, at, books };
}
/** A day whose direction is `percent` / 100. */
const leaning = (percent: number): readonly DayFlow[] => [
  { age: 0, in: fromSat(500 * (100 - percent)), out: fromSat(500 * (100 + percent)), count: 50 },
];

describe('the flow cycle (SPEC 2.4)', () => {
  it('measures every managed channel, with one question for all', async () => {
    const w = world([
      peerChannel(1),
      peerChannel(2, { state: 'CHANNELD_AWAITING_SPLICE' }),
      peerChannel(3, { state: 'ONCHAIN' }),
      peerChannel(4, { ours: undefined }),
      peerChannel(5, { ourReserve: fromSat(600_000), theirReserve: fromSat(400_000) }),
    ]);
    w.days.set(channelId(1), leaning(75));
    await w.cycle.run();
    expect(w.asked).toEqual([[NOW, 7]]);
    expect(w.saved).toHaveLength(1);
    expect(w.cycle.latest().map((m) => [m.channelId, m.state, m.confidence])).toEqual([
      [channelId(1), 'SOURCE', 'high'],
      [channelId(2), 'BALANCED', 'low'],
    ]);
    expect(w.cycle.latest()[0]).toMatchObject({
      at: NOW,
      capacity: fromSat(1_000_000),
      share: 0.5,
      in: fromSat(12_500),
      out: fromSat(87_500),
    });
  });

  it('original 4.1 (capacity made of spendable and receivable): HTLCs in flight leave velocity as it is', async () => {
    const calm = peerChannel(1);
    const crowded = peerChannel(2, { spendable: fromSat(1000), receivable: fromSat(1000) });
    const w = world([calm, crowded]);
    for (const { channelId: id } of [calm, crowded]) w.days.set(id, leaning(0));
    await w.cycle.run();
    const [one, other] = w.cycle.latest();
    expect(one?.capacity).toBe(fromSat(1_000_000));
    expect(one?.velocity).toBeCloseTo(0.1 / 7, 8);
    expect(other).toMatchObject({ capacity: one?.capacity, velocity: one?.velocity });
  });

  it('carries the state from one analysis to the next (hysteresis)', async () => {
    const w = world([peerChannel(1)]);
    w.days.set(channelId(1), leaning(45));
    await w.cycle.run();
    expect(w.cycle.latest()[0]?.state).toBe('BALANCED');
    w.days.set(channelId(1), leaning(60));
    w.cycle.analyze();
    w.days.set(channelId(1), leaning(45));
    w.cycle.analyze();
    expect(w.cycle.latest()[0]?.state).toBe('SOURCE');
  });

  it('dates a channel by its state changes, else by what was remembered, else by the record of its opening', async () => {
    const young = unixMs(NOW - 2 * DAY_MS);
    const changes = [{ at: young, from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }];
    const w = world([
      peerChannel(1, { stateChanges: changes }),
      peerChannel(2, { stateChanges: [] }),
      peerChannel(3, { stateChanges: [] }),
      peerChannel(4, { stateChanges: [] }),
    ]);
    w.books.openings.set(channelId(4), young);
    const remembered = { peerId: undefined, names: [], capacity: fromSat(1), openedByPeer: false };
    w.known.push({ ...remembered, channelId: channelId(2), openedAt: young, closed: false });
    await w.cycle.run();
    expect(w.cycle.latest().map(({ state }) => state)).toEqual(['NEW', 'NEW', 'BALANCED', 'NEW']);
  });

  it('lets reputation fade by real time, unless it is switched off', async () => {
    const w = world([]);
    await w.cycle.run();
    expect(w.decays).toEqual([[NOW, 0.98, 3_600_000]]);
    w.at.reputation = false;
    await w.cycle.run();
    expect(w.decays).toHaveLength(1);
  });

  it('a failed look changes nothing', async () => {
    const w = world([]);
    w.at.node = async () => {
      throw new RetryLater('no answer');
    };
    await expect(w.cycle.run()).rejects.toThrow('no answer');
    expect([w.saved, w.decays]).toEqual([[], []]);
  });

  it('before the first look it answers what is stored and erases nothing', () => {
    const w = world([]);
    expect(w.cycle.analyze()).toEqual([]);
    expect(w.saved).toEqual([]);
  });
});
