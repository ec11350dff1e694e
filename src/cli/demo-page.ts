/** What the demo's page shows, asked of the plugin by its own methods. */
import { z } from 'zod';
import type { PageSource } from '../http/serve-page.ts';
import type { PageData } from '../http/status-page.ts';
import type { RpcClient } from '../sim/embedded-node/client.ts';
import type { EmbeddedNode } from '../sim/embedded-node/embedded-node.ts';
import { RpcError } from '../sim/embedded-node/rpc-error.ts';

const MOST_ROWS = 500;
const NOT_KNOWN = '…';
/** JSON-RPC's invalid params: the plugin knows no such channel. */
const UNKNOWN_CHANNEL = -32602;

const amount = z.union([z.int(), z.bigint()]);
const cap = z.looseObject({ limit_msat: amount, used_msat: amount });
const status = z.looseObject({
  authority: z.string(),
  budget: z.looseObject({ daily: cap }).optional(),
  recent_rebalances: z.array(
    z.looseObject({
      timestamp: z.number(),
      from_channel: z.string().optional(),
      from_channels: z.array(z.string()),
      to_channel: z.string(),
      amount_sats: z.number(),
      moved_msat: amount,
      fee_msat: amount,
      state: z.string(),
      outcome: z.string().optional(),
      because: z.string().optional(),
    }),
  ),
});
type Status = z.infer<typeof status>;
const board = z.looseObject({
  total: z.number(),
  forwards: z.number(),
  earned_msat: amount,
  channels: z.array(
    z.looseObject({
      short_channel_id: z.string(),
      sent_ppm: z.number(),
      share: z.number().optional(),
      flow: z.string().optional(),
      earned_msat: amount,
      because: z.string().optional(),
    }),
  ),
  changes: z.array(
    z.looseObject({
      short_channel_id: z.string(),
      at: z.number(),
      old_fee_ppm: z.number(),
      new_fee_ppm: z.number(),
      by: z.string(),
      because: z.string().optional(),
    }),
  ),
});
type Board = z.infer<typeof board>;

const text = z.looseObject({ result: z.string() });

const grouped = (value: number | bigint): string => value.toLocaleString('en-US');
const sat = (msat: number | bigint): string => grouped(BigInt(msat) / 1000n);
const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

export function demoPage(node: EmbeddedNode, client: RpcClient): PageSource {
  return {
    overview: async () => {
      const now = status.parse(await client.call('revenue-status', { limit: 0 }));
      const { authority, budget } = now;
      const seen = board.parse(await client.call('revenue-fee-debug', { limit: MOST_ROWS }));
      return page(seen, now, [
        { label: 'simulated time, UTC', value: minute(node.state.now()) },
        { label: 'revenue so far, sat', value: sat(seen.earned_msat) },
        { label: 'forwards', value: grouped(seen.forwards) },
        { label: 'channels priced', value: grouped(seen.total) },
        { label: 'authority', value: authority },
        { label: 'spent and held in 24 h, sat', value: ofBudget(budget?.daily) },
      ]);
    },
    explain: async (channel) => {
      try {
        return text.parse(await client.call('revenue-explain', { subject: channel })).result;
      } catch (error) {
        if (error instanceof RpcError && error.code === UNKNOWN_CHANNEL) return undefined;
        throw error;
      }
    },
  };
}

const ofBudget = (one: z.infer<typeof cap> | undefined): string =>
  one === undefined ? NOT_KNOWN : `${sat(one.used_msat)} of ${sat(one.limit_msat)}`;

/** In order of preference all sources were offered; which one gave is sling's choice. */
const sourcesOf = (names: readonly string[]): string =>
  names.length > 1 ? `${names[0]} or ${names.length - 1} more` : (names[0] ?? NOT_KNOWN);

const page = (seen: Board, now: Status, facts: PageData['facts']): PageData => ({
  title: 'cl-revenue-ops on a simulated node',
  facts,
  channels: seen.channels.map((row) => ({
    name: row.short_channel_id,
    ppm: grouped(row.sent_ppm),
    share: row.share,
    flow: row.flow ?? NOT_KNOWN,
    earned: sat(row.earned_msat),
    because: row.because ?? 'nothing was decided yet',
  })),
  changes: seen.changes.map((change) => ({
    at: minute(change.at * 1000),
    channel: change.short_channel_id,
    from: grouped(change.old_fee_ppm),
    to: grouped(change.new_fee_ppm),
    because: change.because ?? change.by,
  })),
  rebalances: now.recent_rebalances.map((one) => ({
    at: minute(one.timestamp * 1000),
    from: sourcesOf(one.from_channels),
    to: one.to_channel,
    moved: `${sat(one.moved_msat)} of ${grouped(one.amount_sats)}`,
    cost: sat(one.fee_msat),
    outcome: one.outcome === undefined ? one.state : `${one.outcome}: ${one.because ?? ''}`,
  })),
});
