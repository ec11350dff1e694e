/** Peers under hive policy, and what refills for the fleet cost. */
import { z } from 'zod';
import { POLICY_MODES } from '../core/policy/policy.ts';
import { POLICY_AUTHORS } from '../core/policy/policy-stack.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { satsPaid } from './period-money.ts';
import { type Report, sheetOf } from './report-sheet.ts';

const peerRow = z.strictObject({
  peer_id: z.string(),
  rebalance_mode: z.enum(POLICY_MODES),
  tags: z.array(z.string()),
  updated_at: unixSeconds,
  set_by: z.enum(POLICY_AUTHORS),
  channels: z.int().describe('open ones'),
});
const loss = z.strictObject({ sats: z.int().describe('rounded up'), msat: amountMsat });

export const hiveAnswer = z.strictObject({
  type: z.literal('hive'),
  peers: z.array(peerRow),
  count: z.int(),
  strategic_losses: z
    .strictObject({ last_7d: loss, last_30d: loss, total: loss })
    .describe('paid for refills that may lose money for the fleet, whole UTC days'),
});

export function hiveReport(context: RpcContext): Report<z.input<typeof hiveAnswer>> {
  const { books, board, policies } = context;
  const open = Map.groupBy(board.channels(), ({ peerId }) => peerId);
  const peers = policies.list().flatMap(({ subject, layer: { policy, at, by } }) =>
    'peerId' in subject && policy.strategy === 'hive'
      ? {
          peer_id: subject.peerId,
          rebalance_mode: policy.mode ?? ('enabled' as const),
          tags: [...policy.tags],
          updated_at: seconds(at),
          set_by: by,
          channels: open.get(subject.peerId)?.length ?? 0,
        }
      : [],
  );
  const lossOf = ({ sums }: ReturnType<typeof books.window>): z.input<typeof loss> => ({
    sats: satsPaid(sums.costs.hive),
    msat: sums.costs.hive,
  });
  const strategic_losses = {
    last_7d: lossOf(books.window(7)),
    last_30d: lossOf(books.window(30)),
    total: lossOf(books.lifetime()),
  };
  const { last_7d: week, last_30d: month, total } = strategic_losses;
  return {
    answer: { type: 'hive', peers, count: peers.length, strategic_losses },
    sheet: sheetOf<(typeof peers)[number]>(
      [
        { csv: 'peer_id', title: 'peer', of: (row) => row.peer_id },
        { csv: 'rebalance_mode', title: 'rebalance', of: (row) => row.rebalance_mode },
        { csv: 'tags', title: 'tags', of: (row) => row.tags.join(' ') },
        { csv: 'set_by', title: 'set by', of: (row) => row.set_by },
        { csv: 'channels', title: 'channels', of: (row) => row.channels },
      ],
      peers,
      [
        `${peers.length} peers under hive policy; strategic losses: ${week.sats} sat in 7 days, ${month.sats} in 30, ${total.sats} in all`,
      ],
    ),
  };
}
