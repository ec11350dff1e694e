/** A node's forwards over time, for tests: what its table shows at a moment, and what the truth is. */
import {
  type ChannelId,
  msat,
  type NodeId,
  parseChannelId,
  parseNodeId,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { Forward } from '../ports/node.ts';
import type { KnownChannel } from '../ports/store.ts';

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('malformed test data');
  return value;
};
export const channelId = (n: number): ChannelId =>
  must(parseChannelId(n.toString(16).padStart(64, '0')));
export const nodeId = (n: number): NodeId =>
  must(parseNodeId(`02${n.toString(16).padStart(64, '0')}`));
export const scid = (n: number): string => `${700_000 + n}x1x0`;

export const channel = (n: number, change: Partial<KnownChannel> = {}): KnownChannel => ({
  channelId: channelId(n),
  peerId: nodeId(n),
  names: [scid(n), `16000${n}x7x1`],
  capacity: msat(5_000_000_000n),
  openedByPeer: false,
  openedAt: unixMs(1_700_000_000_000),
  closed: false,
  ...change,
});

const AT = unixMs(1_750_000_000_000);

/** A settled forward from channel 1 to channel 2, unless said otherwise. */
export const forward = (change: Partial<Forward> = {}): Forward => ({
  createdIndex: 1,
  updatedIndex: 1,
  inChannel: scid(1),
  inHtlcId: 0n,
  outChannel: scid(2),
  inMsat: msat(1_000_100n),
  outMsat: msat(1_000_000n),
  feeMsat: msat(100n),
  status: 'settled',
  failReason: undefined,
  paymentHash: undefined,
  receivedAt: AT,
  resolvedAt: unixMs(AT + 2_000),
  ...change,
});

/** What happens to one payment; gaps in ms between what happens to all of them. */
export type Fate = {
  readonly gap: number;
  /** Resolved after so many later ones have arrived. */
  readonly overtakenBy: number;
  readonly from: number;
  readonly to: number;
  readonly out: number;
  readonly fee: number;
  readonly end: 'settled' | 'failed' | 'local_failed' | 'no amount';
  readonly hasHtlcId: boolean;
  readonly reason: string;
};

type Life = { readonly final: Forward; readonly receivedAt: UnixMs; readonly resolvedAt: UnixMs };

export class ForwardWorld {
  readonly lives: readonly Life[];
  readonly end: UnixMs;

  constructor(fates: readonly Fate[], start: UnixMs) {
    let clock: number = start;
    const arrivals = fates.map((fate) => {
      clock += fate.gap;
      return clock;
    });
    // Resolutions fall between arrivals, each at a moment of its own.
    const resolutions = fates.map((fate, i) => {
      const after = Math.min(fates.length - 1, i + fate.overtakenBy);
      return (arrivals[after] ?? clock) + 1 + (i % 97);
    });
    const order = fates
      .map((_, i) => i)
      .filter((i) => fates[i]?.end !== 'local_failed')
      .sort((a, b) => (resolutions[a] ?? 0) - (resolutions[b] ?? 0) || a - b);
    this.end = unixMs(clock + 1000);
    this.lives = fates.map((fate, i) => {
      const receivedAt = unixMs(arrivals[i] ?? 0);
      const resolvedAt = unixMs(resolutions[i] ?? 0);
      const final = finalRow(fate, i, order.indexOf(i) + 1, receivedAt, resolvedAt);
      return { final, receivedAt, resolvedAt };
    });
  }

  /** `index=created start=after+1 limit=…` at a moment: not yet resolved ones are offered. */
  createdPage(now: UnixMs, after: number, limit: number): Forward[] {
    return this.lives
      .filter(({ final, receivedAt }) => receivedAt <= now && (final.createdIndex ?? 0) > after)
      .slice(0, limit)
      .map((life) => shownAt(life, now));
  }
  updatedPage(now: UnixMs, after: number, limit: number): Forward[] {
    return this.lives
      .filter(({ final, resolvedAt }) => resolvedAt <= now && (final.updatedIndex ?? 0) > after)
      .map(({ final }) => final)
      .sort((a, b) => (a.updatedIndex ?? 0) - (b.updatedIndex ?? 0))
      .slice(0, limit);
  }
  updatedIndex(now: UnixMs): number {
    return Math.max(0, ...this.updatedPage(now, 0, Infinity).map((row) => row.updatedIndex ?? 0));
  }
  settledBy(now: UnixMs): Forward[] {
    return this.updatedPage(now, 0, Infinity).filter(({ status }) => status === 'settled');
  }
}

function finalRow(
  fate: Fate,
  i: number,
  updatedIndex: number,
  receivedAt: UnixMs,
  resolvedAt: UnixMs,
): Forward {
  const local = fate.end === 'local_failed';
  const out = BigInt(fate.out);
  const status = fate.end === 'no amount' ? 'settled' : fate.end;
  return {
    createdIndex: i + 1,
    updatedIndex: local ? undefined : updatedIndex,
    inChannel: scid(fate.from),
    inHtlcId: fate.hasHtlcId ? BigInt(i) : undefined,
    outChannel: scid(fate.to),
    inMsat: msat(out + BigInt(fate.fee)),
    outMsat: local || fate.end === 'no amount' ? undefined : msat(out),
    feeMsat: local ? undefined : msat(BigInt(fate.fee)),
    status,
    failReason: status === 'settled' ? undefined : fate.reason,
    paymentHash: undefined,
    receivedAt,
    resolvedAt: local ? undefined : resolvedAt,
  };
}

function shownAt({ final, resolvedAt }: Life, now: UnixMs): Forward {
  if (final.status === 'local_failed' || resolvedAt <= now) return final;
  return {
    ...final,
    status: 'offered',
    updatedIndex: undefined,
    resolvedAt: undefined,
    failReason: undefined,
  };
}
