/** The columns of money that most sheets share: exact msat in a file, whole sats for people. */
import type { z } from 'zod';
import type { channelMoneyFields, costFields, MoneyFields } from './period-money.ts';
import type { Column } from './report-sheet.ts';

/** Whole rates for people, rounded on as the tenths were: what was earned down, what was paid up. */
const earned = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.floor(value);
const paid = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.ceil(value);

export const moneyColumns: readonly Column<MoneyFields>[] = [
  { csv: 'forwards', title: 'forwards', of: (row) => row.forwards },
  { csv: 'routed_msat', of: (row) => row.routed_msat },
  { title: 'routed sat', of: (row) => row.routed_sats },
  { csv: 'revenue_msat', of: (row) => row.revenue_msat },
  { title: 'earned sat', of: (row) => row.revenue_sats },
  { title: 'ppm', of: (row) => earned(row.revenue_ppm) },
  { csv: 'rebalance_cost_msat', of: (row) => row.rebalance_cost_msat },
  { title: 'rebalances sat', of: (row) => row.rebalance_cost_sats },
  { title: 'ppm', of: (row) => paid(row.rebalance_cost_ppm) },
  { csv: 'onchain_cost_msat', of: (row) => row.onchain_cost_msat },
  { title: 'on-chain sat', of: (row) => row.onchain_cost_sats },
  { csv: 'total_cost_msat', of: (row) => row.total_cost_msat },
  { title: '% cost', of: (row) => paid(row.cost_pct) },
  { csv: 'net_msat', of: (row) => row.net_msat },
  { title: 'net sat', of: (row) => row.net_sats },
  { title: 'ppm', of: (row) => earned(row.net_ppm) },
];

export const assistedColumns: readonly Column<z.input<z.ZodObject<typeof channelMoneyFields>>>[] = [
  { csv: 'forwards_in', title: 'in', of: (row) => row.forwards_in },
  { csv: 'in_msat', of: (row) => row.in_msat },
  { csv: 'assisted_msat', of: (row) => row.assisted_msat },
  { title: 'assisted sat', of: (row) => row.assisted_sats },
];

export const costColumns: readonly Column<z.input<z.ZodObject<typeof costFields>>>[] = [
  { csv: 'open_msat', of: (row) => row.open_msat },
  { csv: 'close_msat', of: (row) => row.close_msat },
  { csv: 'splice_msat', of: (row) => row.splice_msat },
  { csv: 'onchain_msat', of: (row) => row.onchain_msat },
  { csv: 'rebalance_msat', of: (row) => row.rebalance_msat },
  { csv: 'diagnostic_msat', of: (row) => row.diagnostic_msat },
  { csv: 'hive_msat', of: (row) => row.hive_msat },
];
