import { expect, it, test } from 'vitest';
import { DAY_MS, fromSat } from '../units.ts';
import { LAW, SETTLED, seenAs, stateAs } from './channel.fixture.ts';
import { fireSale } from './fire-sale.ts';
import type { FeeObservation } from './types.ts';

const books = (kind: FeeObservation['books']['class'], roi: number, marginalRoi = 0) => ({
  books: { class: kind, roi, marginalRoi },
});
const ask = (seen: Partial<FeeObservation>) =>
  fireSale(seenAs({ idleDays: 30, ageDays: 400, ...seen }), stateAs(), LAW);

it.each([
  ['ZOMBIE, idle for 30 days', books('ZOMBIE', 0), true],
  ['a ZOMBIE of unknown age', { ...books('ZOMBIE', 0), ageDays: undefined }, true],
  ['idle for less', { ...books('ZOMBIE', 0), idleDays: 29.99 }, false],
  ['idle for an unknown time', { ...books('ZOMBIE', 0), idleDays: undefined }, false],
  ['idle for a malformed time', { ...books('ZOMBIE', 0), idleDays: Number.NaN }, false],
  ['UNDERWATER, ROI below −50 %, older than 90 days', books('UNDERWATER', -0.51), true],
  ['ROI of −50 % itself', books('UNDERWATER', -0.5), false],
  ['90 days themselves', { ...books('UNDERWATER', -0.51), ageDays: 90 }, false],
  ['just older', { ...books('UNDERWATER', -0.51), ageDays: 90.1 }, true],
  ['UNDERWATER of unknown age', { ...books('UNDERWATER', -0.9), ageDays: undefined }, false],
  [
    'a loss whose peer was not watched for a week',
    { ...books('UNDERWATER', -0.9), watched: false },
    false,
  ],
  ['a ZOMBIE was tried, whoever watched', { ...books('ZOMBIE', 0), watched: false }, true],
  ['a loss in another class', books('BREAK_EVEN', -0.9), false],
  ['momentum: young and earning', { ...books('ZOMBIE', 0, 0.06), ageDays: 179.9 }, false],
  ['5 % are no momentum', { ...books('ZOMBIE', 0, 0.05), ageDays: 100 }, true],
  ['from 180 days on there is no guard', { ...books('ZOMBIE', 0, 0.06), ageDays: 180 }, true],
  ['momentum at an unknown age', { ...books('ZOMBIE', 0, 0.06), ageDays: undefined }, false],
] as const)('%s', (_, seen, sells) => {
  const verdict = ask(seen);
  expect(verdict.wish?.ppm).toBe(sells ? 1 : undefined);
  expect(verdict.steps[0]?.verdict).toBe(sells ? 'applies' : 'passes');
});

test('original 4.8, flash drain: the htlcmax falls in the same call', () => {
  expect(ask(books('ZOMBIE', -0.2)).wish).toEqual({
    rule: 'fire-sale',
    ppm: 1,
    base: 0n,
    htlcMax: fromSat(200_000),
    enforceDelay: undefined,
    binding: 'fire-sale',
  });
});

test('original 4.8, flash drain: after 10 % of capacity it rests until the next day', () => {
  const verdict = ask({ ...books('ZOMBIE', 0), leftInDay: fromSat(1_200_000) });
  expect(verdict.wish).toBeUndefined();
  expect(verdict.memory).toEqual({ bargainRestUntil: SETTLED + DAY_MS });
  expect(verdict.steps[0]?.because).toBe('12 % of capacity left within a day, the bound is 10 %');
});

test('its sentences have the numbers', () => {
  const said = (seen: Partial<FeeObservation>) => ask(seen).steps[0]?.because;
  expect(said(books('ZOMBIE', -0.2))).toBe('ZOMBIE, ROI -20 %, idle for 30 days');
  expect(said({ idleDays: 3.25 })).toBe('idle for 3.3 days');
  expect(said({ idleDays: undefined })).toBe('idle for an unknown time');
  expect(said(books('BREAK_EVEN', 0.05))).toBe('BREAK_EVEN with ROI 5 % is no loss to clear');
  expect(said({ ...books('ZOMBIE', 0, 0.2), ageDays: 100 })).toBe(
    'momentum: it earned 20 % in 30 days',
  );
});
