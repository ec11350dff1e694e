/**
 * A routing node's channels and settled forwards, made from their number alone: the same on every machine but for
 * their time, and any part of a history can be made without the rest. A few channels carry most of the traffic, as on
 * real nodes.
 */
import { createHash } from 'node:crypto';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  laterBy,
  msat,
  type NodeId,
  parseChannelId,
  parseNodeId,
  parseScid,
  ppm,
  type Scid,
  type UnixMs,
  unixMs,
} from '../src/core/units.ts';
import type { Forward, PeerChannel } from '../src/ports/node.ts';

/** 10 M forwards in 300 days: a longer history is more days, never a busier window. */
const FORWARDS_A_DAY = 33_333;
const LONGEST = 10_000_000;
/** What the cycles that are measured add to it. */
const MARGIN_DAYS = 0.3;
/**
 * The first forward is received here. The longest history ends about now, so that a process with the machine's clock
 * finds its windows full, as they are on a living node.
 */
export const BORN = unixMs(
  Math.floor(Date.now() - (LONGEST / FORWARDS_A_DAY + MARGIN_DAYS) * DAY_MS),
);
const GAP_MS = DAY_MS / FORWARDS_A_DAY;
const HOLD_MS = 2_000;
const CAPACITY_SAT = 5_000_000;
/** Every sixth channel is someone's second: peers have more than one. */
const CHANNELS_A_PEER = 6 / 5;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a synthetic name does not parse');
  return value;
}

export const channelIdOf = (index: number): ChannelId =>
  sure(parseChannelId(hash(`channel ${index}`)));
export const peerIdOf = (index: number): NodeId =>
  sure(parseNodeId(`02${hash(`peer ${Math.floor(index / CHANNELS_A_PEER)}`)}`));
export const scidOf = (index: number): Scid =>
  sure(parseScid(`${700_000 + index}x${index % 97}x0`));
const scids: string[] = [];
const nameOf = (index: number): string => {
  scids[index] ??= scidOf(index);
  return scids[index];
};

/** 0 … 1, from a number: a 32-bit mix, the same everywhere. */
export function uniform(seed: number): number {
  let x = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
}

/** When forward `number` (from 1) was resolved. */
export const resolvedAt = (number: number): UnixMs => laterBy(BORN, number * GAP_MS + HOLD_MS);
/** How many forwards are resolved within so many ms. */
export const forwardsWithin = (ms: number): number => Math.floor(ms / GAP_MS);

export type Route = { readonly into: number; readonly out: number; readonly sat: number };

/** Where forward `number` came in and went out, of so many channels, and how much it carried. */
export function routeOf(number: number, channels: number): Route {
  const busy = (share: number): number => Math.floor(channels * share * share);
  const into = busy(uniform(number * 3 + 1));
  const wish = busy(uniform(number * 3 + 2));
  const out = wish === into ? (wish + 1) % channels : wish;
  return { into, out, sat: 1 + Math.floor(uniform(number * 3 + 3) ** 4 * 500_000) };
}

/** Forward `number` as lightningd lists it. */
export function forwardOf(number: number, channels: number): Forward {
  const { into, out, sat } = routeOf(number, channels);
  const outMsat = fromSat(sat);
  const feeMsat = msat(1n + (outMsat * 150n) / 1_000_000n);
  const resolved = resolvedAt(number);
  return {
    createdIndex: number,
    updatedIndex: number,
    inChannel: nameOf(into),
    inHtlcId: BigInt(number),
    outChannel: nameOf(out),
    inMsat: msat(outMsat + feeMsat),
    outMsat,
    feeMsat,
    status: 'settled',
    failReason: undefined,
    paymentHash: undefined,
    receivedAt: laterBy(resolved, -HOLD_MS),
    resolvedAt: resolved,
  };
}

/** Channel `index` as lightningd shows it. */
export function channelOf(index: number): PeerChannel {
  const capacity = fromSat(CAPACITY_SAT);
  const reserve = capacity / 100n;
  const toUs = (capacity * BigInt(Math.floor(50 + 900 * uniform(index + 7)))) / 1000n;
  const policy = { base: msat(0n), ppm: ppm(50 + (index % 400)), htlcMin: msat(1n) };
  const opened = laterBy(BORN, -(index % 300) * DAY_MS - DAY_MS);
  return {
    peerId: peerIdOf(index),
    connected: true,
    state: 'CHANNELD_NORMAL',
    channelId: channelIdOf(index),
    scid: scidOf(index),
    aliasLocal: sure(parseScid(`16000000x${index}x1`)),
    aliasRemote: sure(parseScid(`15000000x${index}x1`)),
    isPrivate: false,
    opener: index % 2 === 0 ? 'local' : 'remote',
    capacity,
    toUs: msat(toUs),
    ourReserve: msat(reserve),
    theirReserve: msat(reserve),
    spendable: msat(toUs > reserve ? toUs - reserve : 0n),
    receivable: msat(capacity - toUs > reserve ? capacity - toUs - reserve : 0n),
    ours: { ...policy, htlcMax: msat(capacity - reserve) },
    theirs: { ...policy, htlcMax: msat(capacity - reserve) },
    maxAcceptedHtlcs: 483,
    htlcs: [],
    stateChanges: [{ at: opened, from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }],
  };
}
