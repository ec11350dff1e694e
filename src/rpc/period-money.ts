/** Money of a stretch of days as it is shown: exact msat beside whole sats, rounded against ourselves (SPEC, words). */
import { z } from 'zod';
import { type Costs, movingCost, netOf, type PeriodSums, totalCost } from '../core/books/period.ts';
import { type Msat, msat } from '../core/units.ts';
import type { PeriodStatement } from '../cycles/books-services.ts';
import { amountMsat } from './answers.ts';
import { asPercent, percentPaid, ppmOurs, ppmPaid } from './rates.ts';
import { wholeSats } from './rebalance-rows.ts';
import { dayName } from './report-period.ts';

/** Down for what is ours, also below zero. */
export const satsOurs = (amount: Msat): number => wholeSats(amount);
/** Up for what we paid; never −0. */
export const satsPaid = (amount: Msat): number => 0 - wholeSats(-amount);

/** On-chain fees of any kind. */
export const chainCost = ({ open, close, splice, onchain }: Costs): Msat =>
  msat(open + close + splice + onchain);

const sats = z.int();
const ofRouted = z.number().optional();

export const moneyFields = {
  forwards: z.int().describe('settled, each once'),
  routed_sats: sats,
  routed_msat: amountMsat,
  revenue_sats: sats.describe('fees earned, rounded down'),
  revenue_msat: amountMsat,
  revenue_ppm: ofRouted.describe('of what was routed; absent: nothing was'),
  rebalance_cost_sats: sats.describe('refills, shocks and refills for the fleet, rounded up'),
  rebalance_cost_msat: amountMsat,
  rebalance_cost_ppm: ofRouted.describe('of what was routed; absent: nothing was'),
  onchain_cost_sats: sats.describe('open, close, splice and all other on-chain fees, rounded up'),
  onchain_cost_msat: amountMsat,
  total_cost_sats: sats.describe('all costs, rounded up'),
  total_cost_msat: amountMsat,
  cost_pct: z.number().optional().describe('all costs, of the revenue; absent: no revenue'),
  net_sats: sats.describe('revenue less all costs, rounded down'),
  net_msat: amountMsat,
  net_ppm: ofRouted.describe('of what was routed; absent: nothing was'),
};
export type MoneyFields = z.input<z.ZodObject<typeof moneyFields>>;

export function moneyOf(sums: PeriodSums): MoneyFields {
  const { out, revenue, costs } = sums;
  const [moving, chain, total, net] = [
    movingCost(costs),
    chainCost(costs),
    totalCost(costs),
    netOf(sums),
  ];
  return {
    forwards: sums.outCount,
    routed_sats: satsOurs(out),
    routed_msat: out,
    revenue_sats: satsOurs(revenue),
    revenue_msat: revenue,
    revenue_ppm: ppmOurs(revenue, out),
    rebalance_cost_sats: satsPaid(moving),
    rebalance_cost_msat: moving,
    rebalance_cost_ppm: ppmPaid(moving, out),
    onchain_cost_sats: satsPaid(chain),
    onchain_cost_msat: chain,
    total_cost_sats: satsPaid(total),
    total_cost_msat: total,
    cost_pct: percentPaid(total, revenue),
    net_sats: satsOurs(net),
    net_msat: net,
    net_ppm: ppmOurs(net, out),
  };
}

/** Of a channel: what came in by it is shown beside and is no income. */
export const channelMoneyFields = {
  ...moneyFields,
  forwards_in: z.int(),
  in_msat: amountMsat,
  assisted_sats: sats.describe('fees of what came in by it: earned on other channels'),
  assisted_msat: amountMsat,
};
export const channelMoneyOf = (
  sums: PeriodSums,
): z.input<z.ZodObject<typeof channelMoneyFields>> => ({
  ...moneyOf(sums),
  forwards_in: sums.inCount,
  in_msat: sums.in,
  assisted_sats: satsOurs(sums.assisted),
  assisted_msat: sums.assisted,
});

/** Each kind of cost on its own, exact. */
export const costFields = {
  open_msat: amountMsat,
  close_msat: amountMsat,
  splice_msat: amountMsat,
  onchain_msat: amountMsat.describe('every other on-chain fee'),
  rebalance_msat: amountMsat.describe('refills that have to pay'),
  diagnostic_msat: amountMsat.describe('shocks for silent channels'),
  hive_msat: amountMsat.describe('refills that may lose money for the fleet'),
};
export const costsOf = (costs: Costs): z.input<z.ZodObject<typeof costFields>> => ({
  open_msat: costs.open,
  close_msat: costs.close,
  splice_msat: costs.splice,
  onchain_msat: costs.onchain,
  rebalance_msat: costs.rebalance,
  diagnostic_msat: costs.diagnostic,
  hive_msat: costs.hive,
});

/** A statement's claim on itself: whether it can still change, and how far the node's own records agree. */
export const statementFields = {
  from: z.string().describe('first UTC day'),
  to: z.string().describe('last UTC day, included'),
  final: z.boolean().describe('every day of it is closed: asked again it answers the same'),
  ...moneyFields,
  margin_pct: z
    .number()
    .optional()
    .describe('(revenue − cost of moving liquidity) of the revenue; absent: no revenue'),
  reconciled_days: z.int().describe("days compared with the node's own ledger"),
  unreconciled_days: z.int(),
  unexplained_msat: amountMsat
    .optional()
    .describe('what the node has beyond ours on the reconciled days; absent: there are none'),
};
export const statementOf = (
  one: PeriodStatement,
): z.input<z.ZodObject<typeof statementFields>> => ({
  from: dayName(one.from),
  to: dayName(one.to),
  final: one.final,
  ...moneyOf(one.sums),
  margin_pct: one.margin === undefined ? undefined : asPercent(one.margin),
  reconciled_days: one.reconciledDays,
  unreconciled_days: one.unreconciledDays,
  unexplained_msat: unexplainedOf(one),
});

/** Where no day was compared nobody knows, and 0 would say that the ledgers agree. */
export const unexplainedOf = ({
  reconciledDays,
  unexplained,
}: Pick<PeriodStatement, 'reconciledDays' | 'unexplained'>): Msat | undefined =>
  reconciledDays > 0 ? unexplained : undefined;
