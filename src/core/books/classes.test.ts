import { describe, expect, it, test } from 'vitest';
import { DAY_MS, share, unixMs } from '../units.ts';
import { type ClassEvidence, classify } from './classes.ts';
import type { ChannelClass } from './types.ts';

const PLAIN: ClassEvidence = {
  roi: 0,
  ageDays: 100,
  idleDays: 1,
  uptime7d: share(1),
  lastSettled: undefined,
  attempts: [],
  at: unixMs(50 * DAY_MS),
};
const day = (n: number) => unixMs(n * DAY_MS);
const failed = (...days: readonly number[]) => ({
  attempts: days.map((n) => ({ at: day(n), succeeded: false })),
});
const STAGNANT = { idleDays: 7, uptime7d: share(0.9) };
const PROBED = failed(10, 24);

describe('class of a channel (SPEC 6.2)', () => {
  test.each<[string, Partial<ClassEvidence>, ChannelClass]>([
    ['even', {}, 'BREAK_EVEN'],
    ['+10 % is not yet profitable', { roi: 0.1 }, 'BREAK_EVEN'],
    ['above 10 %', { roi: 0.1001 }, 'PROFITABLE'],
    ['−10 % is not yet under water', { roi: -0.1 }, 'BREAK_EVEN'],
    ['below −10 %', { roi: -0.1001 }, 'UNDERWATER'],
    ['younger than 30 days', { roi: -1, ageDays: 29.99 }, 'NEW'],
    ['30 days', { roi: -1, ageDays: 30 }, 'UNDERWATER'],
    ['age unknown is not NEW', { roi: -1, ageDays: undefined }, 'UNDERWATER'],
    ['idle for 7 days', { ...STAGNANT, roi: -1 }, 'STAGNANT_CANDIDATE'],
    ['idle for less', { ...STAGNANT, idleDays: 6.99 }, 'BREAK_EVEN'],
    ['idle because the peer was away', { ...STAGNANT, uptime7d: share(0.89) }, 'BREAK_EVEN'],
    ['idle time unknown', { ...STAGNANT, idleDays: undefined }, 'BREAK_EVEN'],
    ['uptime unknown', { ...STAGNANT, uptime7d: undefined }, 'BREAK_EVEN'],
    ['profitable before stagnant', { ...STAGNANT, roi: 1 }, 'PROFITABLE'],
    ['profitable before new', { ageDays: 1, roi: 1 }, 'PROFITABLE'],
    ['new before stagnant', { ...STAGNANT, ageDays: 20 }, 'NEW'],
    ['two probes in 14 days', PROBED, 'ZOMBIE'],
    ['zombie before profitable', { ...PROBED, roi: 1 }, 'ZOMBIE'],
    ['probes in any order', failed(24, 10), 'ZOMBIE'],
    ['one probe', failed(10), 'BREAK_EVEN'],
    ['two probes further apart', failed(10, 24.001), 'BREAK_EVEN'],
    ['the last two of three', failed(1, 30, 40), 'ZOMBIE'],
    ['the first two of three', failed(1, 10, 40), 'ZOMBIE'],
  ])('%s', (_, change, expected) => {
    expect(classify({ ...PLAIN, ...change })).toBe(expected);
  });

  it('a settled forward ends ZOMBIE', () => {
    const evidence = { ...PLAIN, ...PROBED };
    expect(classify({ ...evidence, lastSettled: unixMs(day(10) - 1) })).toBe('ZOMBIE');
    expect(classify({ ...evidence, lastSettled: day(10) })).toBe('BREAK_EVEN');
    expect(classify({ ...evidence, lastSettled: day(30) })).toBe('BREAK_EVEN');
  });
});
