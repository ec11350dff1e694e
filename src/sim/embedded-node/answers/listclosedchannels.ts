import { nodeIdArgument } from '../call-arguments.ts';
import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

const TYPE = { bits: [12, 22], names: ['static_remotekey/even', 'anchors/even'] };

const describe = (node: NodeState, channel: NodeChannel): object => ({
  peer_id: channel.peerId,
  channel_id: channel.channelId,
  short_channel_id: channel.scid,
  alias: { local: channel.aliasLocal, remote: channel.aliasRemote },
  opener: channel.opener,
  closer: 'local',
  private: channel.isPrivate,
  channel_type: TYPE,
  total_local_commitments: 1,
  total_remote_commitments: 1,
  total_htlcs_sent: 0,
  funding_txid: node.funding(channel.channelId).txid,
  funding_outnum: node.funding(channel.channelId).vout,
  leased: false,
  funding_withheld: false,
  total_msat: channel.capacity,
  final_to_us_msat: channel.toUs,
  min_to_us_msat: channel.toUs,
  max_to_us_msat: channel.toUs,
  last_commitment_txid: sha256(`commitment ${channel.channelId}`),
  last_commitment_fee_msat: 386_000,
  close_cause: 'user',
});

export const listclosedchannels: Command = {
  name: 'listclosedchannels',
  usage: '[id]',
  answer(node, args) {
    const peer = nodeIdArgument(args, 'id');
    const closed = node
      .closedChannels()
      .filter(({ peerId }) => peer === undefined || peerId === peer);
    return toJson({ closedchannels: closed.map((channel) => describe(node, channel)) });
  },
};
