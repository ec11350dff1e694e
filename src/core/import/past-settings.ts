/** The ancestor's overrides: which keys it had. A file may not set what its program never could (authority above all). */
import type { Cells } from './cells.ts';
import { shownCell } from './cells.ts';
import { skip, type Verdict } from './verdict.ts';

export type PastSetting = { readonly key: string; readonly value: string };

/** What both know under one name and with one meaning (SPEC 7.2). */
const KEYS: ReadonlySet<string> = new Set([
  ...['flow_interval', 'fee_interval', 'rebalance_interval', 'min_fee_ppm', 'max_fee_ppm'],
  ...['daily_budget_sats', 'min_wallet_reserve', 'low_liquidity_threshold'],
  ...['high_liquidity_threshold', 'htlc_congestion_threshold', 'enable_reputation'],
  ...['reputation_decay', 'enable_prometheus', 'prometheus_port', 'enable_kelly'],
  ...['kelly_fraction', 'enable_proportional_budget', 'proportional_budget_pct'],
  ...['enable_vegas_reflex', 'enable_scarcity_pricing', 'scarcity_threshold', 'hive_fee_ppm'],
  ...['hive_rebalance_tolerance', 'max_concurrent_jobs', 'sling_job_timeout_seconds'],
  ...['sling_chunk_size_sats', 'rebalance_min_profit', 'rebalance_max_amount'],
  ...['rebalance_min_amount', 'rebalance_cooldown_hours', 'inbound_fee_estimate_ppm'],
  ...['new_channel_grace_days', 'hive_enabled', 'target_flow'],
]);
/** Once a fee cycle there, every 420 s here (SPEC 3.4). */
const OTHER_MEANING: ReadonlySet<string> = new Set(['vegas_decay_rate']);

export function judgeSetting(row: Cells): Verdict<PastSetting> {
  const { key, value } = row;
  const name = shownCell(key);
  if (typeof key !== 'string' || typeof value !== 'string')
    return skip('its key or value is no text', name);
  if (OTHER_MEANING.has(key))
    return skip('it means something else here', `${name}: ${shownCell(value)}`);
  if (!KEYS.has(key)) return skip('there is no such setting here, or it may not be imported', name);
  return { take: { key, value } };
}
