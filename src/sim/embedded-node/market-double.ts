/** The smallest Market: channels and events as a test gives them. */
import {
  type ChannelId,
  parseChannelId,
  parseScid,
  type Scid,
  type UnixMs,
  unixMs,
} from '../../core/units.ts';
import type { Market, MarketEvent, SimChannel, SimPolicy } from '../market/market.ts';
import { nodeIdFromSeed, sha256 } from './identity.ts';

type ForwardEvent = Extract<MarketEvent, { kind: 'forward' }>;

export const DOUBLE_START = unixMs(1_795_230_000_000);

function channelIdOf(index: number): ChannelId {
  const id = parseChannelId(sha256(`channel ${index}`));
  if (id === undefined) throw new RangeError('a hash is a channel id');
  return id;
}

function scidOf(text: string): Scid {
  const scid = parseScid(text);
  if (scid === undefined) throw new RangeError(`${text} is no short channel id`);
  return scid;
}

const policy = (capacity: number): SimPolicy => ({
  base: 1000,
  ppm: 10,
  htlcMin: 0,
  htlcMax: capacity - capacity / 100,
});

/** An ordinary public channel of 2,000,000 sat, half of it ours. */
export function doubleChannel(index: number, changes: Partial<SimChannel> = {}): SimChannel {
  const capacity = changes.capacity ?? 2_000_000_000;
  return {
    index,
    channelId: channelIdOf(index),
    peerId: nodeIdFromSeed(`peer ${index}`),
    scid: scidOf(`${112 + index}x1x0`),
    aliasLocal: scidOf(`16300733x10912780x${index}`),
    aliasRemote: scidOf(`10881068x2983172x${index}`),
    isPrivate: false,
    opener: index % 2 === 0 ? 'local' : 'remote',
    openedAt: unixMs(DOUBLE_START - 86_400_000),
    closed: false,
    connected: true,
    capacity,
    toUs: capacity / 2,
    ourReserve: capacity / 100,
    theirReserve: capacity / 100,
    spendable: capacity / 2 - capacity / 100,
    receivable: capacity / 2 - capacity / 100,
    ours: policy(capacity),
    theirs: policy(capacity),
    maxAcceptedHtlcs: 483,
    htlcs: [],
    ...changes,
  };
}

/** A forward from channel 0 to channel 1 in the given phase, `at` ms after the start. */
export const doubleForward = (
  htlc: number,
  phase: ForwardEvent['phase'],
  at: number,
  changes: Partial<ForwardEvent> = {},
): ForwardEvent => ({
  kind: 'forward',
  phase,
  at: unixMs(DOUBLE_START + at),
  receivedAt: unixMs(DOUBLE_START + Math.max(0, at - 55)),
  inIndex: 0,
  inHtlcId: htlc,
  outIndex: 1,
  outHtlcId: phase === 'local_failed' ? undefined : htlc,
  inMsat: 1_001_010 + htlc,
  outMsat: 1_000_000 + htlc,
  failReason: phase === 'local_failed' ? 'WIRE_TEMPORARY_CHANNEL_FAILURE' : undefined,
  failCode: phase === 'local_failed' ? 4103 : undefined,
  paymentHash: sha256(`payment ${htlc}`),
  ...changes,
});

export type PolicyCall = {
  readonly index: number;
  readonly policy: Partial<SimPolicy>;
  readonly enforceDelay: number;
};

export class MarketDouble implements Market {
  readonly seed = 1;
  /** What setPolicy was called with. */
  readonly policyCalls: PolicyCall[] = [];
  list: SimChannel[];
  price = 5;
  height = 117;
  readonly past: ForwardEvent[];
  coming: MarketEvent[];
  #now = DOUBLE_START;

  constructor(
    list: readonly SimChannel[],
    coming: readonly MarketEvent[] = [],
    past: readonly ForwardEvent[] = [],
  ) {
    this.list = [...list];
    this.coming = [...coming];
    this.past = [...past];
  }

  now(): UnixMs {
    return this.#now;
  }

  channels(): readonly SimChannel[] {
    return this.list.map((channel) => ({ ...channel }));
  }

  advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    const due = this.coming.filter(({ at }) => at <= until);
    this.coming = this.coming.filter(({ at }) => at > until);
    for (const event of due) {
      this.#now = event.at;
      emit(event);
    }
    this.#now = until;
  }

  setPolicy(index: number, changes: Partial<SimPolicy>, enforceDelay: number): SimPolicy {
    this.policyCalls.push({ index, policy: changes, enforceDelay });
    const channel = this.list.find((one) => one.index === index);
    if (channel === undefined) throw new RangeError(`no channel ${index}`);
    const ours = { ...channel.ours, ...changes };
    this.list = this.list.map((one) => (one === channel ? { ...one, ours } : one));
    return ours;
  }

  satPerVbyte(): number {
    return this.price;
  }

  blockHeight(): number {
    return this.height;
  }

  history(): Iterable<ForwardEvent> {
    return this.past;
  }

  audit(): void {
    if (this.list.some(({ toUs, capacity }) => toUs < 0 || toUs > capacity)) {
      throw new RangeError('a balance left its channel');
    }
  }
}
