import { expect, it, test } from 'vitest';
import { fromSat, msat } from '../units.ts';
import { destinationAs, LAW, sourceAs } from './channel.fixture.ts';
import { missedAtSource, saleProbability, soldAtDestination } from './sale-probability.ts';

const AMOUNT = fromSat(400_000);

it.each([
  ['all', 10_000, 0, 100_000, 400_000],
  ['what 72 h take beyond what is there', 5_000, 0, 100_000, 260_000],
  ['none: 72 h are covered', 1_000, 0, 72_000, 0],
  ['none: more than covered', 1_000, 0, 100_000, 0],
  ['missed forwards are demand as well', 1_000, 4_000, 100_000, 260_000],
  ['the last one', 1_000, 0, 71_999, 1],
])('a destination sells %s', (_, hourly, missed, spendable, sold) => {
  const seen = destinationAs({
    outPerRoutableHour: fromSat(hourly),
    missedPerHour: fromSat(missed),
    spendable: fromSat(spendable),
  });
  expect(soldAtDestination(seen, AMOUNT)).toBe(fromSat(sold));
});

test('without evidence a destination’s sales are unknown, whatever it missed', () => {
  const seen = destinationAs({ outPerRoutableHour: undefined, missedPerHour: fromSat(9_000) });
  expect(soldAtDestination(seen, AMOUNT)).toBeUndefined();
});

test('towards the fleet unknown sales are none: it is given without being sold to', () => {
  const seen = destinationAs({ hive: true, outPerRoutableHour: undefined });
  expect(soldAtDestination(seen, AMOUNT)).toBe(0n);
});

it.each([
  ['nothing: enough is left', 1_000, 472_000, 0],
  ['what 72 h take beyond what is left', 5_000, 500_000, 260_000],
  ['at most what it gives', 10_000, 400_000, 400_000],
  ['one sat', 1_000, 471_999, 1],
])('a source misses %s', (_, hourly, spendable, missed) => {
  const seen = sourceAs({ outPerRoutableHour: fromSat(hourly), spendable: fromSat(spendable) });
  expect(missedAtSource(seen, AMOUNT, 14)).toBe(fromSat(missed));
});

it.each([
  ['after its grace', 14, 0n],
  ['in its grace', 13.9, AMOUNT],
  ['of unknown age', undefined, AMOUNT],
])('virgin poison: a source without sales, %s', (_, ageDays, missed) => {
  const seen = sourceAs({ outPerRoutableHour: undefined, ageDays });
  expect(missedAtSource(seen, AMOUNT, LAW.graceDays)).toBe(missed);
});

test('p_sell is a fraction', () => {
  expect(saleProbability(fromSat(100), fromSat(400))).toBe(0.25);
  expect(saleProbability(msat(0n), msat(0n))).toBe(0);
});
