/** Who our peers are, what our channels are at the start, and between which pairs payments want to flow: from the seed alone. */
import type { ChannelId, NodeId, Scid, UnixMs } from '../../core/units.ts';
import { DAY_MS, unixMs } from '../../core/units.ts';
import { aliasFrom, channelIdFrom, heightAt, nodeIdFrom, scidFrom, sure } from '../identities.ts';
import { below, logNormal, normal, pick, quantile } from './distributions.ts';
import type { SimPolicy } from './market.ts';
import { REGIMES, type Regime } from './regimes.ts';
import { type Stream, stream } from './rng.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly start: UnixMs;
  readonly channels: number;
  readonly regime: Regime;
};

export type Peer = {
  readonly nodeId: NodeId;
  /** Long-run share of time connected. */
  readonly upShare: number;
  /** Goes up and down every few minutes. */
  readonly flapper: boolean;
};

/** A channel as it is at the start; msat. */
type BornChannel = {
  readonly channelId: ChannelId;
  readonly peer: number;
  readonly scid: Scid;
  readonly aliasLocal: Scid;
  readonly aliasRemote: Scid;
  readonly isPrivate: boolean;
  readonly opener: 'local' | 'remote';
  readonly openedAt: UnixMs;
  readonly capacity: number;
  readonly toUs: number;
  readonly reserve: number;
  readonly ours: SimPolicy;
  readonly theirs: SimPolicy;
  /** Median of the amounts that leave here, satoshi. */
  readonly medianAmountSat: number;
};

/** Ordered pairs of channels with demand; weights sum to 1. */
type Pairs = {
  readonly count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
};

export type World = {
  readonly peers: readonly Peer[];
  readonly channels: readonly BornChannel[];
  readonly pairs: Pairs;
};

const MIN_CAPACITY_SAT = 500_000;
const MAX_CAPACITY_SAT = 300_000_000;
const CAPACITY_SIGMA = 0.8;
/** Every so many channels one is private, and one is a second channel to a peer we have. */
const PRIVATE_EVERY = 17;
const SECOND_EVERY = 13;
const FLAPPER_SHARE = 0.05;
const MAX_AGE_DAYS = 900;
/** What peers ask of traffic towards us, ppm (§2.1: p50 28, p75 221, p90 810). */
const PEER_PPM = [
  [0, 1],
  [0.3, 1],
  [0.5, 28],
  [0.75, 221],
  [0.9, 810],
  [1, 3000],
] as const;
/** Prices an operator may have left behind by hand. */
const HAND_SET_PPM = [1, 10, 50, 100, 100, 200, 250, 500] as const;
const UNTOUCHED_SHARE = 0.6;
/** Balances are bimodal: a third of the real time is spent in the extreme deciles (§2.1). */
const EXTREME_SHARE = 0.35;
const AMOUNT_MEDIAN_SAT = 65_000;
const AMOUNT_CHANNEL_SIGMA = 0.7;

const POPULARITY_SIGMA = 0.55;
/** Direction bias: makes some channels sources, others sinks. */
const BIAS_SIGMA = 0.35;
const PAIR_SIGMA = 0.9;
/** Payers go around a peer that asks much of what comes to us: at this price half of them. */
const BYPASSED_PPM = 60;
const MAX_PAIRS = 4_000;
const PAIR_SHARE = 0.5;

/** Money parts add up to whole sats, as on chain. */
const wholeSats = (msat: number): number => Math.floor(msat / 1000) * 1000;

function startShare(from: Stream): number {
  const u = from.uniform();
  if (u < EXTREME_SHARE / 2) return 0.02 + 0.08 * from.uniform();
  if (u < EXTREME_SHARE) return 0.9 + 0.08 * from.uniform();
  return 0.1 + 0.8 * from.uniform();
}

function oursAtStart(from: Stream, capacity: number): SimPolicy {
  const untouched = from.uniform() < UNTOUCHED_SHARE;
  const ppm = untouched ? 10 : pick(HAND_SET_PPM, from.uniform());
  const base = untouched || from.uniform() < 0.5 ? 1000 : 0;
  return { base, ppm, htlcMin: 1, htlcMax: wholeSats(capacity * 0.99) };
}

