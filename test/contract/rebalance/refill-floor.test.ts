/** What refilling really cost arrives at the fee floor and in the books (SPEC 3.2, 6.1). */
import { expect, it } from 'vitest';
import { priceBand } from '../../../src/core/fees/floor.ts';
import { fromSat, msat, ppm } from '../../../src/core/units.ts';
import { channelId } from '../../doubles/peer-channel.ts';
import { RebalanceWorld } from '../../doubles/rebalance-world.ts';

const ONE = channelId(1);

/** A finished rebalance of 400 000 sat into channel 1 for `fee` sat. */
function refilled(world: RebalanceWorld, fee: number, kind: 'normal' | 'diagnostic' = 'normal') {
  const { store, payments, clock } = world;
  const amount = fromSat(400_000);
  const plan = {
    destination: ONE,
    sources: [channelId(2)],
    amount,
    chunk: amount,
    maxPpm: ppm(1000),
    cap: fromSat(400),
    income: msat(0n),
    loss: msat(0n),
    inboundPpm: 100,
  };
  const { job } = world.hold({ kind, plan, subject: ONE, decisionId: undefined });
  payments.pay({ out: channelId(2), in: ONE, amount, fee: fromSat(fee), at: clock.now() });
  const from = store.spending.cursors().moves;
  const fresh = payments.moves.filter(({ index }) => index > from);
  store.spending.storeMoves(fresh, payments.moves.length, clock.now());
  store.spending.settle(job?.id ?? 0, 'moved', 'a test says so', clock.now());
}
async function seen(world: RebalanceWorld) {
  const look = await world.feeLooker().look('glance');
  const [one] = look.channels;
  if (!one) throw new Error('not seen');
  return { ...one, band: priceBand(one.seen, look.market, look.law) };
}

it('three refills make a floor of a fifth more than they cost, two do not', async () => {
  const world = new RebalanceWorld();
  refilled(world, 40);
  refilled(world, 80);
  expect((await seen(world)).band.floorName).not.toBe('refill');
  refilled(world, 120);
  const { seen: one, band } = await seen(world);
  expect(one.refill).toEqual({ ppm: 200, count: 3 });
  expect(band).toMatchObject({ floorName: 'refill', floor: 240 });
});

it('diagnostics cost the channel, but are no refills', async () => {
  const world = new RebalanceWorld();
  for (let i = 0; i < 3; i++) refilled(world, 20, 'diagnostic');
  const { seen: one, memory } = await seen(world);
  expect(one.refill).toBeUndefined();
  expect(memory.books.entries).toMatchObject({ rebalanceCost: fromSat(60), rebalanceCost30d: 0n });
});

it('marginal ROI is what it earned over what its refills cost', async () => {
  const world = new RebalanceWorld();
  refilled(world, 200);
  refilled(world, 200);
  const { memory } = await seen(world);
  const { revenue30d } = memory.books.entries;
  expect(memory.books.marginalRoi).toBeCloseTo(Number(revenue30d - fromSat(400)) / 400_000);
});
