import { expect, test } from 'vitest';
import { fromSat, HOUR_MS, laterBy, msat, unixMs } from '../units.ts';
import { type AuditedJob, breaches } from './audit.ts';

const START = unixMs(Date.UTC(2026, 0, 5));
const LIMITS = { daily: fromSat(100), weekly: fromSat(400) };

const job = (
  hours: number,
  cap: number,
  paid: readonly (readonly [hours: number, sat: number])[],
  endedHours?: number,
): AuditedJob => ({
  heldAt: laterBy(START, hours * HOUR_MS),
  endedAt: endedHours === undefined ? undefined : laterBy(START, endedHours * HOUR_MS),
  cap: fromSat(cap),
  payments: paid.map(([at, sat]) => ({ at: laterBy(START, at * HOUR_MS), cost: fromSat(sat) })),
});

test.each<[string, readonly AuditedJob[], number]>([
  ['nothing at all', [], 0],
  ['a hold of exactly the cap', [job(0, 100, [])], 0],
  ['a hold of a sat more', [job(0, 101, [])], 1],
  ['a payment moves from the hold to the spends', [job(0, 100, [[1, 60]], 2)], 0],
  ['spent and held together are too much', [job(0, 60, [[1, 60]], 2), job(3, 41, [])], 1],
  ['a day later the first is out of the window', [job(0, 60, [[1, 60]], 2), job(25, 100, [])], 0],
  ['an hour less and it is not', [job(0, 60, [[1, 60]], 2), job(24, 100, [])], 1],
  ['what a job that ended did not spend is free', [job(0, 100, [[1, 10]], 2), job(2, 90, [])], 0],
  ['paid beyond the hold', [job(0, 100, [[1, 101]], 2)], 1],
  ['two open holds', [job(0, 60, []), job(1, 60, [])], 1],
])('%s: %#', (_, jobs, count) => {
  expect(breaches(jobs, LIMITS)).toHaveLength(count);
});

test('the week has a limit of its own', () => {
  const week = Array.from({ length: 5 }, (_, day) =>
    job(day * 25, 90, [[day * 25 + 1, 90]], day * 25 + 2),
  );
  const found = breaches(week, LIMITS);
  expect(found.map(({ window }) => window)).toEqual(['week', 'week']);
  expect(found.at(-1)?.used).toBe(fromSat(450));
});

test('a breach says when and how much, to the msat', () => {
  const [found] = breaches([job(0, 100, []), { ...job(1, 0, []), cap: msat(1n) }], LIMITS);
  expect(found).toEqual({ at: laterBy(START, HOUR_MS), window: 'day', used: msat(100_001n) });
});

test('the week may be used up to the last sat', () => {
  const week = Array.from({ length: 4 }, (_, day) =>
    job(day * 25, 100, [[day * 25 + 1, 100]], day * 25 + 2),
  );
  expect(breaches(week, LIMITS)).toEqual([]);
});

test('breaches are told in the order in which they happened, whatever the order of the jobs', () => {
  const found = breaches([job(90, 103, [], 91), job(1, 101, [], 2), job(50, 102, [], 51)], LIMITS);
  expect(found.map(({ used }) => used)).toEqual([fromSat(101), fromSat(102), fromSat(103)]);
});
