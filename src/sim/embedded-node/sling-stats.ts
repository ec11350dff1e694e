/** sling's statistics as it writes them: sums over a window of time, satoshi with commas, local times as text. */
import { DAY_MS } from '../../core/units.ts';
import type { SlingMachine } from '../sling/sling-machine.ts';
import type { SlingPayment, SlingTask } from '../sling/sling-task.ts';
import { aliasOf, type NodeState } from './node-state.ts';

const WINDOW_DAYS = 30;
const TOP = 5;

const sat = (msat: number): number => Math.floor(msat / 1000);
/** Rounded up, as sling stores it. */
const ppmOf = ({ amount, fee }: SlingPayment): number => Math.ceil((fee * 1e6) / amount);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const recent = (node: NodeState, all: readonly SlingPayment[]): readonly SlingPayment[] =>
  all.filter(({ at }) => node.now() - at <= WINDOW_DAYS * DAY_MS);
/** `2026-01-05 13:04:05`: no zone, nothing a program should read. */
const clock = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

function partners(node: NodeState, payments: readonly SlingPayment[]): object[] {
  const moved = new Map<number, number>();
  for (const { partner, amount } of payments)
    moved.set(partner, (moved.get(partner) ?? 0) + amount);
  return [...moved]
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([index, amount]) => ({
      scid: node.scidOf(index),
      alias: aliasOf(node, node.named(index)?.peerId ?? node.id),
      sats: sat(amount),
    }));
}

function successes(node: NodeState, all: readonly SlingPayment[]): object | null {
  const payments = recent(node, all);
  const last = payments.at(-1);
  if (last === undefined) return null;
  const ppms = payments.map(ppmOf).sort((a, b) => a - b);
  const amount = sum(payments.map((payment) => payment.amount));
  const weighted = sum(payments.map((payment) => ppmOf(payment) * payment.amount)) / amount;
  const at = (share: number): number | undefined => ppms[Math.floor(share * (ppms.length - 1))];
  return {
    time_window_days: WINDOW_DAYS,
    total_amount_sats: sat(amount),
    feeppm_weighted_avg: Math.round(weighted),
    feeppm_min: ppms[0],
    feeppm_max: ppms.at(-1),
    feeppm_median: at(0.5),
    feeppm_90th_percentile: at(0.9),
    top_5_channel_partners: partners(node, payments),
    most_common_hop_count: 3,
    time_of_last_rebalance: clock(last.at),
    last_channel_partner: node.scidOf(last.partner),
    total_rebalances: payments.length,
    total_spent_sats: sat(sum(payments.map((payment) => payment.fee))),
  };
}

function failures(node: NodeState, all: readonly SlingPayment[]): object | null {
  const payments = recent(node, all);
  const last = payments.at(-1);
  if (last === undefined) return null;
  return {
    time_window_days: WINDOW_DAYS,
    total_amount_tried_sats: sat(sum(payments.map((payment) => payment.amount))),
    top_5_failure_reasons: [
      { failure_reason: 'WIRE_TEMPORARY_CHANNEL_FAILURE', count: payments.length },
    ],
    top_5_fail_nodes: [],
    top_5_channel_partners: partners(node, payments),
    most_common_hop_count: 3,
    time_of_last_attempt: clock(last.at),
    total_rebalances_tried: payments.length,
  };
}

/** `sling-stats <scid> json=true`. */
export function statsOf(node: NodeState, machine: SlingMachine, index: number): object {
  const stats = machine.stats(index);
  return {
    successes_in_time_window: successes(node, stats.successes),
    failures_in_time_window: failures(node, stats.failures),
  };
}

/** One line of `sling-stats json=true`. */
export function taskLine(node: NodeState, machine: SlingMachine, task: SlingTask): object {
  const { channel } = task.order;
  const pubkey = node.named(channel)?.peerId ?? node.id;
  const done = recent(node, machine.stats(channel).successes);
  const last = done.at(-1);
  const amount = sum(done.map((payment) => payment.amount));
  const weighted = sum(done.map((payment) => ppmOf(payment) * payment.amount));
  return {
    alias: aliasOf(node, pubkey),
    scid: node.scidOf(channel),
    pubkey,
    status: [`1:${task.status}`],
    rebamount: sat(amount).toLocaleString('en-US'),
    w_feeppm: amount === 0 ? 0 : Math.round(weighted / amount),
    last_route_taken: last === undefined ? 'Never' : clock(last.at),
    last_success_reb: last === undefined ? 'Never' : clock(last.at),
  };
}

/** Without json: a table for people. */
export const tableOf = (lines: readonly object[]): object => ({
  'format-hint': 'simple',
  result: lines.map((line) => Object.values(line).map(String).join(' | ')).join('\n'),
});
