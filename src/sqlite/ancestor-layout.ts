/**
 * Whether a database is the Python plugin's, and which of its two layouts it has. What is read must be plain tables
 * with plain columns: no views, virtual tables, computed columns or triggers, which that plugin never made.
 */
import type { DatabaseSync } from 'node:sqlite';
import {
  ANCESTOR_TABLES,
  AncestorRefused,
  type AncestorSchema,
  type AncestorTable,
} from '../ports/ancestor.ts';

/** What is read of each table, in both layouts. */
export const ANCESTOR_COLUMNS: Readonly<Record<AncestorTable, readonly string[]>> = {
  forwards: [
    ...['in_channel', 'out_channel', 'in_msat', 'out_msat', 'fee_msat'],
    ...['resolution_time', 'timestamp'],
  ],
  daily_forwarding_stats: [
    ...['channel_id', 'date', 'total_in_msat', 'total_out_msat', 'total_fee_msat', 'forward_count'],
  ],
  rebalance_costs: ['channel_id', 'cost_sats', 'amount_sats', 'timestamp'],
  rebalance_history: [
    ...['from_channel', 'to_channel', 'amount_sats', 'max_fee_sats', 'actual_fee_sats'],
    ...['status', 'rebalance_type', 'timestamp'],
  ],
  fee_changes: ['channel_id', 'old_fee_ppm', 'new_fee_ppm', 'reason', 'manual', 'timestamp'],
  peer_policies: ['peer_id', 'strategy', 'rebalance_mode', 'fee_ppm_target', 'tags', 'updated_at'],
  ignored_peers: ['peer_id', 'reason', 'ignored_at'],
  config_overrides: ['key', 'value'],
};
/** What the last version added to them. */
export const ADDED_COLUMNS: Readonly<Partial<Record<AncestorTable, readonly string[]>>> = {
  forwards: ['resolved_time'],
  peer_policies: ['fee_multiplier_min', 'fee_multiplier_max', 'expires_at'],
};
/** Made empty at every start of one version, gone in others. */
const OPTIONAL: ReadonlySet<AncestorTable> = new Set(['ignored_peers']);

export type AncestorLayout = {
  readonly schema: AncestorSchema;
  readonly tables: ReadonlySet<AncestorTable>;
};

/** Throws AncestorRefused. `name`: the file as the operator called it. */
export function layoutOf(db: DatabaseSync, name: string): AncestorLayout {
  const found = ANCESTOR_TABLES.flatMap((table) => {
    const columns = columnsOf(db, table, name);
    return columns === undefined ? [] : [[table, columns] as const];
  });
  const tables = new Map(found);
  for (const table of ANCESTOR_TABLES) {
    const columns = tables.get(table);
    if (!columns && OPTIONAL.has(table)) continue;
    if (!columns) throw foreign(name, `it has no table ${table}`);
    const missing = ANCESTOR_COLUMNS[table].find((column) => !columns.has(column));
    if (missing !== undefined) throw foreign(name, `its table ${table} has no column ${missing}`);
  }
  return { schema: schemaOf(tables, name), tables: new Set(tables.keys()) };
}

const foreign = (name: string, because: string): AncestorRefused =>
  new AncestorRefused(`${name} is no database of the Python plugin: ${because}`);

function schemaOf(
  tables: ReadonlyMap<AncestorTable, ReadonlySet<string>>,
  name: string,
): AncestorSchema {
  const added = Object.entries(ADDED_COLUMNS).flatMap(([, columns]) => columns ?? []);
  const all = new Set([...tables.values()].flatMap((columns) => [...columns]));
  const there = added.filter((column) => all.has(column));
  if (there.length === 0) return 'v1.4';
  if (there.length === added.length) return 'v2.2';
  const missing = added.filter((column) => !all.has(column)).join(', ');
  throw new AncestorRefused(
    `${name} is of a version between 1.4 and 2.2 (it lacks ${missing}): start version 2.2 of the Python plugin on it once`,
  );
}

/** undefined: there is no such table. */
function columnsOf(
  db: DatabaseSync,
  table: AncestorTable,
  name: string,
): ReadonlySet<string> | undefined {
  const [listed] = db
    .prepare("SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?")
    .all(table);
  if (!listed) return undefined;
  if (listed.type !== 'table' || listed.wr !== 0)
    throw foreign(name, `${table} is ${listed.type === 'view' ? 'a view' : 'no plain table'}`);
  const trigger = db
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? LIMIT 1")
    .get(table);
  if (trigger) throw foreign(name, `${table} has a trigger`);
  const columns = db.prepare('SELECT name, hidden FROM pragma_table_xinfo(?)').all(table);
  if (columns.some((column) => column.hidden !== 0))
    throw foreign(name, `${table} has computed columns`);
  const names = columns.map((column) => String(column.name).toLowerCase());
  if (names.includes('rowid')) throw foreign(name, `${table} hides its row ids`);
  return new Set(names);
}
