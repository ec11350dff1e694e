/**
 * One frozen view of the node for rebalancing (SPEC 4): the fee cycle's look with a single `listpeerchannels`, what
 * memory knows in bulk, the wallet, and the prices after a move. Looking changes nothing.
 */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { weightedUse } from '../core/fees/slot-utilisation.ts';
import { modeUnder, type Policy } from '../core/policy/policy.ts';
import { targetOf } from '../core/rebalance/targets.ts';
import type { RebalanceChannel, RebalanceSettings } from '../core/rebalance/types.ts';
import type { Account } from '../core/spending/caps.ts';
import { largestGrants } from '../core/spending/grant.ts';
import type { Funds, SpendLaw } from '../core/spending/types.ts';
import {
  type ChannelId,
  DAY_MS,
  type Msat,
  msat,
  type NodeId,
  type UnixMs,
} from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChannelPolicy, LightningNode, PeerChannel } from '../ports/node.ts';
import type { PaymentRecords } from '../ports/payments.ts';
import type { Lock, Store } from '../ports/store.ts';
import { fundsOf, spendLaw } from './airlock/spend-law.ts';
import { reconcile } from './fee-cycle.ts';
import type { FeeLook, FeeLooker, SeenChannel } from './fee-look.ts';
import { InboundPrices } from './inbound-prices.ts';
import { isAnnounced, isManaged, isSplicing } from './managed.ts';
import { priceAfter } from './price-forecast.ts';
import { type RebalanceMemory, recallRebalancing } from './rebalance-memory.ts';
import type { RebalanceLook } from './rebalance-services.ts';
import { rebalanceSettings } from './rebalance-settings.ts';

export type RebalanceLookParts = {
  readonly looker: Pick<FeeLooker, 'look'>;
  readonly node: Pick<LightningNode, 'leftOut'>;
  readonly payments: Pick<PaymentRecords, 'wallet' | 'inboundFees' | 'networkMedianPpm'>;
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  /** The ledger's time, in which budgets roll. */
  readonly ledgerNow: () => UnixMs;
  readonly config: () => ConfigSnapshot;
  /** Short channel ids on which jobs of others run. */
  readonly foreign: () => readonly string[];
  readonly log: Logger;
};

/** A channel as a patient of the defibrillator (SPEC 4.9). */
export type Sleeper = {
  readonly idleMs: number | undefined;
  readonly attempts: readonly UnixMs[];
  /** A probe or a shock is under way. */
  readonly running: boolean;
};
/** What is seen for the cycle, with what only the cycle and the commands need. */
export type WideLook = RebalanceLook & {
  readonly sleepers: ReadonlyMap<ChannelId, Sleeper>;
  readonly funds: Funds;
  readonly spend: SpendLaw;
  readonly ledgerAt: UnixMs;
};
/** What all channels are judged with. */
type Frame = {
  readonly at: UnixMs;
  readonly fees: FeeLook;
  readonly memory: RebalanceMemory;
  readonly law: RebalanceSettings;
  readonly locked: ReadonlyMap<ChannelId, string>;
  readonly foreign: ReadonlySet<string>;
};

export class RebalanceLooker {
  readonly #parts: RebalanceLookParts;
  readonly #inbound: InboundPrices;
  #funds: Funds = { confirmedOnchain: undefined, spendable: undefined, revenue24h: undefined };

  constructor(parts: RebalanceLookParts) {
    this.#parts = parts;
    this.#inbound = new InboundPrices(parts.payments, parts.log);
  }

  /** As the last look found them. */
  get funds(): Funds {
    return this.#funds;
  }

