/** What happens, as lightningd tells it to subscribers: `{topic, message}` with the text as in the wire log. */
import type { ChainRow } from '../chain/chain-life.ts';
import type { ForwardRow } from '../forwards-table.ts';
import type { MarketEvent, SimChannel } from '../market/market.ts';
import { accountOf, coinType } from './answers/bookkeeper.ts';
import { chainMoveFields } from './answers/listchainmoves.ts';
import { reasonFor } from './answers/listpeerchannels.ts';
import { sendpay } from './answers/listsendpays.ts';
import type { ChannelMove } from './channel-moves.ts';
import { eventText } from './forward-text.ts';
import { sha256 } from './identity.ts';
import { toJson } from './json-text.ts';
import type { NodeState, Recorded, StateChange } from './node-state.ts';
import type { OwnPayment } from './own-payments.ts';

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

/** A row of the channel moves as it is told; before 25.09 they had no number. */
function movement(node: NodeState, move: ChannelMove): Notification {
  return wrapped(
    'coin_movement',
    toJson({
      version: 2,
      coin_type: coinType(node),
      node_id: node.id,
      type: 'channel_mvt',
      created_index: node.keepsChannelMoves ? move.createdIndex : undefined,
      account_id: accountOf(node, move.channel),
      credit_msat: move.credit,
      debit_msat: move.debit,
      timestamp: Math.floor(move.at / 1000),
      ...(node.settings.deprecatedApis ? { tags: [move.tag] } : {}),
      primary_tag: move.tag,
      extra_tags: [],
      payment_hash: move.paymentHash,
      part_id: move.partId,
      group_id: move.groupId,
      fees_msat: move.fees,
    }),
  );
}

/** A row of the chain moves as it is told. */
export const chainMovement = (node: NodeState, row: ChainRow): Notification =>
  wrapped(
    'coin_movement',
    toJson({
      version: 2,
      coin_type: coinType(node),
      node_id: node.id,
      type: 'chain_mvt',
      created_index: node.keepsChannelMoves ? row.index : undefined,
      ...(node.settings.deprecatedApis ? { tags: [row.tag, ...row.extraTags] } : {}),
      ...chainMoveFields(row),
    }),
  );

const movements = (node: NodeState, first: number | undefined): Notification[] =>
  first === undefined ? [] : node.moves.page(first, 2).map((move) => movement(node, move));

function ofForward(node: NodeState, row: ForwardRow, recorded: Recorded): Notification[] {
  const event = wrapped('forward_event', eventText(node, row, sha256(row.paymentHash)));
  return [event, ...movements(node, recorded.firstMove)];
}

/** As seen when a payment failed at the second hop: the row is still pending, and what was sent is named. */
function failure(node: NodeState, row: OwnPayment): Notification {
  const { fromIndex } = row;
  const peer = (fromIndex === undefined ? undefined : node.named(fromIndex)?.peerId) ?? node.id;
  const failcodename = 'WIRE_TEMPORARY_CHANNEL_FAILURE';
  return wrapped(
    'sendpay_failure',
    toJson({
      code: 204,
      message: `failed: ${failcodename} (reply from remote)`,
      data: {
        ...sendpay(node, {
          ...row,
          status: 'pending',
          updatedIndex: undefined,
          completedAt: undefined,
        }),
        erring_index: 1,
        failcode: 4103,
        failcodename,
        erring_node: peer,
        erring_channel: '112x3x0',
        erring_direction: 0,
        raw_message: `1007${sha256(row.paymentHash)}`,
      },
    }),
  );
}

/** The payment is known to be paid between the credit and the debit. */
export function paymentNotes(node: NodeState, recorded: Recorded): Notification[] {
  const { payment: row } = recorded;
  if (row === undefined) return [];
  switch (row.status) {
    case 'pending':
      return [];
    case 'failed':
      return [failure(node, row)];
    case 'complete': {
      const success = wrapped('sendpay_success', toJson(sendpay(node, row)));
      const [credit, ...debit] = movements(node, recorded.firstMove);
      return [...(credit === undefined ? [] : [credit]), success, ...debit];
    }
  }
}

const ADDRESS = { type: 'ipv4', address: '127.0.0.1', port: 9735 };

/** What an event of the market makes lightningd say; `recorded`: the rows it made or changed. */
export function notificationsOf(
  node: NodeState,
  event: MarketEvent,
  recorded: Recorded,
): Notification[] {
  const { forward } = recorded;
  switch (event.kind) {
    case 'forward':
      return forward === undefined ? [] : ofForward(node, forward, recorded);
    case 'circular':
      return paymentNotes(node, recorded);
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
export const channelOpened = (node: NodeState, channel: SimChannel): Notification[] =>
  channel.opener === 'local'
    ? []
    : [
        wrapped(
          'channel_opened',
          toJson({
            id: channel.peerId,
            funding_msat: channel.capacity,
            funding_txid: node.funding(channel.channelId).txid,
            channel_ready: false,
          }),
        ),
      ];
