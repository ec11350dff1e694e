import { flagArgument } from '../call-arguments.ts';
import { fundingTxid, sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

/** The market has no wallet; one confirmed output stands for it. */
function outputs(node: NodeState): object[] {
  if (node.wallet === 0) return [];
  const key = sha256(`wallet ${node.id}`);
  const output = {
    txid: sha256(`wallet funding ${node.id}`),
    output: 0,
    amount_msat: node.wallet,
    scriptpubkey: `5120${key}`,
    address: `${node.settings.network === 'bitcoin' ? 'bc' : 'bcrt'}1p${key.slice(0, 58)}`,
    status: 'confirmed',
    blockheight: 100,
    reserved: false,
  };
  return [output];
}

const held = (channel: NodeChannel): object => ({
  peer_id: channel.peerId,
  connected: channel.connected,
  state: channel.state,
  channel_id: channel.channelId,
  ...(channel.state === 'CHANNELD_AWAITING_LOCKIN' ? {} : { short_channel_id: channel.scid }),
  our_amount_msat: channel.toUs,
  amount_msat: channel.capacity,
  funding_txid: fundingTxid(channel.channelId),
  funding_output: 0,
});

export const listfunds: Command = {
  name: 'listfunds',
  usage: '[spent]',
  answer(node, args) {
    flagArgument(args, 'spent');
    return toJson({ outputs: outputs(node), channels: node.channels().map(held) });
  },
};