function theirsAtStart(from: Stream, capacity: number): SimPolicy {
  const base = from.uniform() < 0.416 ? 0 : 1000;
  const ppm = Math.round(quantile(PEER_PPM, from.uniform()));
  return { base, ppm, htlcMin: 1000, htlcMax: wholeSats(capacity * 0.99) };
}

function channel(options: WorldOptions, index: number, peer: number): BornChannel {
  const from = stream(options.seed, `channel/${index}`);
  const name = `${options.seed}/${index}`;
  const drawn = logNormal(from, REGIMES[options.regime].medianCapacitySat, CAPACITY_SIGMA);
  const sats = Math.min(MAX_CAPACITY_SAT, Math.max(MIN_CAPACITY_SAT, drawn));
  const capacity = Math.round(sats / 10_000) * 10_000_000;
  const reserve = wholeSats(capacity / 100);
  const openedAt = unixMs(options.start - DAY_MS * (2 + below(from, MAX_AGE_DAYS)));
  return {
    channelId: channelIdFrom(name),
    peer,
    scid: scidFrom(name, heightAt(openedAt)),
    aliasLocal: aliasFrom(`${name}/local`),
    aliasRemote: aliasFrom(`${name}/remote`),
    isPrivate: index % PRIVATE_EVERY === 5,
    opener: from.uniform() < 0.5 ? 'local' : 'remote',
    openedAt,
    capacity,
    toUs: wholeSats(reserve + startShare(from) * (capacity - 2 * reserve)),
    reserve,
    ours: oursAtStart(from, capacity),
    theirs: theirsAtStart(from, capacity),
    medianAmountSat: Math.round(logNormal(from, AMOUNT_MEDIAN_SAT, AMOUNT_CHANNEL_SIGMA)),
  };
}

function peer(options: WorldOptions, index: number): Peer {
  const from = stream(options.seed, `peer/${index}`);
  const flapper = from.uniform() < FLAPPER_SHARE;
  // Beta(20, 1) is the 20th root of a uniform number.
  return {
    nodeId: nodeIdFrom(`${options.seed}/${index}`),
    upShare: flapper ? 0.6 : Math.max(0.5, from.uniform() ** (1 / 20)),
    flapper,
  };
}

function weighPairs(options: WorldOptions, channels: readonly BornChannel[]): Pairs {
  const from = stream(options.seed, 'pairs');
  const inPull: number[] = [];
  const outPull: number[] = [];
  for (const { capacity, theirs } of channels) {
    const popularity = POPULARITY_SIGMA * normal(from) + 0.3 * Math.log(capacity / 1e10);
    const bias = BIAS_SIGMA * normal(from);
    inPull.push(Math.exp(popularity + bias) / (1 + theirs.ppm / BYPASSED_PPM));
    outPull.push(Math.exp(popularity - bias));
  }
  const all = channels.length * (channels.length - 1);
  const keep = Math.min(PAIR_SHARE, MAX_PAIRS / Math.max(1, all));
  const [sources, targets, weights]: [number[], number[], number[]] = [[], [], []];
  channels.forEach((source, i) => {
    channels.forEach((target, j) => {
      const kept = from.uniform() < keep;
      const weight = Math.exp(PAIR_SIGMA * normal(from));
      if (!kept || source.peer === target.peer) return;
      sources.push(i);
      targets.push(j);
      weights.push(weight * sure(inPull[i], 'pull') * sure(outPull[j], 'pull'));
    });
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    count: weights.length,
    from: Int32Array.from(sources),
    to: Int32Array.from(targets),
    weight: Float64Array.from(weights, (weight) => weight / total),
  };
}

/** The world of a seed. */
export function bornWorld(options: WorldOptions): World {
  const from = stream(options.seed, 'peers');
  const peerOf: number[] = [];
  let peers = 0;
  for (let index = 0; index < options.channels; index++) {
    const again = index % SECOND_EVERY === SECOND_EVERY - 1;
    peerOf.push(again ? below(from, peers) : peers++);
  }
  const channels = peerOf.map((owner, index) => channel(options, index, owner));
  return {
    peers: Array.from({ length: peers }, (_, index) => peer(options, index)),
    channels,
    pairs: weighPairs(options, channels),
  };
}
