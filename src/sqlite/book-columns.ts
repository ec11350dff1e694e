/** The columns of a stretch of days in the books, and its row as sums. */
import { COST_KINDS, type PeriodSums } from '../core/books/period.ts';
import { msat } from '../core/units.ts';
import { big, num, type Row } from './database.ts';

export const FLOW_COLUMNS = [
  'in_count',
  'in_msat',
  'in_fee',
  'out_count',
  'out_msat',
  'out_fee',
] as const;
export const COST_COLUMNS = COST_KINDS.map((kind) => `${kind}_msat` as const);
export const BOOK_COLUMNS: readonly string[] = [...FLOW_COLUMNS, ...COST_COLUMNS];

/** `sum(a) AS a, …`; of no rows: 0. */
export const summed = (columns: readonly string[]): string =>
  columns.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(', ');

export const sumsOf = (row: Row): PeriodSums => ({
  inCount: num(row.in_count),
  in: msat(big(row.in_msat)),
  assisted: msat(big(row.in_fee)),
  outCount: num(row.out_count),
  out: msat(big(row.out_msat)),
  revenue: msat(big(row.out_fee)),
  costs: costsOf(row),
});

export const costsOf = (row: Row): PeriodSums['costs'] => ({
  open: msat(big(row.open_msat)),
  close: msat(big(row.close_msat)),
  splice: msat(big(row.splice_msat)),
  rebalance: msat(big(row.rebalance_msat)),
  diagnostic: msat(big(row.diagnostic_msat)),
  hive: msat(big(row.hive_msat)),
  onchain: msat(big(row.onchain_msat)),
});

/** Of anything: two late facts may have made nothing of it. */
export const isEmpty = ({ costs, ...flow }: PeriodSums): boolean =>
  flow.inCount === 0 &&
  flow.outCount === 0 &&
  [flow.in, flow.assisted, flow.out, flow.revenue, ...Object.values(costs)].every(
    (amount) => amount === 0n,
  );
