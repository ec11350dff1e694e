/** bookkeeper's view as far as it follows from the forwards: routing income, and the channels' balances. */
import type { ForwardRow } from '../../forwards-table.ts';
import { type CallArguments, flagArgument, textOf, u64 } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { Command } from './command.ts';
import { WALLET_MSAT } from './listfunds.ts';

export const coinType = (node: NodeState): string =>
  node.settings.network === 'bitcoin' ? 'bc' : 'bcrt';

const settled = (node: NodeState): ForwardRow[] =>
  node.forwards.page('created', 0, Number.POSITIVE_INFINITY, 'settled');
const stamp = (row: ForwardRow): number => Math.floor((row.resolvedAt ?? row.receivedAt) / 1000);
const accountOf = (node: NodeState, index: number | undefined): string =>
  (index === undefined ? undefined : node.named(index)?.channelId) ?? 'external';

function within(args: CallArguments): (row: ForwardRow) => boolean {
  const [start, end] = [u64(args, 'start_time'), u64(args, 'end_time')];
  return (row) =>
    (start === undefined || stamp(row) >= start) && (end === undefined || stamp(row) < end);
}

export const bkprListincome: Command = {
  name: 'bkpr-listincome',
  usage: '[consolidate_fees] [start_time] [end_time]',
  answer(node, args) {
    flagArgument(args, 'consolidate_fees');
    const routed = settled(node)
      .filter(within(args))
      .map((row) => ({
        account: accountOf(node, row.outIndex),
        tag: 'routed',
        credit_msat: row.feeMsat ?? 0,
        debit_msat: 0,
        currency: coinType(node),
        timestamp: stamp(row),
        payment_id: row.paymentHash,
      }));
    return toJson({ income_events: routed });
  },
};

const eventsOf = (node: NodeState, row: ForwardRow): { account: string; payment_id: string }[] =>
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
    const events = settled(node)
      .flatMap((row) => eventsOf(node, row))
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
      accounts: [{ account: 'wallet', balances: balance(WALLET_MSAT) }, ...channels],
    });
  },
};
