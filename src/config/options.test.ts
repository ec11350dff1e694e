import { describe, expect, test } from 'vitest';
import type { OptionRow } from './option-rows.ts';
import { GROUPS, OPTIONS } from './options.ts';
import { manifestOptions } from './parse-options.ts';
import { readValue } from './read-value.ts';
import { OPTION_KEYS } from './snapshot.ts';

/** Names and defaults of the Python plugin's 29 options (its db-path moved, SPEC 7.2). */
const ANCESTOR_OPTIONS: Readonly<Record<string, string | number>> = {
  'revenue-ops-db-path': 'cl-revenue-ops/revenue-ops.db',
  'revenue-ops-flow-interval': '3600',
  'revenue-ops-fee-interval': '1800',
  'revenue-ops-rebalance-interval': '900',
  'revenue-ops-target-flow': '100000',
  'revenue-ops-min-fee-ppm': '10',
  'revenue-ops-max-fee-ppm': '5000',
  'revenue-ops-rebalance-min-profit': '10',
  'revenue-ops-flow-window-days': '7',
  'revenue-ops-clboss-enabled': 'true',
  'revenue-ops-rebalancer': 'sling',
  'revenue-ops-daily-budget-sats': '5000',
  'revenue-ops-min-wallet-reserve': '1000000',
  'revenue-ops-proportional-budget': 'false',
  'revenue-ops-proportional-budget-pct': '0.05',
  'revenue-ops-dry-run': 'false',
  'revenue-ops-htlc-congestion-threshold': '0.8',
  'revenue-ops-enable-reputation': 'true',
  'revenue-ops-reputation-decay': '0.98',
  'revenue-ops-enable-prometheus': 'false',
  'revenue-ops-prometheus-port': '9800',
  'revenue-ops-enable-kelly': 'false',
  'revenue-ops-kelly-fraction': '0.5',
  'revenue-ops-vegas-reflex': 'true',
  'revenue-ops-vegas-decay': '0.85',
  'revenue-ops-scarcity-pricing': 'true',
  'revenue-ops-scarcity-threshold': '0.35',
  'revenue-ops-hive-fee-ppm': 0,
  'revenue-ops-hive-rebalance-tolerance': 50,
};
/** Its 32 runtime keys. */
const ANCESTOR_KEYS = [
  ...['flow_interval', 'fee_interval', 'rebalance_interval', 'min_fee_ppm', 'max_fee_ppm'],
  ...['daily_budget_sats', 'min_wallet_reserve', 'low_liquidity_threshold'],
  ...['high_liquidity_threshold', 'htlc_congestion_threshold', 'reputation_decay'],
  ...['proportional_budget_pct', 'kelly_fraction', 'vegas_decay_rate', 'scarcity_threshold'],
  ...['enable_reputation', 'enable_prometheus', 'enable_kelly', 'enable_proportional_budget'],
  ...['enable_vegas_reflex', 'enable_scarcity_pricing', 'hive_fee_ppm'],
  ...['hive_rebalance_tolerance', 'max_concurrent_jobs', 'sling_job_timeout_seconds'],
  ...['sling_chunk_size_sats', 'rebalance_min_profit', 'rebalance_max_amount'],
  ...['rebalance_min_amount', 'rebalance_cooldown_hours', 'inbound_fee_estimate_ppm'],
  'prometheus_port',
];

describe('the option table', () => {
  test('declares the 29 options of the Python plugin with its defaults, one of its later versions, and two of our own', () => {
    const declared = Object.fromEntries(manifestOptions().map((o) => [o.name, o.default]));
    expect(declared).toEqual({
      ...ANCESTOR_OPTIONS,
      // A fleet's node has it in its config: an option nobody declares keeps lightningd from starting.
      'revenue-ops-hive-enabled': 'auto',
      'revenue-ops-authority': 'observe',
      'revenue-ops-sling-exclusive': 'false',
    });
  });

  test('declares no option twice, and none that setconfig could write to a file', () => {
    const options = manifestOptions();
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
    for (const option of options)
      expect(Object.keys(option).sort()).toEqual(['default', 'description', 'name', 'type']);
  });

  test('keeps all 32 runtime keys, each changeable', () => {
    expect(ANCESTOR_KEYS).toHaveLength(32);
    const mutable = OPTION_KEYS.filter((key) => (OPTIONS[key] as OptionRow).mutable);
    expect(mutable).toEqual(expect.arrayContaining(ANCESTOR_KEYS));
  });

  test('every default is admitted by its own row, and every row has its place in the reference', () => {
    for (const key of OPTION_KEYS)
      expect(readValue(OPTIONS[key], OPTIONS[key].default)).toEqual({
        value: OPTIONS[key].default,
      });
    expect(Object.values(GROUPS).flatMap((rows) => Object.keys(rows))).toEqual(OPTION_KEYS);
  });

  test('what is fixed at start can be set in lightningd', () => {
    const fixed = Object.values<OptionRow>(OPTIONS).filter(({ mutable }) => !mutable);
    expect(fixed.length).toBeGreaterThan(0);
    for (const row of fixed) expect(row.option).toBeDefined();
  });
});
