import { scidArgument } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { Command } from './command.ts';

/** The HTLCs in flight; the market forgets resolved ones, so unlike in lightningd they do not stay. */
export const listhtlcs: Command = {
  name: 'listhtlcs',
  usage: '[id] [index] [start] [limit]',
  answer(node, args) {
    const asked = scidArgument(args, 'id');
    const htlcs = node
      .channels()
      .filter(({ scid }) => asked === undefined || scid === asked)
      .flatMap((channel) => channel.htlcs.map((htlc) => ({ channel, htlc })))
      .map(({ channel, htlc }, i) => ({
        created_index: i + 1,
        short_channel_id: channel.scid,
        id: htlc.id,
        expiry: node.expiries.of(htlc, node.height),
        direction: htlc.direction,
        amount_msat: htlc.amount,
        payment_hash: htlc.paymentHash,
        state: htlc.direction === 'in' ? 'RCVD_ADD_ACK_REVOCATION' : 'SENT_ADD_ACK_REVOCATION',
      }));
    return toJson({ htlcs });
  },
};
