/** SPEC 6: the books as an operator asks for them, against everything the node itself did. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HOUR_MS, laterBy } from '../../src/core/units.ts';
import { SimulatedMarket } from '../../src/sim/market/simulated-market.ts';
import { BORN, Life } from './harness.ts';
import { FULL } from './rebalance-world.ts';

/** Seldom enough that days pass quickly. */
const UNHURRIED = {
  'revenue-ops-fee-interval': 7200,
  'revenue-ops-flow-interval': 14_400,
  'revenue-ops-rebalance-interval': 3600,
};

const amount = z.union([z.number(), z.bigint()]).transform(BigInt);
const history = z.looseObject({
  lifetime_revenue_msat: amount,
  lifetime_forward_count: z.number(),
  lifetime_total_costs_msat: amount,
});
const costs = z.looseObject({
  opening_costs: z.looseObject({ total_msat: amount }),
  rebalance_costs: z.looseObject({ total_msat: amount }),
  diagnostic_costs: z.looseObject({ total_msat: amount }),
  all_costs: z.looseObject({ total_msat: amount }),
  odd_transactions: z.array(z.unknown()),
});
const days = z.looseObject({
  days: z.array(
    z.looseObject({
      closed: z.boolean(),
      reconciled_by: z.string().optional(),
      revenue_msat: amount,
      unexplained_msat: amount.optional(),
    }),
  ),
});

/** What the chain really cost, and what payments to ourselves did. */
const chainFees = (life: Life): bigint =>
  life.node.state.chain.fees.reduce((sum, { amount: fee }) => sum + fee, 0n);
const circularFees = (life: Life): bigint =>
  life.node.state.payments
    .page('created', 1, Number.MAX_SAFE_INTEGER)
    .filter(({ status, fromIndex }) => status === 'complete' && fromIndex !== undefined)
    .reduce((sum, { sent, received }) => sum + BigInt(sent - received), 0n);

/** By hand, whatever the rules say: from the channel with the most to the one with the least of ours. */
async function fills(life: Life): Promise<void> {
  const [poor, ...others] = life.market
    .channels()
    .filter(({ connected, closed }) => connected && !closed)
    .toSorted((one, other) => one.toUs / one.capacity - other.toUs / other.capacity);
  const rich = others.at(-1);
  if (!poor || !rich) throw new Error('no two channels are connected');
  const order = [rich.scid, poor.scid, 100_000, 1_000, true];
  const { status, message } = await life.call('revenue-rebalance', order);
  expect([status, message]).toEqual(['initiated', message]);
}

describe('the books of a node', () => {
  let life: Life;
  let openings = -1n;
  let opened = 0n;
  beforeAll(async () => {
    const market = new SimulatedMarket({ seed: 7, start: BORN, channels: 12, historyDays: 3 });
    life = await Life.start({ market, sling: 'healthy', options: { ...FULL, ...UNHURRIED } });
    await life.days(1);
    await fills(life);
    openings = costs.parse(await life.call('revenue-report', ['costs'])).opening_costs.total_msat;
    opened = chainFees(life);
    life.node.onChain((chain) => {
      chain.splice(life.channel(0), -500_000_000n);
      chain.withdraw(1_000_000_000n);
      chain.closeMutually(life.channel(1));
    });
    await life.days(1);
    await life.killPlugin();
    life.node.advance(laterBy(life.now, HOUR_MS));
    await life.restartPlugin();
    await life.days(1);
    await life.hours(2);
  }, 60_000);
  afterAll(() => life.destroy());

  test('openings cost what the market paid for them', () => {
    expect(opened).toBeGreaterThan(0n);
    expect(openings).toBe(opened);
  });

  test('lifetime revenue is that of the node, each forward once, history and a kill included', async () => {
    const told = history.parse(await life.call('revenue-history'));
    expect(told.lifetime_revenue_msat).toBe(BigInt(life.node.state.feesCollected));
    expect(told.lifetime_revenue_msat).toBeGreaterThan(0n);
  });

  test('costs are the on-chain fees and what the node paid to itself, to the millisatoshi', async () => {
    const told = costs.parse(await life.call('revenue-report', ['costs']));
    expect(circularFees(life)).toBeGreaterThan(0n);
    expect(told.rebalance_costs.total_msat + told.diagnostic_costs.total_msat).toBe(
      circularFees(life),
    );
    expect(told.all_costs.total_msat).toBe(chainFees(life) + circularFees(life));
    expect(told.odd_transactions).toEqual([]);
  });

  test('closed days agree with the moves of the node, and nothing is unexplained', async () => {
    const told = days.parse(await life.call('revenue-report', ['days']));
    const compared = told.days.filter(({ reconciled_by: by }) => by === 'moves');
    expect(compared.length).toBeGreaterThanOrEqual(4);
    expect(compared.filter(({ unexplained_msat: one }) => one !== 0n)).toEqual([]);
    expect(compared.every(({ closed }) => closed)).toBe(true);
  });

  test('the capacity planner judges every channel and knows the feerate', async () => {
    const report = await life.call('revenue-capacity-report');
    const open = life.market.channels().filter(({ closed }) => !closed).length;
    expect(report).toMatchObject({ channels: open, feerate_is_old: false });
    expect(report.feerate_sat_per_vbyte).toBeGreaterThan(0);
    const { result } = await life.call('revenue-plan', ['table']);
    expect(result).toMatch(/^Mempool: (PROCEED|HOLD)/);
  });
});