  /** `cycle`: also asks what coming in costs. `into`: of that peer it is asked first, for a command. */
  async look(purpose: 'cycle' | 'glance', into?: NodeId): Promise<WideLook> {
    const { looker, store, node, payments } = this.#parts;
    const fees = await looker.look('glance');
    const config = this.#parts.config();
    const at = fees.at;
    const funds = await fundsOf(payments, store.forwards, fees.picture, node.leftOut(), at);
    this.#funds = funds;
    const law = rebalanceSettings(config);
    const locks = store.locks.active(at).filter(({ scope }) => scope !== 'fees');
    const frame: Frame = {
      at,
      fees,
      law,
      memory: recallRebalancing(store, at, law.kelly),
      locked: leftOutOf(fees, locks),
      foreign: new Set(this.#parts.foreign()),
    };
    const seen = fees.channels.map((one) => channelOf(one, frame));
    const told: Told = new Map(fees.picture.map((one) => [one.channelId, one.theirs]));
    const asked = purpose === 'cycle' ? lacking(seen, law) : [];
    await this.#inbound.ask(
      // The destination of a command goes first.
      [...seen.filter(({ peerId }) => peerId === into), ...asked].map(({ peerId, channelId }) => ({
        peerId,
        told: told.get(channelId),
      })),
      at,
    );
    const spend = spendLaw(config);
    const ledgerAt = this.#parts.ledgerNow();
    const { account } = frame.memory;
    const budget = budgetOf({ account, funds, spend, ledgerAt }, frame.memory);
    return {
      at,
      law,
      channels: seen.map((one) => this.#withPrices(one, law, budget, told)),
      picture: fees.picture,
      locked: frame.locked,
      nodeLock: locks.find(({ channelId }) => channelId === undefined)?.reason,
      sleepers: new Map(fees.channels.map((one) => [one.seen.channelId, sleeperOf(one, frame)])),
      funds,
      spend,
      ledgerAt,
    };
  }

  #withPrices(
    one: RebalanceChannel,
    law: RebalanceSettings,
    budget: (one: RebalanceChannel) => Msat | undefined,
    told: Told,
  ): RebalanceChannel {
    const { peerId, channelId } = one;
    const last = told.get(channelId);
    const gossipInboundPpm = this.#inbound.ppm(peerId, channelId, law.chunk, last);
    return { ...one, history: { ...one.history, gossipInboundPpm }, budget: budget(one) };
  }
}

/** What each peer itself said it asks on the channel. */
type Told = ReadonlyMap<ChannelId, ChannelPolicy | undefined>;

/** The others are no destinations. */
const lacking = (
  seen: readonly RebalanceChannel[],
  { minAmount }: RebalanceSettings,
): readonly RebalanceChannel[] =>
  seen.filter((one) => one.eligible && targetOf(one).lack >= minAmount);

/** Why a channel takes part in nothing; locks of single channels among it. */
function leftOutOf(fees: FeeLook, locks: readonly Lock[]): ReadonlyMap<ChannelId, string> {
  const seen = new Set(fees.channels.map(({ seen: { channelId } }) => channelId));
  const left = new Map<ChannelId, string>();
  for (const channel of fees.picture) {
    if (!isManaged(channel)) left.set(channel.channelId, `its state is ${channel.state}`);
    else if (!seen.has(channel.channelId))
      left.set(channel.channelId, 'its balance is not known: nothing is decided on it');
    else if (isSplicing(channel)) left.set(channel.channelId, 'it is being spliced');
  }
  for (const { channelId, reason } of locks)
    if (channelId !== undefined) left.set(channelId, reason);
  return left;
}

/** Without what gossip and the governor say: those are asked once it is known who lacks. */
function channelOf({ seen, channel, memory }: SeenChannel, frame: Frame): RebalanceChannel {
  const { channelId } = seen;
  const { peerId, capacity, maxAcceptedHtlcs: max } = channel;
  const state = reconcile(seen, frame.fees.states.get(channelId), frame.fees).state;
  const feeLaw = frame.fees.law;
  const { pending } = memory.slots;
  const sized = {
    capacity,
    spendable: channel.spendable,
    share: seen.share,
    dailyVolume: frame.memory.dailyVolume(channelId),
  };
  const past = frame.memory.history(channelId, peerId);
  return {
    ...sized,
    channelId,
    peerId,
    receivable: channel.receivable,
    eligible: isEligible(channel, seen.policy, frame),
    mode: modeUnder(seen.policy),
    hive: seen.policy.strategy === 'hive',
    flow: seen.flow.state,
    class: seen.books.class,
    marginalRoi: seen.books.marginalRoi,
    ageDays: seen.ageDays,
    uptime: memory.uptime,
    congested: state.ruledBy === 'congestion' || seen.slots.use > feeLaw.congestionThreshold,
    slots: { in: weightedUse(pending.in, max), out: weightedUse(pending.out, max), max },
    outPerRoutableHour: frame.memory.outPerHour(channelId),
    missedPerHour: frame.memory.missedPerHour(channelId),
    price: priceAfter(
      { seen, state, market: frame.fees.market, law: feeLaw },
      expectedMove(sized, channel, frame.law),
    ),
    ...htlcLimits(channel),
    history: { ...past, gossipInboundPpm: undefined },
    busy: isBusy(channel, frame),
  };
}

