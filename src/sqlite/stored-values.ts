/** The shapes of what we store as text, for reading it back: a row that does not fit is a problem, not a crash. */
import { z } from 'zod';
import type { ChannelFeeState } from '../core/fees/types.ts';
import type { FlowMetrics } from '../core/flow/types.ts';
import { msat, parseChannelId, ppm, share, unixMs } from '../core/units.ts';
import { fromText } from '../core/wire-text.ts';

const number = z.number();
const moment = z.number().transform(unixMs);
const rate = z.number().min(0).transform(ppm);
const amount = z.bigint().transform(msat);
const fraction = z.number().min(0).max(1).transform(share);
const sign = z.union([z.literal(1), z.literal(-1)]);
const channelId = z.string().transform((text, context) => {
  const id = parseChannelId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'no channel id' });
  return z.NEVER;
});
/** A key that toText left out because it is undefined. */
const maybe = <T extends z.ZodType>(schema: T) =>
  z.optional(schema).transform((value): z.output<T> | undefined => value);

const fee = { ppm: rate, base: amount };
const climbWindow = z.object({
  anchor: number,
  hours: number,
  revenue: number,
  count: number,
  squares: number,
  comparable: z.boolean(),
  until: moment,
});
const climber = z.object({
  anchor: number,
  direction: sign,
  step: number,
  current: climbWindow,
  past: z.array(climbWindow),
  product: number,
  calmWindows: number,
  sleepUntil: maybe(moment),
  sleepRate: number,
  exploreSide: sign,
  paid: z.array(z.object({ ppm: number, fee: number })),
  dryDays: number,
  reference: number,
  configVersion: number,
});
const ladder = z.object({
  rung: z.int().min(0),
  sales: z.array(number),
  exposureDays: z.array(number),
  at: moment,
  nextMoveAt: moment,
  drained: number,
  today: z.object({ day: number, credited: number }),
  remainder: z.object({ factor: number, since: moment }),
  drainGuards: number,
  startPpm: rate,
});
const rule = z.enum(['policy', 'congestion', 'probe', 'fire-sale', 'price']);
const feeState = z.object({
  channelId,
  firstSeenAt: moment,
  baseline: z.object({ ...fee, htlcMax: amount }),
  sent: z.object({ ...fee, at: moment }),
  ruledBy: rule,
  target: rate,
  gossip: z.object({ tokens: number, at: moment }),
  dayOpen: z.object({ ppm: rate, at: moment }),
  sends: z.array(z.object({ at: moment, ppm: rate, rule, gossip: z.boolean() })),
  anchorSent: number,
  madeByFloor: maybe(z.object({ ppm: rate, configVersion: number })),
  pricedBy: z.enum(['ladder', 'hill-climbing']),
  bargainRestUntil: maybe(moment),
  outsideChanges: z.array(moment),
  htlcMaxBefore: maybe(amount),
  probe: maybe(z.object({ since: moment })),
  probesEnded: z.array(moment),
  unknownSince: maybe(moment),
  ladder,
  climber,
});
const flowMetrics = z.object({
  channelId,
  at: moment,
  windowDays: number,
  in: amount,
  out: amount,
  count: number,
  dailyVolume: amount,
  velocity: number,
  direction: number,
  state: z.enum(['SOURCE', 'SINK', 'BALANCED', 'NEW']),
  confidence: z.enum(['high', 'low']),
  share: fraction,
  capacity: amount,
});
const trail = z.array(
  z.object({
    rule: z.string(),
    verdict: z.enum(['applies', 'passes']),
    value: z.number().exactOptional(),
    because: z.string(),
  }),
);

type Read<T> = { readonly value: T } | { readonly unreadable: string };

function read<T>(schema: z.ZodType<T>, stored: string): Read<T> {
  let parsed: unknown;
  try {
    parsed = fromText(stored);
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
  const checked = schema.safeParse(parsed);
  if (checked.success) return { value: checked.data };
  const [first] = checked.error.issues;
  return { unreadable: `${first?.path.join('.') ?? ''}: ${first?.message ?? 'malformed'}` };
}

export const readFeeState = (stored: string): Read<ChannelFeeState> => read(feeState, stored);
export const readFlowMetrics = (stored: string): Read<FlowMetrics> => read(flowMetrics, stored);
export const readTrail = (stored: string) => read(trail, stored);
