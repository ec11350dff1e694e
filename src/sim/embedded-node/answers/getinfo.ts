import { toJson } from '../json-text.ts';
import type { Command } from './command.ts';

const OUR_FEATURES = {
  init: '800898880a8a59a1',
  node: '808898880a8a59a1',
  channel: '',
  invoice: '02000002024100',
};
const LOCAL = { type: 'ipv4', address: '127.0.0.1', port: 9735 };

export const getinfo: Command = {
  name: 'getinfo',
  usage: '',
  answer(node) {
    const channels = node.channels();
    const active = channels.filter(({ state }) => state === 'CHANNELD_NORMAL').length;
    const pending = channels.filter(({ state }) => state === 'CHANNELD_AWAITING_LOCKIN').length;
    return toJson({
      id: node.id,
      alias: node.settings.alias,
      color: node.id.slice(0, 6),
      num_peers: new Set(channels.map(({ peerId }) => peerId)).size,
      num_pending_channels: pending,
      num_active_channels: active,
      num_inactive_channels: channels.length - active - pending,
      address: [LOCAL],
      binding: [LOCAL],
      version: node.settings.version,
      blockheight: node.height,
      network: node.settings.network,
      fees_collected_msat: node.feesCollected,
      'lightning-dir': node.settings.directory,
      our_features: OUR_FEATURES,
    });
  },
};
