import type { UnixMs } from '../units.ts';

/** One observed stretch at one anchor. */
export type ClimbWindow = {
  readonly anchor: number;
  readonly hours: number;
  /** Weighted, winsorised fees in msat. */
  readonly revenue: number;
  readonly count: number;
  /** Sum of squares of the winsorised fees: the noise. */
  readonly squares: number;
  /** false: rules 0–3 ruled or the multipliers moved by more than 10 %; shown, not compared. */
  readonly comparable: boolean;
  /** When its last evidence came in: what is older than 14 days compares with nothing. */
  readonly until: UnixMs;
};

/** Perturb and observe (SPEC 3.1). */
export type ClimberState = {
  readonly anchor: number;
  readonly direction: 1 | -1;
  readonly step: number;
  readonly current: ClimbWindow;
  /** Earlier windows, newest last, at most 6. */
  readonly past: readonly ClimbWindow[];
  /** Product of the multipliers when the current window began. */
  readonly product: number;
  readonly calmWindows: number;
  readonly sleepUntil: UnixMs | undefined;
  readonly sleepRate: number;
  /** Side of the next exploratory step. */
  readonly exploreSide: 1 | -1;
  /** Paid forwards (ppm as the anchor that asked for it, fee in msat), at most 30, newest last. */
  readonly paid: readonly { readonly ppm: number; readonly fee: number }[];
  /** Routable days since the last paid forward. */
  readonly dryDays: number;
  /** Where it started: the reference before anything was paid. */
  readonly reference: number;
  readonly configVersion: number;
};
