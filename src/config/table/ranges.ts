/** Ranges that several rows share. */

export const MAX_PPM = 100_000;
const WEEK_S = 604_800;
/** An interval below a minute is a busy loop, above a week it is off without saying so. */
export const interval = { min: 60, max: WEEK_S, unit: 's' } as const;
export const fraction = { min: 0, max: 1, unit: 'share' } as const;
