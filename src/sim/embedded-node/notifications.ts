/** What happens, as lightningd tells it to subscribers: `{topic, message}` with the text as in the wire log. */
import type { ForwardRow } from '../forwards-table.ts';
import type { MarketEvent, SimChannel } from '../market/market.ts';
import { coinType } from './answers/bookkeeper.ts';
import { reasonFor } from './answers/listpeerchannels.ts';
import { eventText } from './forward-text.ts';
import { fundingTxid, sha256 } from './identity.ts';
import { toJson } from './json-text.ts';
import type { NodeState, StateChange } from './node-state.ts';

export type Notification = { readonly topic: string; readonly message: string };

/** A notification carries its content under its own name. */
const wrapped = (topic: string, content: string): Notification => ({
  topic,
  message: `{"jsonrpc":"2.0","method":"${topic}","params":{"${topic}":${content}}}\n\n`,
});

export const shutdown: Notification = wrapped('shutdown', '{}');

export const pluginChanged = (
  topic: 'plugin_started' | 'plugin_stopped',
  plugin: { readonly name: string; readonly path: string; readonly methods: readonly string[] },
): Notification =>
  wrapped(
    topic,
    toJson({ plugin_name: plugin.name, plugin_path: plugin.path, methods: plugin.methods }),
  );

/** Counts the node's channel movements: coin_movement's created_index. */
export class Movements {
  #last = 0;
  next(): number {
    this.#last++;
    return this.#last;
  }
}

/** One leg of a settled forward: the sum and the fee it stands for. */
function movement(
  node: NodeState,
  row: ForwardRow,
  leg: { index: number | undefined; credit: number; debit: number },
  created: number,
): Notification {
  const account = leg.index === undefined ? undefined : node.named(leg.index)?.channelId;
  return wrapped(
    'coin_movement',
    toJson({
      version: 2,
      coin_type: coinType(node),
      node_id: node.id,
      type: 'channel_mvt',
      created_index: created,
      account_id: account ?? 'external',
      credit_msat: leg.credit,
      debit_msat: leg.debit,
      timestamp: Math.floor((row.resolvedAt ?? row.receivedAt) / 1000),
      ...(node.settings.deprecatedApis ? { tags: ['routed'] } : {}),
      primary_tag: 'routed',
      extra_tags: [],
      payment_hash: row.paymentHash,
      fees_msat: row.feeMsat ?? 0,
    }),
  );
}

function ofForward(node: NodeState, row: ForwardRow, moves: Movements): Notification[] {
  const event = wrapped('forward_event', eventText(node, row, sha256(row.paymentHash)));
  if (row.status !== 'settled') return [event];
  const out = { index: row.outIndex, credit: 0, debit: row.outMsat ?? 0 };
  const into = { index: row.inIndex, credit: row.inMsat, debit: 0 };
  return [event, movement(node, row, out, moves.next()), movement(node, row, into, moves.next())];
}

const ADDRESS = { type: 'ipv4', address: '127.0.0.1', port: 9735 };

/** What an event of the market makes lightningd say; `row`: the forwards row it made or resolved. */
export function notificationsOf(
  node: NodeState,
  event: MarketEvent,
  row: ForwardRow | undefined,
  moves: Movements,
): Notification[] {
  switch (event.kind) {
    case 'forward':
      return row === undefined ? [] : ofForward(node, row, moves);
    case 'connection':
      return [
        event.connected
          ? wrapped('connect', toJson({ id: event.peerId, direction: 'out', address: ADDRESS }))
          : wrapped('disconnect', toJson({ id: event.peerId })),
      ];
    case 'block':
      return [
        wrapped(
          'block_added',
          toJson({ hash: sha256(`block ${event.height}`), height: event.height }),
        ),
      ];
  }
}

/** `from` undefined: the channel is new. Unknown names are null with deprecated APIs, absent without. */
export function channelStateChanged(
  node: NodeState,
  channel: SimChannel,
  change: {
    readonly at: number;
    readonly from: StateChange['from'] | undefined;
    readonly to: StateChange['to'] | 'CLOSED';
  },
): Notification {
  const unnamed = change.to === 'CHANNELD_AWAITING_LOCKIN';
  const gone = change.to === 'CLOSED';
  const absent = node.settings.deprecatedApis ? null : undefined;
  return wrapped(
    'channel_state_changed',
    toJson({
      peer_id: channel.peerId,
      channel_id: channel.channelId,
      short_channel_id: unnamed ? absent : channel.scid,
      timestamp: new Date(change.at).toISOString(),
      old_state: change.from,
      new_state: change.to,
      cause: gone ? 'unknown' : channel.opener === 'remote' ? 'remote' : 'user',
      message: change.to === 'CLOSED' ? absent : reasonFor(change.to),
    }),
  );
}

/** Only for channels the peer opened (facts/cln.md "Plugin protocol"). */
export const channelOpened = (channel: SimChannel): Notification[] =>
  channel.opener === 'local'
    ? []
    : [
        wrapped(
          'channel_opened',
          toJson({
            id: channel.peerId,
            funding_msat: channel.capacity,
            funding_txid: fundingTxid(channel.channelId),
            channel_ready: false,
          }),
        ),
      ];
