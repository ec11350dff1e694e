import { flagArgument } from '../call-arguments.ts';
import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

/** Every coin of the wallet: all of them are confirmed. */
const outputs = (node: NodeState): object[] =>
  node.chain.coins.list().map(({ txid, vout, amount, height }) => {
    const key = sha256(`wallet ${txid}:${vout}`);
    return {
      txid,
      output: vout,
      amount_msat: Number(amount),
      scriptpubkey: `5120${key}`,
      address: `${node.settings.network === 'bitcoin' ? 'bc' : 'bcrt'}1p${key.slice(0, 58)}`,
      status: 'confirmed',
      blockheight: height,
      reserved: false,
    };
  });

const held = (node: NodeState, channel: NodeChannel): object => ({
  peer_id: channel.peerId,
  connected: channel.connected,
  state: channel.state,
  channel_id: channel.channelId,
  ...(channel.state === 'CHANNELD_AWAITING_LOCKIN' ? {} : { short_channel_id: channel.scid }),
  our_amount_msat: channel.toUs,
  amount_msat: channel.capacity,
  funding_txid: node.funding(channel.channelId).txid,
  funding_output: node.funding(channel.channelId).vout,
});

export const listfunds: Command = {
  name: 'listfunds',
  usage: '[spent]',
  answer(node, args) {
    flagArgument(args, 'spent');
    return toJson({
      outputs: outputs(node),
      channels: node.channels().map((channel) => held(node, channel)),
    });
  },
};
