/**
 * Rules between keys. At `set` a broken one refuses the change. At start it must not keep lightningd or the
 * plugin from running, so the safer of both values yields, loudly (SPEC 3.2, 7.1).
 */
import type { ConfigValues } from './snapshot.ts';

type Rule = {
  readonly broken: (values: ConfigValues) => boolean;
  /** Why it is refused. */
  readonly because: (values: ConfigValues) => string;
  /** What is changed at start instead, and the words for it. */
  readonly repair: (values: ConfigValues) => Partial<ConfigValues>;
};

const RULES: readonly Rule[] = [
  {
    broken: (v) => v.min_fee_ppm > v.max_fee_ppm,
    because: (v) =>
      `min_fee_ppm ${v.min_fee_ppm} would be above max_fee_ppm ${v.max_fee_ppm}: set the other one first`,
    repair: (v) => ({ max_fee_ppm: v.min_fee_ppm }),
  },
  {
    broken: (v) => v.keep_forwards_days < v.flow_window_days + 1,
    because: (v) =>
      `keep_forwards_days ${v.keep_forwards_days} must be at least one day more than flow_window_days ${v.flow_window_days}`,
    repair: (v) => ({ keep_forwards_days: v.flow_window_days + 1 }),
  },
  {
    broken: (v) => v.low_liquidity_threshold >= v.high_liquidity_threshold,
    because: (v) =>
      `low_liquidity_threshold ${v.low_liquidity_threshold} must be below high_liquidity_threshold ${v.high_liquidity_threshold}`,
    repair: () => ({ low_liquidity_threshold: 0.2, high_liquidity_threshold: 0.8 }),
  },
  {
    broken: (v) => v.rebalance_min_amount > v.rebalance_max_amount,
    because: (v) =>
      `rebalance_min_amount ${v.rebalance_min_amount} would be above rebalance_max_amount ${v.rebalance_max_amount}`,
    repair: (v) => ({ rebalance_min_amount: v.rebalance_max_amount }),
  },
  {
    broken: (v) => v.dry_run && v.authority !== 'observe',
    because: () =>
      'revenue-ops-dry-run=true holds authority at observe: take it out of the config and start the plugin again first',
    repair: () => ({ authority: 'observe' }),
  },
];

/** The first broken rule as a sentence; undefined: all hold. */
export function refusal(values: ConfigValues): string | undefined {
  return RULES.find((rule) => rule.broken(values))?.because(values);
}

/** Values that keep every rule, and what had to give way. */
export function repaired(values: ConfigValues): {
  readonly values: ConfigValues;
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  let whole = values;
  for (const rule of RULES) {
    if (!rule.broken(whole)) continue;
    const change = rule.repair(whole);
    const words = Object.entries(change).map(([key, value]) => `${key} is taken as ${value}`);
    warnings.push(`${rule.because(whole)}; until then ${words.join(' and ')}`);
    whole = { ...whole, ...change };
  }
  return { values: whole, warnings };
}
