/** The forecast asks the fee decision itself, over a real look at the node (SPEC 4.5). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromSat, HOUR_MS, msat, ppm } from '../../../src/core/units.ts';
import { reconcile } from '../../../src/cycles/fee-cycle.ts';
import { priceAfter } from '../../../src/cycles/price-forecast.ts';
import { RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

/** Channel 1 as the fee cycle sees it, half an hour after it was first seen. */
async function priced(ours: number, intensity = 0) {
  const world = new RebalanceWorld([sized(1, ours, 500), sized(2, 8_000_000)]);
  const looker = world.feeLooker({ satPerVbyte: 100, intensity });
  world.passes(HOUR_MS / 2);
  const look = await looker.look('glance');
  const [one] = look.channels;
  if (!one) throw new Error('not seen');
  const { seen } = one;
  const { state } = reconcile(seen, undefined, look);
  return { seen, state, market: look.market, law: look.law };
}

it('nothing moved: the price on the node', async () => {
  expect(priceAfter(await priced(5_000_000), msat(0n))).toBe(500);
});

it('what is filled becomes cheaper, what is drained dearer', async () => {
  const one = await priced(5_000_000);
  expect(priceAfter(one, fromSat(4_000_000))).toBeLessThan(500);
  expect(priceAfter(one, fromSat(-4_000_000))).toBeGreaterThan(500);
});

it('a move that changes the price by less than a message is worth leaves it', async () => {
  expect(priceAfter(await priced(5_000_000), fromSat(50_000))).toBe(500);
});

it('more of our sats never raise the price and fewer never lower it', async () => {
  const one = await priced(5_000_000);
  fc.assert(
    fc.property(fc.integer({ min: -5_000_000, max: 5_000_000 }), (sat) => {
      const after = priceAfter(one, fromSat(sat));
      if (sat >= 0) expect(after).toBeLessThanOrEqual(500);
      if (sat <= 0) expect(after).toBeGreaterThanOrEqual(500);
    }),
  );
});

it('a locked channel keeps its price', async () => {
  const one = await priced(5_000_000);
  const seen = { ...one.seen, locked: 'a test says so' };
  expect(priceAfter({ ...one, seen }, fromSat(4_000_000))).toBe(500);
});

it('a price that a mempool spike made is not counted on', async () => {
  const calm = await priced(5_000_000);
  const spiked = await priced(5_000_000, 1);
  const onNode = { ...spiked.seen.onNode, ppm: ppm(900) };
  const sent = { ...spiked.state.sent, ppm: ppm(900) };
  const seen = { ...spiked.seen, onNode };
  const after = priceAfter({ ...spiked, seen, state: { ...spiked.state, sent } }, fromSat(400_000));
  expect(after).toBeLessThan(900);
  expect(calm.market.vegasIntensity).toBe(0);
});
