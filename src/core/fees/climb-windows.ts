/** What hill climbing compares: stretches at one anchor, pooled where the anchors are alike, with their noise. */
import { DAY_MS, type Msat, type UnixMs } from '../units.ts';
import type { ClimberState, ClimbWindow } from './hill-climbing.types.ts';
import type { Sale } from './types.ts';

/** SPEC 3.1: windows at anchors within 5 % of each other are pooled. */
const ALIKE = 0.05;
const WINDOWS_KEPT = 6;
const STALE_MS = 14 * DAY_MS;
/** SPEC 3.1: less than an hour says nothing. */
export const LEAST_HOURS = 1;
/** Fees above five times the median of the last paid ones count as that: half of all revenue is a few forwards. */
const OUTLIER = 5;
const OUTLIER_KNOWN = 5;
/** SPEC 3.1: the reference is the median of the last 30 paid forwards. */
const PAID_KEPT = 30;
const PPM = 1_000_000;

export type Pool = {
  readonly anchor: number;
  readonly hours: number;
  readonly revenue: number;
  readonly squares: number;
};

export const freshWindow = (anchor: number, at: UnixMs): ClimbWindow => ({
  anchor,
  hours: 0,
  revenue: 0,
  count: 0,
  squares: 0,
  comparable: true,
  until: at,
});

/** Adds hours and weighted, winsorised fees (msat) to a window. */
export function extend(
  window: ClimbWindow,
  hours: number,
  sales: readonly Sale[],
  {
    cap,
    weightOf,
    until,
  }: {
    readonly cap: number;
    readonly weightOf: (sale: Sale) => number;
    readonly until: UnixMs;
  },
): ClimbWindow {
  const fees = sales.map((sale) => Math.min(Number(sale.fee), cap) * weightOf(sale));
  return {
    ...window,
    hours: window.hours + hours,
    revenue: window.revenue + fees.reduce((sum, fee) => sum + fee, 0),
    squares: window.squares + fees.reduce((sum, fee) => sum + fee * fee, 0),
    count: window.count + fees.length,
    until,
  };
}

/** Files a finished window. Of those that compare with nothing only the last is kept, to be shown. */
export const file = (past: readonly ClimbWindow[], window: ClimbWindow): readonly ClimbWindow[] => [
  ...past.filter(({ comparable }) => comparable).slice(1 - WINDOWS_KEPT),
  { ...window, hours: round(window.hours) },
];

const round = (hours: number): number => Number(hours.toFixed(3));

const alike = (a: number, b: number): boolean => Math.abs(a - b) <= ALIKE * Math.max(a, b);

/** What is known at the current anchor, and at the last other one; `before` undefined: nothing to compare with. */
export function pools(
  { current, past }: ClimberState,
  at: UnixMs,
): { readonly now: Pool; readonly before: Pool | undefined } {
  const usable = past.filter(
    ({ comparable, until, hours }) => comparable && hours >= LEAST_HOURS && at - until <= STALE_MS,
  );
  const other = usable.findLast(({ anchor }) => !alike(anchor, current.anchor));
  const pooled = (anchor: number): Pool =>
    sum(
      anchor,
      usable.filter((window) => alike(window.anchor, anchor)),
    );
  const now = sum(current.anchor, [
    current,
    ...usable.filter((window) => alike(window.anchor, current.anchor)),
  ]);
  return { now, before: other && pooled(other.anchor) };
}

const sum = (anchor: number, windows: readonly ClimbWindow[]): Pool => ({
  anchor,
  hours: windows.reduce((total, { hours }) => total + hours, 0),
  revenue: windows.reduce((total, { revenue }) => total + revenue, 0),
  squares: windows.reduce((total, { squares }) => total + squares, 0),
});

/** Fees per routable hour, msat; 0 before any hour. */
export const rateOf = ({ revenue, hours }: Pick<Pool, 'revenue' | 'hours'>): number =>
  hours > 0 ? revenue / hours : 0;

/** Variance of a rate made of random forwards: Σ fee² ÷ hours². */
const variance = ({ squares, hours }: Pool): number => (hours > 0 ? squares / hours ** 2 : 0);

/** The difference of the rates where it exceeds the noise of both; 0: it may be chance. */
export function significantGain(now: Pool, before: Pool): number {
  const gain = rateOf(now) - rateOf(before);
  return Math.abs(gain) > Math.sqrt(variance(now) + variance(before)) ? gain : 0;
}

export type Paid = ClimberState['paid'];

/** The last paid forwards, each with the anchor that asked for it. */
export function addPaid(paid: Paid, sales: readonly Sale[], product: number): Paid {
  const added = sales
    .filter(({ amount, fee }) => amount > 0n && fee > 0n)
    .map(({ amount, fee }) => ({
      ppm: Number((feePpm(fee, amount) / product).toFixed(1)),
      fee: Number(fee),
    }));
  return [...paid, ...added].slice(-PAID_KEPT);
}

const feePpm = (fee: Msat, amount: Msat): number => (Number(fee) * PPM) / Number(amount);

/** Revenue-weighted median anchor of the paid forwards; undefined: none was paid. */
export function paidMedian(paid: Paid): number | undefined {
  const half = paid.reduce((total, { fee }) => total + fee, 0) / 2;
  let reached = 0;
  return paid
    .toSorted((a, b) => a.ppm - b.ppm)
    .find(({ fee }) => {
      reached += fee;
      return reached >= half;
    })?.ppm;
}

/** Above this a fee counts no further, msat. */
export function winsorAt(paid: Paid): number {
  if (paid.length < OUTLIER_KNOWN) return Number.POSITIVE_INFINITY;
  const fees = paid.map(({ fee }) => fee).toSorted((a, b) => a - b);
  return OUTLIER * (fees[Math.floor(fees.length / 2)] ?? Number.POSITIVE_INFINITY);
}
