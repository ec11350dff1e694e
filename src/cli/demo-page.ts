/** What the demo's page shows, asked of the plugin by its own methods. */
import { z } from 'zod';
import type { PageData } from '../http/status-page.ts';
import type { RpcClient } from '../sim/embedded-node/client.ts';
import type { EmbeddedNode } from '../sim/embedded-node/embedded-node.ts';

const status = z.looseObject({
  status: z.string(),
  authority: z.string(),
  version: z.string(),
});

const rows = z.object({
  channels: z.array(
    z.object({
      name: z.string(),
      ppm: z.number(),
      share: z.number(),
      flow: z.string(),
      earned_msat: z.union([z.number(), z.bigint()]),
      because: z.string(),
    }),
  ),
  revenue_msat: z.union([z.number(), z.bigint()]),
  forwards: z.number(),
  changes: z.array(z.string()),
});

const sat = (amount: number | bigint): string => (BigInt(amount) / 1000n).toLocaleString('en-US');

export async function pageData(node: EmbeddedNode, client: RpcClient): Promise<PageData> {
  const said = status.parse(await client.call('revenue-status'));
  const board = rows.parse(await client.call('revenue-fee-debug', { view: 'board' }));
  return {
    title: 'cl-revenue-ops: a simulated node',
    facts: [
      { label: 'simulated time', value: new Date(node.state.now()).toISOString().slice(0, 16) },
      { label: 'forwards', value: board.forwards.toLocaleString('en-US') },
      { label: 'earned, sat', value: sat(board.revenue_msat) },
      { label: 'authority', value: said.authority },
    ],
    channels: board.channels.map((row) => ({
      name: row.name,
      ppm: String(row.ppm),
      balance: row.share,
      flow: row.flow,
      earned: sat(row.earned_msat),
      because: row.because,
    })),
    changes: board.changes,
  };
}
