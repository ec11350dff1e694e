import type { Ppm, UnixMs } from '../units.ts';

/** What the operator (or the hive) wants for a peer or a channel (SPEC 5). */
export type Strategy = 'dynamic' | 'static' | 'passive' | 'hive';
export const STRATEGIES = ['dynamic', 'static', 'passive', 'hive'] as const satisfies Strategy[];

/** What rebalancing may do: `source_only` may be drained, `sink_only` may be filled (SPEC 4.4). */
export type PolicyMode = 'enabled' | 'disabled' | 'source_only' | 'sink_only';
export const POLICY_MODES = [
  'enabled',
  'disabled',
  'source_only',
  'sink_only',
] as const satisfies PolicyMode[];

export type Policy = {
  readonly strategy: Strategy;
  /** undefined: nobody said. An announced channel is rebalanced then, an unannounced one is not (SPEC, words). */
  readonly mode: PolicyMode | undefined;
  /** The price of a static policy; others may keep one for later. */
  readonly feePpm: Ppm | undefined;
  /** The peer's own bounds, inside which even a static price stays. */
  readonly minPpm: Ppm | undefined;
  readonly maxPpm: Ppm | undefined;
  /** In the order in which they were given. */
  readonly tags: readonly string[];
  /** After this moment the policy before it holds again. */
  readonly expiresAt: UnixMs | undefined;
};

export const DYNAMIC: Policy = {
  strategy: 'dynamic',
  mode: undefined,
  feePpm: undefined,
  minPpm: undefined,
  maxPpm: undefined,
  tags: [],
  expiresAt: undefined,
};

/** What rebalancing may do under a policy. `passive` is left alone in every way (SPEC 5). */
export const modeUnder = ({ strategy, mode = 'enabled' }: Policy): PolicyMode =>
  strategy === 'passive' ? 'disabled' : mode;
