/**
 * What memory says about rebalancing, read in bulk for one look: sales in routable hours, what was missed, what
 * earlier jobs came to, who is busy. No query per channel.
 */
import { earnedBack } from '../core/rebalance/earned-back.ts';
import { decayedFailures } from '../core/rebalance/reliability.ts';
import type { RebalanceHistory } from '../core/rebalance/types.ts';
import type { Account } from '../core/spending/caps.ts';
import {
  type ChannelId,
  DAY_MS,
  laterBy,
  type Msat,
  msat,
  type NodeId,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { JobRecord } from '../ports/spending.ts';
import type { Store } from '../ports/store.ts';

/** SPEC 4.5: v is of the last 30 days with any routable hour, at most 365 back. */
const WANT_DAYS = 30;
const BACK_DAYS = 365;
/** SPEC 4.5: fewer forwards out are no evidence. */
const LEAST_FORWARDS = 3;
/** What was missed is averaged over a week. */
const MISSED_DAYS = 7;
const MISSED_HOURS = MISSED_DAYS * 24;
const MONTH_DAYS = 30;
/** Refills this old still count for a record (Kelly). */
const RECORD_DAYS = 60;

type Fees = ReadonlyMap<ChannelId, { readonly fees: Msat }>;
type Finished = ReturnType<Store['spending']['finished']>;

export type RebalanceMemory = {
  readonly account: Account;
  readonly busy: ReadonlySet<ChannelId>;
  readonly busyPeers: ReadonlySet<NodeId>;
  /** Subjects of shocks that are under way. */
  readonly shocked: ReadonlySet<ChannelId>;
  /** Settled out per routable hour, msat; undefined: too few forwards, or no routable hour. */
  outPerHour(channelId: ChannelId): Msat | undefined;
  missedPerHour(channelId: ChannelId): Msat;
  fees30d(channelId: ChannelId): Msat;
  dailyVolume(channelId: ChannelId): Msat;
  history(channelId: ChannelId, peerId: NodeId): Omit<RebalanceHistory, 'gossipInboundPpm'>;
};

/** `kelly`: the record of paying back is read only where somebody asks for it. */
export function recallRebalancing(store: Store, now: UnixMs, kelly: boolean): RebalanceMemory {
  const { forwards, peers, spending } = store;
  const days = peers.routableDays(now, WANT_DAYS, BACK_DAYS);
  const sold = forwards.soldSince(
    new Map([...days].map(([channelId, { firstDay }]) => [channelId, firstDay])),
  );
  const missed = forwards.missedOut(now, MISSED_DAYS);
  const month = forwards.revenue(now, MONTH_DAYS);
  const flow = store.flow.latest();
  const records = spending.records();
  const paid = spending.paidPpm();
  const payback = kelly ? paybacks(store, now) : new Map<ChannelId, never>();
  const open = spending.openJobs();
  return {
    account: spending.account(),
    busy: new Set(open.flatMap(({ destination, sources }) => [destination, ...sources])),
    busyPeers: new Set(open.map(({ destinationPeer }) => destinationPeer)),
    shocked: new Set(open.flatMap((job) => (job.kind === 'diagnostic' ? job.subject : []))),
    outPerHour: (channelId) => rate(sold.get(channelId), days.get(channelId)?.hours ?? 0),
    missedPerHour: (channelId) => msat((missed.get(channelId) ?? 0n) / BigInt(MISSED_HOURS)),
    fees30d: (channelId) => month.get(channelId)?.fees ?? msat(0n),
    dailyVolume: (channelId) => flow.get(channelId)?.dailyVolume ?? msat(0n),
    history: (channelId, peerId) => ({
      ...recordAt(records.get(channelId), now),
      ...(payback.get(channelId) ?? { earnedBack: 0, finished: 0 }),
      paidPpm: paid.get(peerId) ?? [],
    }),
  };
}

function rate(
  sold: { readonly out: Msat; readonly count: number } | undefined,
  hours: number,
): Msat | undefined {
  if (sold === undefined || sold.count < LEAST_FORWARDS || !(hours > 0)) return undefined;
  const perHour = Number(sold.out) / hours;
  return Number.isFinite(perHour) ? msat(BigInt(Math.floor(perHour))) : undefined;
}

type Record = Pick<RebalanceHistory, 'failures' | 'lastFailure' | 'lastSuccess' | 'sourceFailures'>;
/** Failures as a source fade until now. */
const recordAt = (record: JobRecord | undefined, now: UnixMs): Record => ({
  failures: record?.failures ?? 0,
  lastFailure: record?.lastFailure,
  lastSuccess: record?.lastSuccess,
  sourceFailures: decayedFailures(
    record?.sourceFailures ?? 0,
    record?.sourceFailedAt === undefined ? 0 : now - record.sourceFailedAt,
  ),
});

/**
 * Which refills paid for themselves. Fees are known by UTC day, so the days between two ends are one piece; what was
 * earned on the very day a job ended is not counted for it.
 */
function paybacks(
  store: Store,
  now: UnixMs,
): ReadonlyMap<ChannelId, ReturnType<typeof earnedBack>> {
  const finished = store.spending.finished(laterBy(now, -RECORD_DAYS * DAY_MS));
  if (finished.size === 0) return new Map();
  const pieces = piecesSince(store, finished, now);
  return new Map(
    [...finished].map(([channelId, refills]) => {
      const earned = pieces.map(({ from, until, since }) => ({
        from,
        fees: msat((since.get(channelId)?.fees ?? 0n) - (until?.get(channelId)?.fees ?? 0n)),
      }));
      return [channelId, earnedBack(refills, earned, now)];
    }),
  );
}

type Piece = { readonly from: UnixMs; readonly since: Fees; readonly until: Fees | undefined };

/** One bulk question for every day on which some job ended or had its 30 days behind it: at most 120. */
function piecesSince(store: Store, finished: Finished, now: UnixMs): readonly Piece[] {
  const today = Math.floor(now / DAY_MS);
  const ends = [...finished.values()].flat().map(({ endedAt }) => Math.floor(endedAt / DAY_MS));
  const days = [...new Set(ends.flatMap((day) => [day, day + MONTH_DAYS]))]
    .filter((day) => day < today)
    .toSorted((one, other) => one - other);
  const sums = days.map((day) => store.forwards.revenue(now, today - day));
  return days.flatMap((day, index) => {
    const since = sums[index];
    return since ? { from: unixMs((day + 1) * DAY_MS), since, until: sums[index + 1] } : [];
  });
}
