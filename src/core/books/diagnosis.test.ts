import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, type UnixMs, unixMs } from '../units.ts';
import { type Attempt, isDead } from './diagnosis.ts';

const day = (n: number): UnixMs => unixMs(n * DAY_MS);
const failed = (n: number): Attempt => ({ at: day(n), succeeded: false });
const passed = (n: number): Attempt => ({ at: day(n), succeeded: true });

describe('what proves a channel dead', () => {
  test.each<[string, readonly Attempt[], number, boolean]>([
    ['nothing was tried', [], 100, false],
    ['one failure', [failed(1)], 100, false],
    ['one success, however long nobody came', [passed(1)], 100, false],
    ['two failures within 14 days', [failed(1), failed(15)], 15, true],
    ['two failures further apart', [failed(1), failed(15.001)], 100, false],
    ['a failure and a success, 48 h later', [failed(1), passed(3)], 5, true],
    ['a success and a failure, 48 h after the success', [passed(1), failed(3)], 3, true],
    ['a failure and a success that has not shown yet', [failed(1), passed(3)], 4.99, false],
    ['two successes after which nobody came', [passed(1), passed(4)], 4, true],
    ['two failures around a success', [failed(1), passed(2), failed(3)], 3, true],
    ['in any order', [failed(15), failed(1)], 15, true],
    ['further apart in any order', [failed(20), failed(1)], 100, false],
  ])('%s', (_, attempts, now, dead) => {
    expect(isDead(attempts, undefined, day(now))).toBe(dead);
  });

  it('counts only what was tried after the last forward', () => {
    const attempts = [failed(1), failed(3)];
    expect(isDead(attempts, unixMs(day(1) - 1), day(4))).toBe(true);
    expect(isDead(attempts, day(1), day(4))).toBe(false);
    expect(isDead(attempts, day(3), day(4))).toBe(false);
  });
});

const attempts = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 2000 }).map((hours) => unixMs(hours * HOUR_MS)),
    succeeded: fc.boolean(),
  }),
  { maxLength: 8 },
);
const moment = fc.integer({ min: 2000, max: 4000 }).map((hours) => unixMs(hours * HOUR_MS));

describe('for any history of attempts', () => {
  it('a settled forward after all of them ends it', () => {
    fc.assert(
      fc.property(attempts, moment, (tried, at) => {
        expect(isDead(tried, unixMs(2000 * HOUR_MS), at)).toBe(false);
      }),
    );
  });

  it('dead stays dead for as long as no forward settles, whatever else is tried', () => {
    fc.assert(
      fc.property(attempts, attempts, moment, fc.nat(), (tried, more, at, later) => {
        fc.pre(isDead(tried, undefined, at));
        expect(isDead([...tried, ...more], undefined, unixMs(at + later))).toBe(true);
      }),
    );
  });

  it('fewer than two attempts prove nothing', () => {
    fc.assert(
      fc.property(attempts, moment, (tried, at) => {
        expect(isDead(tried.slice(0, 1), undefined, at)).toBe(false);
      }),
    );
  });
});
