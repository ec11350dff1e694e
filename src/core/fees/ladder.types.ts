import type { Ppm, UnixMs } from '../units.ts';

/** Demand ladder (SPEC 3.1): sales and exposure per bin, both halved every 60 days. */
export type LadderState = {
  /** Index into RUNGS. */
  readonly rung: number;
  /** Decayed sales per bin, aligned with RUNGS. */
  readonly sales: readonly number[];
  /** Decayed exposure days per bin. */
  readonly exposureDays: readonly number[];
  readonly at: UnixMs;
  readonly nextMoveAt: UnixMs;
  /** Left since the last rung decision, share of capacity (drain guard). */
  readonly drained: number;
  /** Sales credited today, at most 3 a channel and day. */
  readonly today: { readonly day: number; readonly credited: number };
  /** Adoption: factor between the found price and the nearest rung; fades over 14 days. */
  readonly remainder: { readonly factor: number; readonly since: UnixMs };
  readonly drainGuards: number;
  readonly startPpm: Ppm;
};
