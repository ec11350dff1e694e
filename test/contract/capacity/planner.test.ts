/** The planner over the real memory, looker and flow: what it takes from where, and that it leaves no trace. */
import { describe, expect, test } from 'vitest';
import {
  DAY_MS,
  fromSat,
  HOUR_MS,
  laterBy,
  msat,
  share,
  type UnixMs,
} from '../../../src/core/units.ts';
import { CapacityPlanner } from '../../../src/cycles/capacity-planner.ts';
import type { PeerChannel } from '../../../src/ports/node.ts';
import { BooksDouble, sumsOf } from '../../doubles/books-double.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, peerChannel, scid } from '../../doubles/peer-channel.ts';
import { opened, pricedLife, START, sold } from '../../doubles/priced-life.ts';
import { stateOf } from '../../doubles/rpc-world.ts';

const SPLICES = '8000000000000000';
const [SELLS, SILENT, QUIET] = [1, 2, 3];

function life(channels: readonly PeerChannel[] = [SELLS, SILENT, QUIET].map(channel)) {
  const { parts, store, node, clock } = pricedLife({ channels });
  const books = new BooksDouble(() => clock.now());
  books.kept = channels.map(({ channelId: id, peerId, scid: name, capacity }) => ({
    channelId: id,
    peerId,
    name,
    closed: false,
    openedByPeer: false,
    capacity,
    ageDays: 200,
    openEstimate: undefined,
    roi: 0,
    marginalRoi: id === channelId(SELLS) ? 0.5 : 0,
    class: id === channelId(SILENT) ? ('ZOMBIE' as const) : ('BREAK_EVEN' as const),
    lastSettled: undefined,
  }));
  books.rows = [
    {
      day: books.today() - 3,
      channelId: channelId(SELLS),
      sums: sumsOf({
        out: fromSat(700_000),
        revenue: fromSat(900),
        costs: { rebalance: fromSat(100), diagnostic: fromSat(20), open: fromSat(5_000) },
      }),
    },
  ];
  store.flow.save([flowOf(SELLS, 0.95), flowOf(SILENT, 0)], START);
  const planner = new CapacityPlanner({
    looker: parts.pricing.looker,
    node: {
      peers: async () =>
        channels.map(({ peerId, connected }) => ({ peerId, connected, features: SPLICES })),
    },
    books,
    flow: store.flow,
    chain: () => parts.chain.view(),
  });
  return { planner, store, node, books, clock, parts };
}
const channel = (n: number): PeerChannel => peerChannel(n, opened(200));
const flowOf = (n: number, direction: number) => ({
  channelId: channelId(n),
  at: START,
  windowDays: 7,
  in: msat(0n),
  out: fromSat(100_000),
  count: 20,
  dailyVolume: fromSat(14_000),
  velocity: 0.014,
  direction,
  state: 'BALANCED' as const,
  confidence: 'high' as const,
  share: share(0.5),
  capacity: fromSat(1_000_000),
});

describe('the capacity planner over the real parts', () => {
  test('the month from the books, the direction from the flow, splicing from the peers, the feerate from its last sample', async () => {
    const { planner, parts, node } = life();
    node.chainFees = async () => ({ satPerVbyte: 3 });
    await parts.chain.run();
    const { plan, space, judged } = await planner.plan();
    expect({ space, judged }).toEqual({ space: { satPerVbyte: 3, stale: false }, judged: 3 });
    expect(plan.winners).toMatchObject([
      {
        turnover: 0.7,
        channel: { name: scid(SELLS), splices: true, direction: 0.95, monthNet: fromSat(780) },
      },
    ]);
    expect(plan.pairs).toMatchObject([
      {
        close: { channel: { name: scid(SILENT) } },
        payback: { kind: 'days', moved: fromSat(500_000), monthlyGain: fromSat(390) },
      },
    ]);
  });

  test('attempts count while they can still prove anything: 14 days, and since the last forward', async () => {
    const { planner, store, clock } = life();
    const at = clock.now();
    const probesEnded = [laterBy(at, -15 * DAY_MS), laterBy(at, -HOUR_MS)];
    store.fees.saveState({ ...stateOf(channelId(SILENT)), probesEnded });
    const { plan } = await planner.plan();
    expect(plan.losers.find(({ action }) => action === 'CLOSE')?.channel.attempts).toBe(1);
  });

  test('a forward wipes out what was tried before it', async () => {
    const { planner, store, clock } = life();
    const at = clock.now();
    store.forwards.storeEvents([sold(1, laterBy(at, -HOUR_MS), { out: SILENT })], at);
    const attempts = async (endedAt: UnixMs) => {
      store.fees.saveState({ ...stateOf(channelId(SILENT)), probesEnded: [endedAt] });
      const { losers } = (await planner.plan()).plan;
      return losers.find(({ action }) => action === 'CLOSE')?.channel.attempts;
    };
    expect(await attempts(laterBy(at, -2 * HOUR_MS))).toBe(0);
    expect(await attempts(laterBy(at, -HOUR_MS / 2))).toBe(1);
  });

  test('the peers an operator wants left alone, and channels in a splice, are in no list', async () => {
    const spliced = { ...channel(SELLS), state: 'CHANNELD_AWAITING_SPLICE' };
    const { planner, store } = life([spliced, channel(SILENT), channel(QUIET)]);
    givePolicy(store, { peerId: channel(SILENT).peerId }, { strategy: 'passive' }, START);
    const { judged, plan } = await planner.plan();
    expect({ judged, winners: plan.winners, losers: plan.losers }).toMatchObject({
      judged: 1,
      winners: [],
    });
    expect(plan.losers.some(({ channel: one }) => one.name === scid(SILENT))).toBe(false);
  });

  test('original 4.14: a report analyses no flow and writes no history', async () => {
    const { planner, store, node } = life();
    const before = [...store.flow.latest().values()];
    const journal = store.journal.count();
    node.log.length = 0;
    await planner.plan();
    await planner.plan();
    expect([...store.flow.latest().values()]).toEqual(before);
    expect(store.journal.count()).toBe(journal);
    expect(node.log).toEqual(['look', 'look']);
  });

  test('a channel the books do not know yet is not judged', async () => {
    const { planner, books } = life();
    books.kept = books.kept.slice(1);
    expect((await planner.plan()).judged).toBe(2);
  });
});
