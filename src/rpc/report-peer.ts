/** One peer: policy, flow and what its channels earned, closed ones included. */
import { z } from 'zod';
import { sumOf } from '../core/books/period.ts';
import { DAY_MS, laterBy, type NodeId, parseNodeId } from '../core/units.ts';
import type { ChannelStatement } from '../cycles/books-services.ts';
import { peerUptimes } from '../cycles/peer-view.ts';
import { BadRequest } from '../ports/errors.ts';
import { channelVerdictFields, channelVerdictOf } from './channel-verdict.ts';
import type { RpcContext } from './context.ts';
import { assistedColumns, moneyColumns } from './money-columns.ts';
import { findChannel, labels } from './names.ts';
import { channelMoneyFields, channelMoneyOf } from './period-money.ts';
import { policyRow, policyRowOf } from './policy-rows.ts';
import {
  bestFirst,
  channelColumns,
  channelPeriodRow,
  channelPeriodRowOf,
  didAnything,
} from './report-channels.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanFields, spanHeading, spanOf, whoIn } from './report-span.ts';
import { channelState, channelStateRow, ratio } from './status-parts.ts';

const money = z.strictObject(channelMoneyFields);
const profit = z.strictObject({ lifetime: money, last_30d: money });
const channelRow = z.strictObject({ ...channelVerdictFields, lifetime: money, last_30d: money });

export const peerAnswer = z.strictObject({
  type: z.literal('peer'),
  peer_id: z.string(),
  policy: policyRow,
  uptime: z.number().optional().describe('of the last 24 h; absent: not known'),
  flow_state: z.array(channelState).describe('one an open channel, from the last analysis'),
  profitability: profit.describe('all its channels together'),
  channels: z.array(channelRow),
});
export const peerPeriodAnswer = z.strictObject({
  type: z.literal('peer'),
  peer_id: z.string(),
  ...spanFields,
  ...channelMoneyFields,
  channels: z.array(channelPeriodRow),
});

/** A peer id, or any name of a channel with it. Throws BadRequest when nothing is known of it. */
export function askedPeer(context: RpcContext, asked: string | undefined): NodeId {
  if (asked === undefined) throw new BadRequest('peer_id', 'is missing: which peer');
  const peerId =
    parseNodeId(asked.toLowerCase()) ??
    labels(context)(findChannel(context, 'peer_id', asked)).peerId;
  if (peerId === undefined) throw new BadRequest('peer_id', 'the peer of this channel is unknown');
  const ofPeer = (channel: { readonly peerId: NodeId | undefined }): boolean =>
    channel.peerId === peerId;
  const known =
    context.board.channels().some(ofPeer) ||
    context.policies.get({ peerId }) !== undefined ||
    context.store.channels.all().some(ofPeer);
  if (known) return peerId;
  throw new BadRequest('peer_id', `no channel was ever seen with the peer ${peerId}`);
}

export function peerReport(
  context: RpcContext,
  peerId: NodeId,
): Report<z.input<typeof peerAnswer>> {
  const statements = context.books.channels().filter((one) => one.peerId === peerId);
  const labelOf = labels(context);
  const now = context.clock.now();
  const uptime = peerUptimes(context.store, laterBy(now, -DAY_MS), now).get(peerId);
  const channels = statements.map((one) => ({
    ...channelVerdictOf(one),
    lifetime: channelMoneyOf(one.life),
    last_30d: channelMoneyOf(one.month),
  }));
  const answer = {
    type: 'peer' as const,
    peer_id: peerId,
    policy: policyRowOf({ peerId }, context.policies.get({ peerId }), labelOf),
    uptime: uptime === undefined ? undefined : ratio(uptime),
    flow_state: context.flow
      .latest()
      .filter(({ channelId }) => labelOf(channelId).peerId === peerId)
      .map((flow) => channelStateRow(flow, labelOf(flow.channelId))),
    profitability: profitOf(statements),
    channels,
  };
  const { strategy } = answer.policy;
  return {
    answer,
    sheet: sheetOf(COLUMNS, rowsOf(answer), [`Peer ${peerId}, policy ${strategy}`, '']),
  };
}

const profitOf = (statements: readonly ChannelStatement[]): z.input<typeof profit> => ({
  lifetime: channelMoneyOf(sumOf(statements.map(({ life }) => life))),
  last_30d: channelMoneyOf(sumOf(statements.map(({ month }) => month))),
});

type PeerRow = z.input<typeof money> & {
  readonly channel: string;
  readonly days: string;
  readonly is: string;
};
const COLUMNS: readonly Column<PeerRow>[] = [
  { csv: 'channel', title: 'channel', of: (row) => row.channel },
  { csv: 'class', title: 'class', of: (row) => row.is },
  { csv: 'window', title: 'days', of: (row) => row.days },
  ...moneyColumns,
  ...assistedColumns,
];
function rowsOf({ profitability, channels }: z.input<typeof peerAnswer>): readonly PeerRow[] {
  const both = (channel: string, is: string, { lifetime, last_30d }: z.input<typeof profit>) => [
    { channel, is, days: '30d', ...last_30d },
    { channel, is, days: 'lifetime', ...lifetime },
  ];
  return [
    ...channels.flatMap((one) => both(one.channel_id, one.class ?? 'closed', one)),
    ...both('all', '', profitability),
  ];
}

/** The days of one peer, and nothing of today in it. */
export function peerPeriodReport(
  context: RpcContext,
  peerId: NodeId,
  span: Span,
): Report<z.input<typeof peerPeriodAnswer>> {
  const who = whoIn(context, span);
  const labelOf = labels(context);
  const parts = [...context.books.channelsOver(span.from, span.to)].filter(
    ([id, sums]) => id !== undefined && labelOf(id).peerId === peerId && didAnything(sums),
  );
  const channels = bestFirst(parts.map(([id, sums]) => channelPeriodRowOf(who(id), sums)));
  const answer = {
    type: 'peer' as const,
    peer_id: peerId,
    ...spanOf(span),
    ...channelMoneyOf(sumOf(parts.map(([, sums]) => sums))),
    channels,
  };
  return {
    answer,
    sheet: sheetOf(channelColumns, channels, [spanHeading(`Peer ${peerId}`, span), '']),
  };
}
