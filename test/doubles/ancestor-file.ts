/** Databases as the Python plugin left them, made from its documented layouts. Columns nobody reads are there, too. */
import { DatabaseSync } from 'node:sqlite';
import type { AncestorSchema, AncestorTable } from '../../src/ports/ancestor.ts';

const BOTH = `
CREATE TABLE channel_states (channel_id TEXT PRIMARY KEY, peer_id TEXT, state TEXT, flow_ratio REAL, sats_in INTEGER,
  sats_out INTEGER, capacity INTEGER, updated_at INTEGER);
CREATE TABLE flow_history (id INTEGER PRIMARY KEY AUTOINCREMENT, channel_id TEXT, timestamp INTEGER, sats_in INTEGER,
  sats_out INTEGER, flow_ratio REAL, state TEXT);
CREATE TABLE fee_changes (id INTEGER PRIMARY KEY AUTOINCREMENT, channel_id TEXT, peer_id TEXT, old_fee_ppm INTEGER,
  new_fee_ppm INTEGER, reason TEXT, manual INTEGER DEFAULT 0, timestamp INTEGER);
CREATE TABLE rebalance_history (id INTEGER PRIMARY KEY AUTOINCREMENT, from_channel TEXT, to_channel TEXT,
  amount_sats INTEGER, max_fee_sats INTEGER, actual_fee_sats INTEGER, expected_profit_sats INTEGER,
  actual_profit_sats INTEGER, status TEXT, rebalance_type TEXT DEFAULT 'normal', error_message TEXT, timestamp INTEGER);
CREATE TABLE forwards (id INTEGER PRIMARY KEY AUTOINCREMENT, in_channel TEXT, out_channel TEXT, in_msat INTEGER,
  out_msat INTEGER, fee_msat INTEGER, resolution_time REAL DEFAULT 0, timestamp INTEGER);
CREATE INDEX idx_forwards_out_channel_time ON forwards (out_channel, timestamp);
CREATE TABLE clboss_unmanaged (peer_id TEXT, tag TEXT, unmanaged_at INTEGER, PRIMARY KEY (peer_id, tag));
CREATE TABLE channel_costs (channel_id TEXT PRIMARY KEY, peer_id TEXT, open_cost_sats INTEGER, capacity_sats INTEGER,
  opened_at INTEGER);
CREATE TABLE rebalance_costs (id INTEGER PRIMARY KEY AUTOINCREMENT, channel_id TEXT, peer_id TEXT, cost_sats INTEGER,
  amount_sats INTEGER, timestamp INTEGER);
CREATE TABLE peer_reputation (peer_id TEXT PRIMARY KEY, success_count INTEGER, failure_count INTEGER,
  last_update INTEGER);
CREATE TABLE lifetime_aggregates (id INTEGER PRIMARY KEY CHECK (id = 1), pruned_revenue_msat INTEGER,
  pruned_forward_count INTEGER, last_prune_timestamp INTEGER);
CREATE TABLE peer_policies (peer_id TEXT PRIMARY KEY, strategy TEXT NOT NULL DEFAULT 'dynamic',
  rebalance_mode TEXT NOT NULL DEFAULT 'enabled', fee_ppm_target INTEGER, tags TEXT, updated_at INTEGER);
CREATE TABLE config_overrides (key TEXT PRIMARY KEY, value TEXT, version INTEGER, updated_at INTEGER);
CREATE TABLE daily_forwarding_stats (channel_id TEXT, date INTEGER, total_in_msat INTEGER, total_out_msat INTEGER,
  total_fee_msat INTEGER, forward_count INTEGER, PRIMARY KEY (channel_id, date));
`;
const OLD = `CREATE TABLE ignored_peers (peer_id TEXT PRIMARY KEY, reason TEXT, ignored_at INTEGER);`;
const LAST = `
ALTER TABLE forwards ADD COLUMN resolved_time INTEGER DEFAULT 0;
ALTER TABLE peer_policies ADD COLUMN fee_multiplier_min REAL;
ALTER TABLE peer_policies ADD COLUMN fee_multiplier_max REAL;
ALTER TABLE peer_policies ADD COLUMN expires_at INTEGER;
CREATE TABLE budget_reservations (reservation_id TEXT PRIMARY KEY, reserved_sats INTEGER, reserved_at INTEGER,
  job_channel_id TEXT, status TEXT);
CREATE TABLE financial_snapshots (timestamp INTEGER PRIMARY KEY, total_local_balance_sats INTEGER,
  total_remote_balance_sats INTEGER, total_onchain_sats INTEGER, channel_count INTEGER);
`;

export type AncestorRows = Partial<
  Record<AncestorTable, readonly Record<string, number | bigint | string | null>[]>
>;

/** In WAL mode, as that plugin sets it. `more`: SQL on top, for what no honest file has. */
export function ancestorFile(
  file: string,
  schema: AncestorSchema,
  rows: AncestorRows = {},
  more = '',
): string {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(schema === 'v1.4' ? `${BOTH}${OLD}` : `${BOTH}${LAST}`);
  fill(db, rows);
  db.exec(more);
  db.close();
  return file;
}

export function fill(db: DatabaseSync, rows: AncestorRows): void {
  db.exec('BEGIN');
  for (const [table, list] of Object.entries(rows))
    for (const row of list) {
      const columns = Object.keys(row);
      const places = columns.map(() => '?').join(', ');
      db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(
        ...Object.values(row),
      );
    }
  db.exec('COMMIT');
}
