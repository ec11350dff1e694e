/**
 * Which refills paid for themselves (SPEC 4.5, Kelly): what the destination earned since pays back its jobs in the
 * order in which they ended, each with what it earned within 30 days after. A job is finished once it is paid back or
 * those days are over; until then it says nothing.
 */
import { DAY_MS, type Msat, type UnixMs } from '../units.ts';

/** SPEC 4.5. */
const WITHIN_MS = 30 * DAY_MS;

export type Refill = { readonly endedAt: UnixMs; readonly cost: Msat };
/** Fees (msat) the destination earned from `from` on, until the next piece begins. */
export type Earned = { readonly from: UnixMs; readonly fees: Msat };
export type EarnedBack = { readonly earnedBack: number; readonly finished: number };

/** Both lists oldest first. No fee pays two jobs, and none pays a job that had not ended when it was earned. */
export function earnedBack(
  refills: readonly Refill[],
  earned: readonly Earned[],
  at: UnixMs,
): EarnedBack {
  const open = refills.map(({ endedAt, cost }) => ({ endedAt, left: cost as bigint }));
  for (const { from, fees } of earned) {
    let purse: bigint = fees;
    for (const job of open) {
      if (job.left <= 0n || job.endedAt > from || from - job.endedAt >= WITHIN_MS) continue;
      const part = purse < job.left ? purse : job.left;
      job.left -= part;
      purse -= part;
    }
  }
  const paid = open.filter(({ left }) => left <= 0n).length;
  const over = open.filter(({ left, endedAt }) => left > 0n && at - endedAt >= WITHIN_MS).length;
  return { earnedBack: paid, finished: paid + over };
}
