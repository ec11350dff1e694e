/** bookkeeper's view as far as it follows from forwards and our own payments: income, events, balances. */
import type { ForwardRow } from '../../forwards-table.ts';
import { type CallArguments, flagArgument, textOf, u64 } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { OwnPayment } from '../own-payments.ts';
import type { Command } from './command.ts';

export const coinType = (node: NodeState): string =>
  node.settings.network === 'bitcoin' ? 'bc' : 'bcrt';

const settled = (node: NodeState): ForwardRow[] =>
  node.forwards.page('created', 0, Number.POSITIVE_INFINITY, 'settled');
const stamp = (row: ForwardRow): number => Math.floor((row.resolvedAt ?? row.receivedAt) / 1000);
/** Those that went round: what never left us is no rebalance. */
const returned = (node: NodeState): OwnPayment[] =>
  node.payments
    .page('created', 0, Number.POSITIVE_INFINITY, { status: 'complete' })
    .filter(({ fromIndex }) => fromIndex !== undefined);
const paidAt = (payment: OwnPayment): number =>
  Math.floor((payment.completedAt ?? payment.createdAt) / 1000);

/** The name of a channel's account. */
export const accountOf = (node: NodeState, index: number | undefined): string =>
  (index === undefined ? undefined : node.named(index)?.channelId) ?? 'external';

function within(args: CallArguments): (event: { readonly timestamp: number }) => boolean {
  const [start, end] = [u64(args, 'start_time'), u64(args, 'end_time')];
  return ({ timestamp }) =>
    (start === undefined || timestamp >= start) && (end === undefined || timestamp < end);
}

/** One line a payment, on the channel it left by. */
const rebalanceFee = (node: NodeState, row: OwnPayment) => ({
  account: accountOf(node, row.fromIndex),
  tag: 'rebalance_fee',
  credit_msat: 0,
  debit_msat: row.sent - row.amount,
  currency: coinType(node),
  timestamp: paidAt(row),
  payment_id: row.paymentHash,
});

/** What transactions cost, and what strangers paid in. */
function onchain(node: NodeState) {
  const { fees, rows } = node.chain;
  const currency = coinType(node);
  const own = new Set(rows.map(({ spendingTxid }) => spendingTxid));
  const paidIn = rows
    .filter(({ tag, account, outpoint }) => {
      return tag === 'deposit' && account.kind === 'wallet' && !own.has(outpoint.txid);
    })
    .map(({ credit, at, outpoint }) => ({
      account: 'wallet',
      tag: 'deposit',
      credit_msat: Number(credit),
      debit_msat: 0,
      currency,
      timestamp: Math.floor(at / 1000),
      outpoint: `${outpoint.txid}:${outpoint.vout}`,
    }));
  const costs = fees.map(({ channelId, amount, at, txid }) => ({
    account: channelId ?? 'wallet',
    tag: 'onchain_fee',
    credit_msat: 0,
    debit_msat: Number(amount),
    currency,
    timestamp: Math.floor(at / 1000),
    txid,
  }));
  return [...paidIn, ...costs];
}

export const bkprListincome: Command = {
  name: 'bkpr-listincome',
  usage: '[consolidate_fees] [start_time] [end_time]',
  answer(node, args) {
    flagArgument(args, 'consolidate_fees');
    const routed = settled(node).map((row) => ({
      account: accountOf(node, row.outIndex),
      tag: 'routed',
      credit_msat: row.feeMsat ?? 0,
      debit_msat: 0,
      currency: coinType(node),
      timestamp: stamp(row),
      payment_id: row.paymentHash,
    }));
    const paid = returned(node).map((row) => rebalanceFee(node, row));
    const all = [...routed, ...paid, ...onchain(node)].filter(within(args));
    return toJson({ income_events: all.sort((a, b) => a.timestamp - b.timestamp) });
  },
};

type AccountEvent = {
  readonly account: string;
  readonly payment_id: string;
  readonly timestamp: number;
  readonly [field: string]: unknown;
};

/** What came back names no fee. */
function rebalanceEvents(node: NodeState, row: OwnPayment): AccountEvent[] {
  const [currency, payment_id] = [coinType(node), row.paymentHash];
  const rest = { timestamp: paidAt(row), is_rebalance: true };
  const [type, tag] = ['channel', 'invoice'];
  const into = { account: accountOf(node, row.toIndex), type, tag };
  const out = { account: accountOf(node, row.fromIndex), type, tag };
  const fees = row.sent - row.amount;
  return [
    {
      ...into,
      credit_msat: row.received,
      debit_msat: 0,
      currency,
      payment_id,
      part_id: 0,
      ...rest,
    },
    {
      ...out,
      credit_msat: 0,
      debit_msat: row.sent,
      fees_msat: fees,
      currency,
      payment_id,
      part_id: row.partId ?? 0,
      ...rest,
    },
  ];
}

const eventsOf = (node: NodeState, row: ForwardRow): AccountEvent[] =>
  [
    { account: accountOf(node, row.outIndex), credit: 0, debit: row.outMsat ?? 0 },
    { account: accountOf(node, row.inIndex), credit: row.inMsat, debit: 0 },
  ].map(({ account, credit, debit }) => ({
    account,
    type: 'channel',
    tag: 'routed',
    credit_msat: credit,
    debit_msat: debit,
    fees_msat: row.feeMsat ?? 0,
    currency: coinType(node),
    payment_id: row.paymentHash,
    part_id: 0,
    timestamp: stamp(row),
    is_rebalance: false,
  }));

export const bkprListaccountevents: Command = {
  name: 'bkpr-listaccountevents',
  usage: '[account] [payment_id]',
  answer(node, args) {
    const [account, payment] = [textOf(args, 'account'), textOf(args, 'payment_id')];
    const routed = settled(node).flatMap((row) => eventsOf(node, row));
    const own = returned(node).flatMap((row) => rebalanceEvents(node, row));
    const events = [...routed, ...own]
      .sort((a, b) => a.timestamp - b.timestamp)
      .filter((event) => account === undefined || event.account === account)
      .filter((event) => payment === undefined || event.payment_id === payment);
    return toJson({ events });
  },
};

export const bkprListbalances: Command = {
  name: 'bkpr-listbalances',
  usage: '',
  answer(node) {
    const balance = (msat: number): object[] => [{ balance_msat: msat, coin_type: coinType(node) }];
    const channels = node.channels().map((channel) => ({
      account: channel.channelId,
      peer_id: channel.peerId,
      we_opened: channel.opener === 'local',
      account_closed: false,
      account_resolved: false,
      balances: balance(channel.toUs),
    }));
    return toJson({
      accounts: [{ account: 'wallet', balances: balance(node.wallet) }, ...channels],
    });
  },
};