/** What one HTLC may be: what fits, the side's own maximum, and what may be in flight at all. */
const htlcLimits = ({
  receivable,
  spendable,
  theirs,
  ours,
  mostInFlight,
}: PeerChannel): Pick<RebalanceChannel, 'htlcLimitIn' | 'htlcLimitOut'> => ({
  htlcLimitIn: least(least(receivable, theirs?.htlcMax), mostInFlight?.in),
  htlcLimitOut: least(least(spendable, ours?.htlcMax), mostInFlight?.out),
});

/** The largest move the targets ask for: what it lacks, or what it has above. */
function expectedMove(
  sized: Parameters<typeof targetOf>[0],
  { receivable }: PeerChannel,
  { maxAmount }: RebalanceSettings,
): Msat {
  const { lack, excess } = targetOf(sized);
  return lack > 0n ? least(least(lack, receivable), maxAmount) : msat(-least(excess, maxAmount));
}

const least = (one: Msat, other: Msat | undefined): Msat =>
  other === undefined || one < other ? one : other;

/**
 * Only what can carry a payment now, and nothing holds. An unannounced channel takes part only when a policy says a
 * word about rebalancing it (SPEC, words); an unconfirmed one has no name yet that sling could be given.
 */
const isEligible = (channel: PeerChannel, { mode }: Policy, { locked }: Frame): boolean =>
  channel.connected &&
  channel.state === 'CHANNELD_NORMAL' &&
  (isAnnounced(channel) || (channel.scid !== undefined && mode !== undefined)) &&
  !locked.has(channel.channelId);

/** A job of ours runs at it or into its peer, or somebody else's at it (SPEC 4.7: it is respected). */
function isBusy(channel: PeerChannel, { memory, foreign }: Frame): boolean {
  const names = [channel.scid, channel.aliasLocal];
  return (
    memory.busy.has(channel.channelId) ||
    memory.busyPeers.has(channel.peerId) ||
    names.some((name) => name !== undefined && foreign.has(name))
  );
}

function sleeperOf({ seen, memory }: SeenChannel, frame: Frame): Sleeper {
  const probe = frame.fees.states.get(seen.channelId)?.probe;
  return {
    idleMs: seen.idleDays === undefined ? undefined : seen.idleDays * DAY_MS,
    attempts: memory.attempts.map(({ at }) => at),
    running: probe !== undefined || frame.memory.shocked.has(seen.channelId),
  };
}

type Purse = {
  readonly account: Account;
  readonly funds: Funds;
  readonly spend: SpendLaw;
  readonly ledgerAt: UnixMs;
};

/** What the governor would still grant for a channel as a destination; undefined: it lacks nothing and is not asked. */
function budgetOf(
  { account, funds, spend, ledgerAt }: Purse,
  memory: RebalanceMemory,
): (one: RebalanceChannel) => Msat | undefined {
  const most = largestGrants(account, funds, spend, ledgerAt);
  return (one) => {
    if (targetOf(one).lack <= 0n) return undefined;
    const request = {
      destination: one.channelId,
      kind: one.hive ? ('hive' as const) : ('normal' as const),
      destinationFees30d: memory.fees30d(one.channelId),
    };
    return most(request);
  };
}
