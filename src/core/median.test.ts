import { expect, it } from 'vitest';
import { medianOf } from './median.ts';

it.each<[readonly number[], number | undefined]>([
  [[], undefined],
  [[7], 7],
  [[9, 1], 5],
  [[100, 2, 30], 30],
  [[40, 10, 30, 20], 25],
])('the median of %j is %s', (values, median) => {
  expect(medianOf(values)).toBe(median);
});
