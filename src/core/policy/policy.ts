import type { Ppm, UnixMs } from '../units.ts';

/** What the operator (or the hive) wants for a peer or a channel (SPEC 5). */
export type Strategy = 'dynamic' | 'static' | 'passive' | 'hive';

export type Policy = {
  readonly strategy: Strategy;
  /** The price of a static policy; undefined for the others. */
  readonly feePpm: Ppm | undefined;
  /** The peer's own bounds, inside which even a static price stays. */
  readonly minPpm: Ppm | undefined;
  readonly maxPpm: Ppm | undefined;
  /** After this moment the policy before it holds again. */
  readonly expiresAt: UnixMs | undefined;
};

export const DYNAMIC: Policy = {
  strategy: 'dynamic',
  feePpm: undefined,
  minPpm: undefined,
  maxPpm: undefined,
  expiresAt: undefined,
};
