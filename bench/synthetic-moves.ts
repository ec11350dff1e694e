/** A node's channel moves, made page by page when asked for: two of each forward, now and then a payment of our own. */
import { createHash } from 'node:crypto';
import type { Command } from '../src/sim/embedded-node/answers/command.ts';
import { u32, u64 } from '../src/sim/embedded-node/call-arguments.ts';
import { channelIdOf, routeOf } from './synthetic-forwards.ts';

/** Of so many payments that moved our channels one is our own. */
const OWN_ONE_IN = 50;
const MOVES_A_PAYMENT = 2;
const SECONDS_A_PAYMENT = 3;

export type MovesTable = {
  readonly rows: number;
  readonly channels: number;
  /** Unix seconds of the first. */
  readonly from: number;
  /** Hears of every page given. */
  readonly given: (last: number) => void;
};

export const listchannelmoves = (table: MovesTable): Command => ({
  name: 'listchannelmoves',
  usage: '[index] [start] [limit]',
  answer: (_, args) => {
    const start = Math.max(1, Number(u64(args, 'start') ?? 1n));
    const last = Math.min(table.rows, start + (u32(args, 'limit') ?? table.rows) - 1);
    const rows: string[] = [];
    for (let index = start; index <= last; index += 1) rows.push(text(index, table));
    table.given(last);
    return `{"channelmoves":[${rows.join(',')}]}`;
  },
});

/** A row as lightningd v26.06.6 writes it: odd ones came in, even ones went out. */
function text(index: number, { channels, from }: MovesTable): string {
  const payment = Math.ceil(index / MOVES_A_PAYMENT);
  const { into, out, sat } = routeOf(payment, channels);
  const isCredit = index % MOVES_A_PAYMENT === 1;
  const tag = payment % OWN_ONE_IN === 0 ? 'invoice' : 'routed';
  const amount = sat * 1000;
  const fees = Math.floor(amount / 10_000);
  const hash = createHash('sha256').update(`move ${payment}`).digest('hex');
  return (
    `{"created_index":${index},"account_id":"${channelIdOf(isCredit ? into : out)}",` +
    `"credit_msat":${isCredit ? amount : 0},"debit_msat":${isCredit ? 0 : amount + fees},` +
    `"timestamp":${from + payment * SECONDS_A_PAYMENT},"primary_tag":"${tag}",` +
    `"payment_hash":"${hash}","fees_msat":${fees}}`
  );
}
