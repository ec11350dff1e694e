import { expect, test } from 'vitest';
import { passes, refuses } from './trail.ts';

test('a line without a number has none', () => {
  expect(passes('a', 'b')).toEqual({ rule: 'a', verdict: 'passes', because: 'b' });
  expect(Object.keys(refuses('a', 'b'))).toEqual(['rule', 'verdict', 'because']);
  expect(refuses('a', 'b', 0)).toEqual({ rule: 'a', verdict: 'refuses', because: 'b', value: 0 });
});
