import { nodeIdArgument } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import { aliasOf } from '../node-state.ts';
import type { Command } from './command.ts';
import { peersOf } from './listpeers.ts';

export const listnodes: Command = {
  name: 'listnodes',
  usage: '[id]',
  answer(node, args) {
    const asked = nodeIdArgument(args, 'id');
    const ids = [node.id, ...peersOf(node).map(({ id }) => id)];
    const nodes = ids
      .filter((id) => asked === undefined || id === asked)
      .map((id) => ({
        nodeid: id,
        alias: aliasOf(node, id),
        color: id.slice(0, 6),
        last_timestamp: Math.floor(node.now() / 1000),
        features: '808898880a8a59a1',
        addresses: [{ type: 'ipv4', address: '127.0.0.1', port: 9735 }],
      }));
    return toJson({ nodes });
  },
};
