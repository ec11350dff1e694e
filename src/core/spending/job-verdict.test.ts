import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromSat, laterBy, type Msat, msat, ppm } from '../units.ts';
import { channelNamed, NOW } from './account.fixture.ts';
import { alarmsOf, type JobPayment, type JudgedJob, judgeJob, OVERDUE } from './job-verdict.ts';

const CHUNK = fromSat(500_000);
const JOB: JudgedJob = {
  destination: channelNamed(1),
  amount: fromSat(1_000_000),
  chunk: CHUNK,
  maxPpm: ppm(400),
  cap: fromSat(400),
  moved: msat(0n),
  spent: msat(0n),
  heldAt: NOW,
  deadlineMs: 7_200_000,
};
const paid = (cost: Msat, change: Partial<JobPayment> = {}): JobPayment => ({
  paymentHash: 'aa',
  in: JOB.destination,
  sent: msat(CHUNK + cost),
  received: CHUNK,
  cost,
  ...change,
});
const SIGHT = { job: JOB, payments: [], listed: true, heldBack: undefined, at: NOW };
const cause = (change: Partial<Parameters<typeof judgeJob>[0]>): string => {
  const verdict = judgeJob({ ...SIGHT, ...change });
  return verdict.kind === 'keep' ? 'keep' : verdict.cause;
};

describe('an open job', () => {
  test('runs on while the backend has it and nothing is wrong', () => {
    expect(cause({})).toBe('keep');
    expect(cause({ at: laterBy(NOW, JOB.deadlineMs - 1) })).toBe('keep');
    expect(cause({ payments: [paid(fromSat(200))] })).toBe('keep');
  });

  test('is stopped when all arrived, at its deadline, under a lock, and when the backend lost it', () => {
    expect(cause({ job: { ...JOB, moved: JOB.amount } })).toBe('done');
    expect(cause({ at: laterBy(NOW, JOB.deadlineMs) })).toBe('overdue');
    expect(cause({ heldBack: 'paused' })).toBe('held back');
    expect(cause({ listed: false })).toBe('gone');
  });

  test('a passed deadline is said before a brake: the job had its time', () => {
    const verdict = judgeJob({ ...SIGHT, heldBack: 'paused', at: laterBy(NOW, JOB.deadlineMs) });
    expect(verdict).toMatchObject({ because: OVERDUE });
  });

  test('is stopped at the first payment that arrived on another channel of the peer', () => {
    expect(cause({ payments: [paid(fromSat(1)), paid(fromSat(1), { in: channelNamed(2) })] })).toBe(
      'strayed',
    );
  });

  test('is no stray where the node does not record channels', () => {
    expect(cause({ payments: [paid(fromSat(1), { in: undefined })] })).toBe('keep');
  });

  test('is shortchanged when a whole chunk left and less came back, even below the highest price', () => {
    const short = paid(msat(1000n), { received: msat(CHUNK - 1n), cost: msat(1001n) });
    expect(cause({ payments: [short] })).toBe('shortchanged');
  });

  test('is shortchanged when a smaller payment lost more than the highest price', () => {
    const part = { sent: fromSat(100_000), received: fromSat(99_000), cost: fromSat(1000) };
    expect(cause({ payments: [paid(fromSat(0), part)] })).toBe('shortchanged');
  });

  test('is not called short where the node does not say what arrived', () => {
    expect(cause({ payments: [paid(CHUNK, { sent: CHUNK, received: msat(0n) })] })).toBe('keep');
  });

  test('is too dear when more was spent than held', () => {
    expect(cause({ job: { ...JOB, spent: msat(JOB.cap + 1n) } })).toBe('too dear');
    expect(cause({ job: { ...JOB, spent: JOB.cap } })).toBe('keep');
  });
});

test('a payment of any size within the highest price is never called short', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: CHUNK }),
      fc.integer({ min: 0, max: 10_000 }),
      (amount, rate) => {
        const fee = (amount * BigInt(rate)) / 1_000_000n;
        // Sent less than a whole chunk, or came back as a whole one.
        fc.pre(amount === CHUNK || amount + fee < CHUNK);
        const one = { sent: msat(amount + fee), received: msat(amount), cost: msat(fee) };
        const job = { ...JOB, maxPpm: ppm(rate), cap: CHUNK };
        expect(alarmsOf(job, [paid(msat(fee), one)])).toEqual([]);
      },
    ),
  );
});

test('a whole chunk that comes back smaller always raises the alarm', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: CHUNK - 1n }), (missing) => {
      const one = { sent: CHUNK, received: msat(CHUNK - missing), cost: msat(missing) };
      expect(alarmsOf(JOB, [paid(msat(0n), one)])[0]?.cause).toBe('shortchanged');
    }),
  );
});
