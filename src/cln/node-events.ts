/** lightningd's notifications in our words. Reading never throws: the handler may only put into a queue. */
import { z } from 'zod';
import type { ChannelId, Msat, NodeId, Scid, UnixMs } from '../core/units.ts';
import type { Forward } from '../ports/node.ts';
import { forwardRow } from './calls/forward-row.ts';
import { whatIsWrong } from './calls/read-answer.ts';
import {
  ifKnown,
  wireChannelId,
  wireCount,
  wireMsat,
  wireNodeId,
  wireScid,
  wireTime,
} from './calls/wire-values.ts';

export type NodeEvent =
  | { readonly kind: 'forward'; readonly forward: Forward }
  | { readonly kind: 'connection'; readonly peerId: NodeId; readonly connected: boolean }
  | {
      readonly kind: 'channel-state';
      readonly peerId: NodeId;
      readonly channelId: ChannelId;
      readonly scid: Scid | undefined;
      readonly at: UnixMs;
      /** undefined: the channel is new. */
      readonly from: string | undefined;
      readonly to: string;
      readonly cause: string;
    }
  /** Only for channels the peer opened. */
  | { readonly kind: 'channel-opened'; readonly peerId: NodeId; readonly capacity: Msat }
  /** Heights come again, and lower, after a restart of the node. */
  | { readonly kind: 'block'; readonly height: number }
  | {
      readonly kind: 'plugin';
      readonly name: string;
      readonly running: boolean;
      readonly methods: readonly string[];
    }
  /** A payment of our own began to count, ended or failed: only a wake-up, the records tell what happened. */
  | {
      readonly kind: 'payment';
      readonly topic: string;
      readonly paymentHash: string | undefined;
    }
  | { readonly kind: 'shutdown' }
  /** Not one we act on; `payload` unchecked, or no more than was looked at. */
  | { readonly kind: 'other'; readonly topic: string; readonly payload: unknown }
  /** One we read, in a shape we do not understand. */
  | { readonly kind: 'malformed'; readonly topic: string; readonly problem: string };

const connection = z.object({ id: wireNodeId });
const channelState = z.object({
  peer_id: wireNodeId,
  channel_id: wireChannelId,
  short_channel_id: ifKnown(wireScid),
  timestamp: wireTime,
  old_state: ifKnown(z.string()),
  new_state: z.string(),
  cause: z.string(),
});
const channelOpened = z.object({ id: wireNodeId, funding_msat: wireMsat });
const block = z.object({ height: wireCount });
const plugin = z.object({ plugin_name: z.string(), methods: ifKnown(z.array(z.string())) });

/** Both come for every forward as well, tagged `routed`: only what tells them apart is looked at. */
const movement = z.object({
  type: z.string(),
  primary_tag: ifKnown(z.string()),
  // Before v25.09 there is only this.
  tags: ifKnown(z.array(z.string())),
  payment_hash: ifKnown(z.string()),
});
const sendPaySuccess = z.object({ payment_hash: ifKnown(z.string()) });
const sendPayFailure = z.object({ data: ifKnown(sendPaySuccess) });

const payment = (topic: string, paymentHash: string | undefined): NodeEvent => ({
  kind: 'payment',
  topic,
  paymentHash,
});
const isOwnPayment = ({ type, primary_tag, tags }: z.output<typeof movement>): boolean =>
  type === 'channel_mvt' &&
  (primary_tag === undefined ? (tags ?? []).includes('invoice') : primary_tag === 'invoice');

const running = (isRunning: boolean) =>
  plugin.transform(
    ({ plugin_name, methods }): NodeEvent => ({
      kind: 'plugin',
      name: plugin_name,
      running: isRunning,
      methods: methods ?? [],
    }),
  );
const connected = (isConnected: boolean) =>
  connection.transform(
    ({ id }): NodeEvent => ({ kind: 'connection', peerId: id, connected: isConnected }),
  );

const EVENTS: ReadonlyMap<string, z.ZodType<NodeEvent>> = new Map<string, z.ZodType<NodeEvent>>([
  ['forward_event', forwardRow.transform((forward): NodeEvent => ({ kind: 'forward', forward }))],
  ['connect', connected(true)],
  ['disconnect', connected(false)],
  [
    'channel_state_changed',
    channelState.transform(
      (row): NodeEvent => ({
        kind: 'channel-state',
        peerId: row.peer_id,
        channelId: row.channel_id,
        scid: row.short_channel_id,
        at: row.timestamp,
        from: row.old_state,
        to: row.new_state,
        cause: row.cause,
      }),
    ),
  ],
  [
    'channel_opened',
    channelOpened.transform(
      ({ id, funding_msat }): NodeEvent => ({
        kind: 'channel-opened',
        peerId: id,
        capacity: funding_msat,
      }),
    ),
  ],
  [
    'coin_movement',
    movement.transform(
      (row): NodeEvent =>
        isOwnPayment(row)
          ? payment('coin_movement', row.payment_hash)
          : { kind: 'other', topic: 'coin_movement', payload: row },
    ),
  ],
  [
    'sendpay_success',
    sendPaySuccess.transform((row) => payment('sendpay_success', row.payment_hash)),
  ],
  [
    'sendpay_failure',
    sendPayFailure.transform(({ data }) => payment('sendpay_failure', data?.payment_hash)),
  ],
  ['block_added', block.transform(({ height }): NodeEvent => ({ kind: 'block', height }))],
  ['plugin_started', running(true)],
  ['plugin_stopped', running(false)],
  ['shutdown', z.unknown().transform((): NodeEvent => ({ kind: 'shutdown' }))],
]);

/** One notification, already taken out of the wrapping under its own name. */
export function readEvent(topic: string, payload: unknown): NodeEvent {
  const schema = EVENTS.get(topic);
  if (!schema) return { kind: 'other', topic, payload };
  const read = schema.safeParse(payload);
  if (read.success) return read.data;
  return { kind: 'malformed', topic, problem: whatIsWrong(read.error) };
}
