import { expect, test } from 'vitest';
import { holdFactor } from './hold.ts';

test.each([
  [undefined, undefined],
  [{ count: 9, mean: 60, std: 60 }, undefined],
  [{ count: 10, mean: 10, std: 5 }, 1],
  [{ count: 10, mean: 10.01, std: 0 }, 1.2],
  [{ count: 10, mean: 1, std: 5.01 }, 1.2],
  [{ count: 500, mean: 0.9, std: 0.3 }, 1],
])('hold times %o → factor %s (SPEC 2.8)', (times, expected) => {
  expect(holdFactor(times)).toBe(expected);
});
