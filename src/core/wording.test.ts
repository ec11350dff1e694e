import { expect, it, test } from 'vitest';
import { msat } from './units.ts';
import { percent, sats, span } from './wording.ts';

it.each([
  [1, '1 min'],
  [60_000, '1 min'],
  [60_001, '2 min'],
  [89.5 * 60_000, '90 min'],
  [90 * 60_000, '1.5 h'],
  [24 * 3_600_000, '24 h'],
])('%d ms are %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

test('numbers as people read them, exact', () => {
  expect([sats(msat(1_000n)), sats(msat(1n)), sats(msat(-1_500n))]).toEqual([
    '1 sat',
    '0.001 sat',
    '-1.5 sat',
  ]);
  expect([percent(0.5), percent(0.12345)]).toEqual(['50 %', '12.3 %']);
});
