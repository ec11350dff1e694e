/** The channels of a replay: those of the channels file are open, those that only forwards name are closed. */
import type { ChannelId, NodeId, Scid, UnixMs } from '../../core/units.ts';
import { DAY_MS, unixMs } from '../../core/units.ts';
import {
  aliasFrom,
  channelIdFrom,
  heightAt,
  nodeIdFrom,
  scidFrom,
  timeOfHeight,
} from '../identities.ts';
import type { SimPolicy } from '../market/market.ts';
import type { PastChannel, PastForward } from './history.ts';

/** What does not move during the replay. */
export type ReplayChannel = {
  readonly chan: string;
  readonly index: number;
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  readonly scid: Scid;
  readonly aliasLocal: Scid;
  readonly aliasRemote: Scid;
  readonly opener: 'local' | 'remote';
  readonly openedAt: UnixMs;
  readonly closed: boolean;
  readonly connected: boolean;
  readonly capacity: number;
  readonly reserve: number;
  readonly ours: SimPolicy;
  readonly theirs: SimPolicy;
  /** Our side at the time of the file; 0 when closed. */
  readonly toUs: number;
};

/** A closed channel must have been at least this large, and large enough for what went through it. */
const CLOSED_LEAST_MSAT = 1e9;
const BEFORE_FIRST_FORWARD_MS = DAY_MS;
const SILENT: SimPolicy = { base: 0, ppm: 0, htlcMin: 0, htlcMax: 0 };

type Traces = { readonly first: number; readonly largest: number };

function traces(forwards: readonly PastForward[]): ReadonlyMap<string, Traces> {
  const found = new Map<string, Traces>();
  for (const { t, inChan, outChan, inMsat } of forwards)
    for (const chan of [inChan, outChan]) {
      const { first, largest } = found.get(chan) ?? { first: t, largest: 0 };
      found.set(chan, { first: Math.min(first, t), largest: Math.max(largest, inMsat) });
    }
  return found;
}

/** Sorted by the files' names, so that an index means the same in every run. */
export function replayChannels(
  open: readonly PastChannel[],
  forwards: readonly PastForward[],
  before: UnixMs,
): readonly ReplayChannel[] {
  const seen = traces(forwards);
  const byName = new Map(open.map((channel) => [channel.chan, channel]));
  const names = [...new Set([...byName.keys(), ...seen.keys()])].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  return names.map((chan, index) => {
    const firstMs = (seen.get(chan)?.first ?? before / 1000) * 1000 - BEFORE_FIRST_FORWARD_MS;
    const past = byName.get(chan);
    return past === undefined
      ? closedChannel(chan, index, firstMs, seen.get(chan)?.largest ?? 0)
      : openChannel(past, index, firstMs);
  });
}

const names = (chan: string, index: number, block: number) => ({
  chan,
  index,
  channelId: channelIdFrom(`replay/${chan}`),
  peerId: nodeIdFrom(`replay/${chan}`),
  scid: scidFrom(`replay/${chan}`, block),
  aliasLocal: aliasFrom(`replay/${chan}/local`),
  aliasRemote: aliasFrom(`replay/${chan}/remote`),
});

function openChannel(past: PastChannel, index: number, firstMs: number): ReplayChannel {
  return {
    ...names(past.chan, index, past.fundingBlock),
    opener: past.opener,
    openedAt: unixMs(Math.min(firstMs, timeOfHeight(past.fundingBlock))),
    closed: false,
    connected: past.connected,
    capacity: past.total,
    reserve: Math.floor(past.total / 100_000) * 1000,
    ours: { ...past.ours, htlcMin: 1 },
    theirs: { ...past.theirs, htlcMin: 1 },
    toUs: past.toUs,
  };
}

function closedChannel(
  chan: string,
  index: number,
  firstMs: number,
  largest: number,
): ReplayChannel {
  const capacity = Math.max(CLOSED_LEAST_MSAT, Math.ceil(largest / 5e8) * 1e9);
  return {
    ...names(chan, index, heightAt(firstMs)),
    opener: 'local',
    openedAt: unixMs(firstMs),
    closed: true,
    connected: false,
    capacity,
    reserve: Math.floor(capacity / 100_000) * 1000,
    ours: SILENT,
    theirs: SILENT,
    toUs: 0,
  };
}
