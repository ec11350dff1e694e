/** The parts of revenue-status: each one its schema and how it is filled. */
import { z } from 'zod';
import type { FlowMetrics } from '../core/flow/types.ts';
import { satFloor } from '../core/units.ts';
import type { IngestStatus, JobStatus, Neighbour } from '../cycles/services.ts';
import type { FeeChange, Lock } from '../ports/store.ts';
import { rate, seconds, secondsOrAbsent, unixSeconds } from './answers.ts';
import type { ChannelLabel } from './names.ts';

/** What a program that knows numbers is told for our two words. */
const CONFIDENCE = { high: 1, low: 0.5 } as const;

export const channelState = z.strictObject({
  channel_id: z.string().describe('short channel id'),
  peer_id: z.string().optional(),
  state: z.enum(['source', 'sink', 'balanced', 'new']),
  flow_ratio: z.number().describe('−1 only fills … +1 only drains'),
  sats_in: z.int(),
  sats_out: z.int(),
  capacity: z.int().describe('sat'),
  updated_at: unixSeconds,
  confidence: z.number().describe('1 measured on traffic, 0.5 read from the balance'),
  forward_count: z.int(),
});
export const STATE_WORD = {
  SOURCE: 'source',
  SINK: 'sink',
  BALANCED: 'balanced',
  NEW: 'new',
} as const;

/** Four decimals, as the Python plugin gave them. */
export const ratio = (value: number): number => Number(value.toFixed(4));

export const channelStateRow = (
  flow: FlowMetrics,
  { name, peerId }: ChannelLabel,
): z.input<typeof channelState> => ({
  channel_id: name,
  peer_id: peerId,
  state: STATE_WORD[flow.state],
  flow_ratio: ratio(flow.direction),
  sats_in: satFloor(flow.in),
  sats_out: satFloor(flow.out),
  capacity: satFloor(flow.capacity),
  updated_at: seconds(flow.at),
  confidence: CONFIDENCE[flow.confidence],
  forward_count: flow.count,
});

export const stateCounts = z.strictObject({
  source: z.int(),
  sink: z.int(),
  balanced: z.int(),
  new: z.int(),
});
export function countStates(flows: readonly FlowMetrics[]): z.input<typeof stateCounts> {
  const of = (state: FlowMetrics['state']): number =>
    flows.filter((flow) => flow.state === state).length;
  return { source: of('SOURCE'), sink: of('SINK'), balanced: of('BALANCED'), new: of('NEW') };
}

export const feeChange = z.strictObject({
  id: z.int().describe('for revenue-undo change='),
  cycle: z.int().describe('for revenue-undo cycle='),
  channel_id: z.string().describe('short channel id'),
  peer_id: z.string().optional(),
  old_fee_ppm: rate,
  new_fee_ppm: rate,
  reason: z.string(),
  manual: z.int().describe('1: by an operator, 0: by a rule or by others'),
  timestamp: unixSeconds,
  fee_insufficient: z
    .int()
    .describe('payments refused in the two hours after it because they offered less'),
});
export const feeChangeRow = (
  change: FeeChange,
  { name, peerId }: ChannelLabel,
  feeInsufficient: number,
): z.input<typeof feeChange> => ({
  id: change.id,
  cycle: change.cycle,
  channel_id: name,
  peer_id: peerId,
  old_fee_ppm: change.from.ppm,
  new_fee_ppm: change.to.ppm,
  reason: change.by,
  manual: change.by === 'manual' || change.by === 'undo' ? 1 : 0,
  timestamp: seconds(change.at),
  fee_insufficient: feeInsufficient,
});

export const job = z.strictObject({
  name: z.string(),
  running: z.boolean(),
  last_run: unixSeconds.optional(),
  last_ms: z.number().optional(),
  last_error: z.string().optional(),
  next_run: unixSeconds.optional(),
  runs: z.int(),
  failures: z.int(),
  waiting_for: z.string().optional().describe('why it does not run now, or only in part'),
});
export const jobRow = (status: JobStatus): z.input<typeof job> => ({
  name: status.name,
  running: status.running,
  last_run: secondsOrAbsent(status.lastRun),
  last_ms: status.lastMs === undefined ? undefined : Math.round(status.lastMs * 10) / 10,
  last_error: status.lastError,
  next_run: secondsOrAbsent(status.nextRun),
  runs: status.runs,
  failures: status.failures,
  waiting_for: status.waitingFor,
});

export const hydration = z.strictObject({
  phase: z.enum(['starting', 'hydrating', 'live']),
  created_index: z.int(),
  updated_index: z.int(),
  node_created_index: z.int().optional(),
  progress: z.number().optional().describe('0 … 1, once the node said how far it goes'),
  forwards: z.int(),
  queued: z.int(),
  dropped: z.int(),
  unresolved: z.int().describe('forwards under names no channel is known for'),
});
export const hydrationAnswer = (ingest: IngestStatus): z.input<typeof hydration> => ({
  phase: ingest.phase,
  created_index: ingest.created,
  updated_index: ingest.updated,
  node_created_index: ingest.nodeCreated,
  progress: progress(ingest),
  forwards: ingest.forwards,
  queued: ingest.queued,
  dropped: ingest.dropped,
  unresolved: ingest.unresolved,
});

/** undefined until the node was asked how far it goes. */
export function progress({ created, nodeCreated }: IngestStatus): number | undefined {
  if (nodeCreated === undefined) return undefined;
  return nodeCreated === 0 ? 1 : ratio(Math.min(1, created / nodeCreated));
}

export const lock = z.strictObject({
  id: z.int(),
  scope: z.enum(['fees', 'rebalance', 'all']),
  channel_id: z.string().optional().describe('short channel id; absent: the whole node'),
  reason: z.string(),
  since: unixSeconds,
  expires_at: unixSeconds,
});
export const lockRow = (one: Lock, name: string | undefined): z.input<typeof lock> => ({
  id: one.id,
  scope: one.scope,
  channel_id: name,
  reason: one.reason,
  since: seconds(one.since),
  expires_at: seconds(one.expiresAt),
});

export const neighbour = z.strictObject({
  name: z.string(),
  present: z.boolean(),
  consequence: z.string(),
});
export const neighbourRow = ({
  name,
  present,
  consequence,
}: Neighbour): z.input<typeof neighbour> => ({ name, present, consequence });
