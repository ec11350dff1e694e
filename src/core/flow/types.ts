import type { ChannelId, Msat, Share, UnixMs } from '../units.ts';

/** SOURCE drains (sells well), SINK fills, NEW has no evidence yet (SPEC 2.4). */
export type FlowState = 'SOURCE' | 'SINK' | 'BALANCED' | 'NEW';

/** Settled volume of one channel in one rolling day: age 0 is the last 24 h. */
export type DayFlow = {
  readonly age: number;
  readonly in: Msat;
  readonly out: Msat;
  readonly count: number;
};

export type FlowMetrics = {
  readonly channelId: ChannelId;
  readonly at: UnixMs;
  readonly windowDays: number;
  readonly in: Msat;
  readonly out: Msat;
  /** Forwards in or out in the window. */
  readonly count: number;
  readonly dailyVolume: Msat;
  /** dailyVolume / capacity. */
  readonly velocity: number;
  /** (out − in) / (out + in), days weighing 0.8×; 0 without volume. −1 fills … +1 drains. */
  readonly direction: number;
  readonly state: FlowState;
  readonly confidence: 'high' | 'low';
  readonly share: Share;
  readonly capacity: Msat;
};
