import { describe, expect, it } from 'vitest';
import { MemoryBooks } from '../../test/doubles/memory-books.ts';
import { channelId, nodeId, peerChannel } from '../../test/doubles/peer-channel.ts';
import { PendingHtlcs } from '../core/flow/pending-htlcs.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  msat,
  type NodeId,
  parseScid,
  unixMs,
} from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { RebalanceCosts, ShockEnd } from '../ports/spending.ts';
import type { ChannelTotals, KnownChannel, Reputation } from '../ports/store.ts';
import { type EvidenceStore, observeChannels, peerUptimes, peerWeights } from './peer-view.ts';

const NOW = unixMs(100 * DAY_MS);
const daysAgo = (days: number) => unixMs(NOW - days * DAY_MS);
const ONE = channelId(1);
const SETTINGS = { reputation: true, openEstimate: fromSat(5000) };
type ConnectionEvent = { readonly at: ReturnType<typeof unixMs>; readonly connected: boolean };

/** Memory with nothing in it; fill what a test is about. */
function memory() {
  const m = {
    known: [] as KnownChannel[],
    flow: new Map(),
    totals: new Map<ChannelId, ChannelTotals>(),
    lastSettled: new Map<ChannelId, ReturnType<typeof unixMs>>(),
    out: new Map<ChannelId, ReturnType<typeof msat>>(),
    month: new Map<ChannelId, { out: ReturnType<typeof msat>; fees: ReturnType<typeof msat> }>(),
    medians: { byChannel: new Map(), node: undefined as ReturnType<typeof msat> | undefined },
    holds: new Map<NodeId, { count: number; mean: number; std: number }>(),
    reputations: [] as Reputation[],
    events: new Map<NodeId, readonly ConnectionEvent[]>(),
    states: new Map(),
    costs: new Map<ChannelId, RebalanceCosts>(),
    shocks: new Map<ChannelId, readonly ShockEnd[]>(),
    asked: [] as unknown[],
    books: new MemoryBooks(),
  };
  const store: EvidenceStore = {
    channels: { all: () => m.known },
    flow: { latest: () => m.flow },
    fees: { states: () => m.states },
    peers: {
      reputations: () => m.reputations,
      connections: () => m.events,
      downtime: () => [],
    },
    forwards: {
      channelTotals: () => m.totals,
      lastSettled: () => m.lastSettled,
      outSince: (since) => {
        m.asked.push(['out since', since]);
        return m.out;
      },
      revenue: (now, days) => {
        m.asked.push(['revenue', now, days]);
        return m.month;
      },
      medianAmounts: () => m.medians,
      holdTimes: (since) => {
        m.asked.push(['hold times', since]);
        return m.holds;
      },
    },
    spending: { costs: () => m.costs, shocks: () => m.shocks },
    books: m.books,
  };
  return { m, store };
}
type Memory = ReturnType<typeof memory>;

function see({ store }: Memory, channel: PeerChannel = peerChannel(1), settings = SETTINGS) {
  const pending = new PendingHtlcs();
  const evidence = observeChannels(store, [channel], pending, settings, NOW).get(channel.channelId);
  if (!evidence) throw new Error('not observed');
  return evidence;
}
const totals = (change: Partial<ChannelTotals>): ChannelTotals => ({
  inCount: 0,
  in: msat(0n),
  outCount: 0,
  out: msat(0n),
  fees: msat(0n),
  assistedFees: msat(0n),
  ...change,
});

describe('a channel of which nothing is remembered', () => {
  it('unknown stays unknown; only what is really nothing is 0', () => {
    const w = memory();
    expect(see(w, peerChannel(1, { stateChanges: [] }))).toEqual({
      share: 0.5,
      ageDays: undefined,
      idleDays: undefined,
      lastSettled: undefined,
      settledOutEver: 0n,
      leftInDay: 0n,
      flow: undefined,
      books: {
        class: 'UNDERWATER',
        roi: -1,
        marginalRoi: 0,
        estimated: true,
        entries: {
          revenue: 0n,
          assisted: 0n,
          openCost: undefined,
          chainCost: 0n,
          rebalanceCost: 0n,
          revenue30d: 0n,
          rebalanceCost30d: 0n,
          out30d: 0n,
        },
      },
      refill: undefined,
      attempts: [],
      hold: undefined,
      peerWeight: 1,
      realisedPpm: undefined,
      uptime: undefined,
      watched: false,
      connectedForMs: undefined,
      routable: true,
      routableFrom: fromSat(25_000),
      slots: { use: 0, pending: { in: [], out: [] } },
    });
  });

  it('asks memory in bulk, over the windows of the law', () => {
    const w = memory();
    see(w);
    expect(w.m.asked).toEqual([
      ['out since', daysAgo(1)],
      ['revenue', NOW, 30],
      ['hold times', daysAgo(7)],
    ]);
  });
});

