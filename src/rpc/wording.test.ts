import { expect, test } from 'vitest';
import { NOW } from '../../test/doubles/rpc-world.ts';
import { laterBy } from '../core/units.ts';
import { bytes, fromNow, grouped, utc } from './wording.ts';

const MINUTE = 60_000;

test('times as people read them', () => {
  expect(utc(NOW)).toBe('2026-01-06 12:00 UTC');
  const said = [0, -119, -120, 47 * 60, 48 * 60, 30].map((minutes) =>
    fromNow(laterBy(NOW, minutes * MINUTE), NOW),
  );
  expect(said).toEqual([
    '0 min ago',
    '119 min ago',
    '2 h ago',
    'in 47 h',
    'in 2 days',
    'in 30 min',
  ]);
});

test('numbers as people read them', () => {
  expect([0, 999, 1000, 1_234_567].map(grouped)).toEqual(['0', '999', '1 000', '1 234 567']);
  expect([0, 1023, 1024, 1024 ** 2, 3 * 1024 ** 3].map(bytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.0 MiB',
    '3.00 GiB',
  ]);
});
