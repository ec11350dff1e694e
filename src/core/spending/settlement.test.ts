import { describe, expect, test } from 'vitest';
import { fromSat, laterBy, type Msat, msat, ppm, type UnixMs } from '../units.ts';
import { ago, channelNamed, NOW } from './account.fixture.ts';
import { OVERDUE } from './job-verdict.ts';
import {
  type Evidence,
  earliestOf,
  keptBySources,
  outcomeOf,
  type StoppedJob,
  waitsFor,
} from './settlement.ts';

const MINUTE_MS = 60_000;
const JOB: StoppedJob = {
  sources: [channelNamed(2), channelNamed(3)],
  acknowledged: true,
  heldAt: ago(MINUTE_MS),
  createdAt: ago(MINUTE_MS),
};
const CLOCKS = { wall: NOW, ledger: NOW };
const CLEAR: Evidence = { pending: [], unbooked: [], recordsRead: true };
const payment = (createdAt: UnixMs) => ({ paymentHash: 'ab', createdAt });

describe('a stopped job', () => {
  test('can be settled when nothing is under way and all is booked', () => {
    expect(waitsFor(JOB, CLEAR, CLOCKS)).toBeUndefined();
  });

  test('waits while the records are not read to their end', () => {
    expect(waitsFor(JOB, { ...CLEAR, recordsRead: false }, CLOCKS)).toContain('records');
  });

  test('waits for a pending payment out of one of its sources, whatever its date', () => {
    const pending = [{ ...payment(ago(10 * MINUTE_MS)), leaving: [channelNamed(3)] }];
    expect(waitsFor(JOB, { ...CLEAR, pending }, CLOCKS)).toContain('under way');
  });

  test('does not wait for a pending payment out of somebody else’s channel', () => {
    const pending = [{ ...payment(NOW), leaving: [channelNamed(7)] }];
    expect(waitsFor(JOB, { ...CLEAR, pending }, CLOCKS)).toBeUndefined();
  });

  test('waits for a pending payment no channel shows yet, unless it is older than the job', () => {
    const at = (createdAt: UnixMs) => ({
      ...CLEAR,
      pending: [{ ...payment(createdAt), leaving: [] }],
    });
    expect(waitsFor(JOB, at(NOW), CLOCKS)).toContain('under way');
    expect(waitsFor(JOB, at(ago(2 * MINUTE_MS)), CLOCKS)).toBeUndefined();
  });

  test('waits for a payment that succeeded and is not booked, unless it is older than the job', () => {
    const at = (createdAt: UnixMs) => ({ ...CLEAR, unbooked: [payment(createdAt)] });
    expect(waitsFor(JOB, at(NOW), CLOCKS)).toContain('not booked');
    expect(waitsFor(JOB, at(ago(2 * MINUTE_MS)), CLOCKS)).toBeUndefined();
  });

  test('waits three minutes when its order was never answered: it may still begin', () => {
    const silent = { ...JOB, acknowledged: false };
    expect(waitsFor(silent, CLEAR, CLOCKS)).toContain('may still take effect');
    const later = laterBy(NOW, 2 * MINUTE_MS);
    expect(waitsFor(silent, CLEAR, { wall: later, ledger: later })).toBeUndefined();
  });

  test('a clock that was set back a day hides no payment of it', () => {
    const wall = ago(24 * 60 * MINUTE_MS);
    const since = earliestOf(JOB, { wall, ledger: NOW });
    expect(since).toBeLessThanOrEqual(wall - MINUTE_MS);
    const unbooked = [payment(wall)];
    expect(waitsFor(JOB, { ...CLEAR, unbooked }, { wall, ledger: NOW })).toContain('not booked');
  });
});

describe('what a job came to', () => {
  const sized = (moved: Msat) => ({
    destination: channelNamed(1),
    amount: fromSat(1000),
    chunk: fromSat(500),
    maxPpm: ppm(1000),
    cap: fromSat(1),
    moved,
    spent: msat(0n),
    heldAt: NOW,
    deadlineMs: 1,
  });
  const none = msat(0n);

  test('nothing moved counts as a failure only when it had all its time', () => {
    expect(outcomeOf(sized(none), [], OVERDUE).outcome).toBe('nothing moved');
    expect(outcomeOf(sized(none), [], `${OVERDUE}; no answer`).outcome).toBe('nothing moved');
    expect(outcomeOf(sized(none), [], 'paused by the operator').outcome).toBe('not tried');
    expect(outcomeOf(sized(none), [], undefined).outcome).toBe('not tried');
  });

  test('anything that arrived is moved, unless it went astray', () => {
    expect(outcomeOf(sized(fromSat(500)), [], OVERDUE).outcome).toBe('moved');
    const astray = {
      paymentHash: 'aa',
      in: channelNamed(4),
      sent: fromSat(500),
      received: fromSat(500),
      cost: none,
    };
    expect(outcomeOf(sized(fromSat(500)), [astray], OVERDUE).outcome).toBe('strayed');
  });
});

test('sources keep what the smallest of them keeps after giving everything, in whole satoshi', () => {
  expect(keptBySources([fromSat(900), msat(700_999n)], fromSat(200))).toBe(500_000n);
  expect(keptBySources([fromSat(100)], fromSat(200))).toBe(0n);
  expect(keptBySources([], fromSat(200))).toBe(0n);
});