describe('idle days', () => {
  it('count from the last settled forward, else from opening', () => {
    const w = memory();
    const opened = [{ at: daysAgo(40), from: 'DUALOPEND_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }];
    const channel = peerChannel(1, { stateChanges: opened });
    expect(see(w, channel)).toMatchObject({ ageDays: 40, idleDays: 40 });
    w.m.lastSettled.set(ONE, daysAgo(3));
    expect(see(w, channel)).toMatchObject({ ageDays: 40, idleDays: 3, lastSettled: daysAgo(3) });
  });

  it('age comes from memory where the node has forgotten it', () => {
    const w = memory();
    const channel = peerChannel(1, { stateChanges: [] });
    w.m.known.push({
      channelId: ONE,
      peerId: nodeId(1),
      names: [],
      capacity: fromSat(1),
      openedByPeer: undefined,
      openedAt: daysAgo(9),
      closed: false,
    });
    expect(see(w, channel).ageDays).toBe(9);
  });

  it('else from the record of its opening, else from blocks whose times we saw', () => {
    const w = memory();
    const scid = parseScid('900050x1x0');
    const channel = peerChannel(1, { stateChanges: [], scid });
    expect(see(w, channel).ageDays).toBeUndefined();
    w.m.books.sawBlock(900_000, daysAgo(8));
    w.m.books.sawBlock(900_100, daysAgo(6));
    expect(see(w, channel).ageDays).toBe(7);
    w.m.books.openings.set(ONE, daysAgo(7.5));
    expect(see(w, channel).ageDays).toBe(7.5);
  });

  it('a name that a splice gave dates the splice, not the channel', () => {
    const w = memory();
    const change = { at: daysAgo(1), from: 'CHANNELD_AWAITING_SPLICE', to: 'CHANNELD_NORMAL' };
    const scid = parseScid('900050x1x0');
    w.m.books.sawBlock(900_050, daysAgo(1));
    expect(see(w, peerChannel(1, { stateChanges: [change], scid })).ageDays).toBeUndefined();
  });
});

describe('books', () => {
  it('a channel the peer opened cost nothing to open', () => {
    const w = memory();
    w.m.totals.set(ONE, totals({ out: fromSat(25_000) }));
    w.m.books.book(99, ONE, { revenue: msat(1n) });
    const seen = see(w, peerChannel(1, { opener: 'remote' }));
    expect(seen.books).toMatchObject({ roi: 1, estimated: false, class: 'PROFITABLE' });
    expect(seen.settledOutEver).toBe(fromSat(25_000));
  });

  it('what came in by it counts when it is more, never both', () => {
    const w = memory();
    w.m.books.book(70, ONE, { revenue: fromSat(4_500), assisted: fromSat(10_000) });
    const out = fromSat(2_000_000);
    w.m.books.book(71, ONE, { out, revenue: fromSat(500) });
    w.m.month.set(ONE, { out, fees: fromSat(500) });
    const { books, realisedPpm } = see(w);
    expect(books).toMatchObject({ roi: 1, estimated: true, marginalRoi: 1 });
    expect(books.entries).toMatchObject({
      revenue: fromSat(5_000),
      assisted: fromSat(10_000),
      revenue30d: fromSat(500),
      out30d: fromSat(2_000_000),
    });
    expect(realisedPpm).toBe(250);
  });

  it('volume that paid nothing has no realised price', () => {
    const w = memory();
    w.m.month.set(ONE, { out: fromSat(1), fees: msat(0n) });
    expect(see(w).realisedPpm).toBeUndefined();
  });

  it('original headline 2 (ZOMBIE could not be reached): two probes that woke nothing make one; a settled forward ends it', () => {
    const w = memory();
    w.m.states.set(ONE, { probesEnded: [daysAgo(10), daysAgo(5)] });
    expect(see(w).books.class).toBe('ZOMBIE');
    w.m.lastSettled.set(ONE, daysAgo(1));
    expect(see(w).books.class).not.toBe('ZOMBIE');
  });

  it('a shock that brought nothing and a probe that sold nothing make a ZOMBIE together', () => {
    const w = memory();
    w.m.states.set(ONE, { probesEnded: [daysAgo(10)] });
    w.m.shocks.set(ONE, [{ at: daysAgo(5), succeeded: false }]);
    expect(see(w)).toMatchObject({ books: { class: 'ZOMBIE' } });
    expect(see(w).attempts).toHaveLength(2);
  });

  it('what rebalancing cost counts: all of it against the channel, the refills of 30 days against the month', () => {
    const w = memory();
    w.m.books.book(50, ONE, { revenue: fromSat(300), costs: { rebalance: fromSat(250) } });
    const costs = { rebalance: fromSat(150), hive: fromSat(50), diagnostic: fromSat(50) };
    w.m.books.book(90, ONE, { revenue: fromSat(300), costs });
    w.m.costs.set(ONE, {
      life: fromSat(450),
      last30d: fromSat(200),
      diagnostic: fromSat(50),
      refills30d: { count: 4, cost: fromSat(180), moved: fromSat(900_000) },
    });
    const seen = see(w, peerChannel(1, { opener: 'remote' }));
    expect(seen.books).toMatchObject({ roi: 0.2, marginalRoi: 0.5 });
    expect(seen.refill).toEqual({ ppm: 200, count: 4 });
  });

  it('what the chain took counts: an opening that is known, splices and the close', () => {
    const w = memory();
    const costs = { open: fromSat(200), splice: fromSat(180), close: fromSat(120) };
    w.m.books.book(50, ONE, { revenue: fromSat(600), costs });
    expect(see(w).books).toMatchObject({ roi: 0.2, estimated: false });
    expect(see(w).books.entries).toMatchObject({ openCost: fromSat(200), chainCost: fromSat(300) });
  });

  it('what the peer opened may have cost us all the same, when we funded a part of it', () => {
    const w = memory();
    w.m.books.book(50, ONE, { revenue: fromSat(600), costs: { open: fromSat(500) } });
    expect(see(w, peerChannel(1, { opener: 'remote' })).books.roi).toBe(0.2);
  });

  it('original §3 (revenue of 8 days against costs of 30): the month of revenue and that of costs are the same days', () => {
    const w = memory();
    for (const day of [70, 71, 100])
      w.m.books.book(day, ONE, { revenue: fromSat(100), costs: { rebalance: fromSat(50) } });
    expect(see(w).books).toMatchObject({
      marginalRoi: 1,
      entries: { revenue30d: fromSat(200), rebalanceCost30d: fromSat(100) },
    });
  });

  it('a channel whose refills moved nothing has no price of refilling', () => {
    const w = memory();
    const refills30d = { count: 0, cost: fromSat(0), moved: fromSat(0) };
    const none = fromSat(0);
    w.m.costs.set(ONE, { life: none, last30d: none, diagnostic: none, refills30d });
    expect(see(w).refill).toBeUndefined();
  });

  it('of a peer we have watched for less than a week nobody knows whether it was there', () => {
    const w = memory();
    w.m.lastSettled.set(ONE, daysAgo(8));
    w.m.events.set(nodeId(1), [{ at: daysAgo(6.9), connected: true }]);
    expect(see(w).books.class).not.toBe('STAGNANT_CANDIDATE');
    w.m.events.set(nodeId(1), [{ at: daysAgo(7), connected: true }]);
    expect(see(w).books.class).toBe('STAGNANT_CANDIDATE');
  });

  it('idle for a week with the peer there is STAGNANT_CANDIDATE', () => {
    const w = memory();
    w.m.events.set(nodeId(1), [{ at: daysAgo(20), connected: true }]);
    w.m.lastSettled.set(ONE, daysAgo(8));
    expect(see(w).books.class).toBe('STAGNANT_CANDIDATE');
    w.m.events.set(nodeId(1), [
      { at: daysAgo(2), connected: true },
      { at: daysAgo(9), connected: false },
    ]);
    expect(see(w).books.class).toBe('UNDERWATER');
  });
});

describe('the peer', () => {
  it('is measured over 24 h and since it came back', () => {
    const w = memory();
    w.m.events.set(nodeId(1), [
      { at: daysAgo(3), connected: false },
      { at: daysAgo(0.25), connected: true },
    ]);
    expect(see(w)).toMatchObject({ uptime: 0.25, connectedForMs: DAY_MS / 4 });
    const away = see(w, peerChannel(1, { connected: false }));
    expect(away).toMatchObject({ uptime: 0.25, connectedForMs: undefined, routable: false });
  });

  it('weighs by reputation where there is enough of it', () => {
    const w = memory();
    const peer = (n: number, success: number) => ({
      peerId: nodeId(n),
      success,
      failure: 198 - success,
      at: NOW,
    });
    w.m.reputations.push(...Array.from({ length: 10 }, (_, i) => peer(i + 2, 19)), peer(1, 1));
    expect(see(w).peerWeight).toBe(0.5);
    expect(peerWeights(w.store).get(nodeId(1))).toBe(0.5);
    expect(see(w, peerChannel(1), { ...SETTINGS, reputation: false }).peerWeight).toBe(1);
  });

  it('holds long or not', () => {
    const w = memory();
    w.m.holds.set(nodeId(1), { count: 10, mean: 11, std: 0 });
    expect(see(w).hold).toBe(1.2);
  });

  it('uptimes leave out peers without history', () => {
    const w = memory();
    w.m.events.set(nodeId(1), [{ at: daysAgo(2), connected: true }]);
    w.m.events.set(nodeId(2), []);
    expect([...peerUptimes(w.store, daysAgo(1), NOW)]).toEqual([[nodeId(1), 1]]);
  });
});

describe('the channel itself', () => {
  it('is routable from the median of its own forwards, else of the node', () => {
    const w = memory();
    w.m.medians.node = fromSat(600_000);
    expect(see(w)).toMatchObject({ routable: false, routableFrom: fromSat(600_000) });
    w.m.medians.byChannel.set(ONE, fromSat(490_000));
    expect(see(w)).toMatchObject({ routable: true, routableFrom: fromSat(490_000) });
  });

  it('original 4.1 (HTLCs of both directions in one count): its slots are as full as the fuller direction', () => {
    const htlc = (direction: 'in' | 'out', id: number) => ({
      direction,
      id: BigInt(id),
      amount: msat(1n),
      paymentHash: 'x',
      expiry: undefined,
    });
    const htlcs = [htlc('in', 1), htlc('out', 1), htlc('out', 2), htlc('out', 3)];
    expect(see(memory(), peerChannel(1, { htlcs })).slots.use).toBe(0.3);
    const incoming = [htlc('in', 1), htlc('in', 2), htlc('out', 1)];
    expect(see(memory(), peerChannel(1, { htlcs: incoming })).slots.use).toBe(0.2);
    expect(see(memory(), peerChannel(1, { maxAcceptedHtlcs: 0 })).slots.use).toBe(1);
  });

  it('what is in flight comes from events', () => {
    const { store } = memory();
    const pending = new PendingHtlcs();
    const amounts = { inAmount: msat(11n), outAmount: msat(10n), paymentHash: undefined, at: NOW };
    pending.offered({ inChannel: ONE, inHtlcId: 1n, outChannel: channelId(2), ...amounts });
    const seen = observeChannels(store, [peerChannel(1)], pending, SETTINGS, NOW).get(ONE);
    expect(seen?.slots.pending).toEqual({ in: [11n], out: [] });
  });

  it('flow and the last day come along', () => {
    const w = memory();
    w.m.flow.set(ONE, { state: 'SINK', direction: -0.7, channelId: ONE });
    w.m.out.set(ONE, fromSat(12));
    expect(see(w)).toMatchObject({
      flow: { state: 'SINK', direction: -0.7 },
      leftInDay: fromSat(12),
    });
  });
});
