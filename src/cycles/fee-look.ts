/**
 * One frozen view of the node for a fee cycle: a single `listpeerchannels`, everything else from memory in bulk,
 * the config and the last feerate sample (SPEC 3: "one frozen ConfigSnapshot and one frozen view of the node").
 */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { inCanary } from '../core/fees/canary.ts';
import { chooseProbes, type ProbeCandidate } from '../core/fees/probe.ts';
import type {
  ChannelFeeState,
  Evidence,
  FeeMarket,
  FeeObservation,
  FeeSettings,
} from '../core/fees/types.ts';
import { effectivePolicy } from '../core/policy/effective-policy.ts';
import type { Policy } from '../core/policy/policy.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  laterBy,
  type NodeId,
  type Share,
  type UnixMs,
} from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { LightningNode, PeerChannel } from '../ports/node.ts';
import type { EvidenceCursor, Store } from '../ports/store.ts';
import type { ChainView } from './chain-cycle.ts';
import { feeSettings } from './fee-settings.ts';
import type { Fleet } from './fleet.ts';
import { isAnnounced, isManaged, isSplicing } from './managed.ts';
import { type ChannelEvidence, observeChannels, peerUptimes, peerWeights } from './peer-view.ts';
import { policyFacts } from './policy-facts.ts';
import type { Gathered, SaleEvidence } from './sale-evidence.ts';
import type { SlotWatch } from './slot-watch.ts';

/** SPEC 3.8: `gossip-max-per-day` unless the operator said a number. */
const GOSSIP_PER_ROOT_CHANNEL = 20;
/** SPEC 3, rule 1: a second look counts when it is at least this much later. */
const SECOND_LOOK_MS = 60_000;
const YEAR_DAYS = 365;
const MONTH_DAYS = 30;

export type SeenChannel = {
  readonly seen: FeeObservation;
  readonly channel: PeerChannel;
  readonly memory: ChannelEvidence;
  readonly evidence: Evidence | undefined;
};
export type FeeLook = {
  readonly at: UnixMs;
  readonly law: FeeSettings;
  readonly market: FeeMarket;
  readonly states: ReadonlyMap<ChannelId, ChannelFeeState>;
  /** Channels without a state were found at our first cycle ever, or opened since. */
  readonly origin: 'found' | 'opened';
  /** Channels that are gone for certain: not in the look, and the look left none out as unreadable. */
  readonly gone: readonly ChannelId[];
  readonly channels: readonly SeenChannel[];
  /** All channels, also those that are not managed. */
  readonly picture: readonly PeerChannel[];
  /** undefined: nothing was gathered for the learners. */
  readonly cursor: EvidenceCursor | undefined;
};

export type LookParts = {
  readonly node: LightningNode;
  readonly store: Store;
  readonly clock: Clock;
  readonly config: () => ConfigSnapshot;
  readonly chain: () => ChainView;
  readonly slots: SlotWatch;
  readonly sales: SaleEvidence;
  /** Peers that cl-hive named; left out: only those with a policy of its. */
  readonly fleet?: Pick<Fleet, 'has'>;
  /** Hears of every picture taken. */
  readonly onPicture: (channels: readonly PeerChannel[]) => void;
};

/** What may be touched, and at whose word. */
type Rights = {
  readonly policyOf: (channel: PeerChannel, ageDays: number | undefined) => Policy;
  /** cl-hive named this peer: it zeroes its channels by itself. */
  readonly ofFleet: (peerId: NodeId) => boolean;
  readonly lockedBy: (channelId: ChannelId) => string | undefined;
};
type View = {
  readonly at: UnixMs;
  readonly law: FeeSettings;
  readonly rights: Rights;
  readonly probes: ReadonlySet<ChannelId>;
  readonly purpose: LookPurpose;
};

/**
 * cycle: also gathers what sold since the last one. policies: history is still being read, nothing is learnt. glance:
 * for a command or a preview; remembers nothing, so that looking changes no later decision (SPEC 7.3).
 */
export type LookPurpose = 'cycle' | 'policies' | 'glance';

export class FeeLooker {
  readonly #parts: LookParts;
  /** When a channel was first seen above the threshold without a break. */
  readonly #crowdedSince = new Map<ChannelId, UnixMs>();

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  async look(purpose: LookPurpose): Promise<FeeLook> {
    const { node, store, clock, slots, onPicture } = this.#parts;
    const learning = purpose === 'cycle';
    const askedAt = clock.now();
    const picture = await node.peerChannels();
    if (purpose !== 'glance') {
      slots.onLook(picture, askedAt);
      this.#forgetClosed(picture);
      onPicture(picture);
    }
    const config = this.#parts.config();
    const law = feeSettings(config);
    const managed = picture.filter(isManaged);
    const states = store.fees.states();
    const memory = observeChannels(
      store,
      managed,
      slots.pending,
      { reputation: law.reputation, openEstimate: fromSat(config.estimated_open_cost_sats) },
      askedAt,
      states,
    );
    if (learning) this.#heal(managed, memory, askedAt);
    const gathered = learning ? this.#gather(managed, memory, law, askedAt) : undefined;
    const rights = this.#rights(askedAt);
    const probes = chooseProbes(probeCandidates(managed, memory, states, rights, law), askedAt);
    const view: View = { at: askedAt, law, rights, probes: new Set(probes), purpose };
    const channels = managed.flatMap((channel): readonly SeenChannel[] => {
      const remembered = memory.get(channel.channelId);
      const seen = remembered && this.#observe(channel, remembered, view);
      if (remembered === undefined || seen === undefined) return [];
      const evidence = gathered?.byChannel.get(channel.channelId);
      return [{ seen, channel, memory: remembered, evidence }];
    });
    return {
      at: askedAt,
      law,
      market: this.#market(config, managed.length, askedAt),
      states,
      origin: store.fees.evidenceCursor() === undefined ? 'found' : 'opened',
      gone: node.leftOut() > 0 ? [] : missing(states, picture),
      channels,
      picture,
      cursor: gathered?.cursor,
    };
  }

  /** A connect or disconnect that never reached us: what the node shows is noted as happening now (SPEC 2.7). */
  #heal(
    managed: readonly PeerChannel[],
    memory: ReadonlyMap<ChannelId, ChannelEvidence>,
    at: UnixMs,
  ): void {
    for (const { channelId, peerId, connected } of managed) {
      const remembered = memory.get(channelId);
      if (remembered === undefined || remembered.lastConnected === connected) continue;
      this.#parts.store.peers.recordConnection(peerId, connected, at);
    }
  }

  #gather(
    managed: readonly PeerChannel[],
    memory: ReadonlyMap<ChannelId, ChannelEvidence>,
    law: FeeSettings,
    now: UnixMs,
  ): Gathered {
    const { store, sales } = this.#parts;
    const weights = law.reputation ? peerWeights(store) : new Map();
    const from = store.fees.evidenceCursor()?.at ?? now;
    const uptimes = peerUptimes(store, from, now);
    const peerOf = new Map(managed.map(({ channelId, peerId }) => [channelId, peerId]));
    const gathered = sales.gather({
      now,
      feeIntervalMs: law.feeIntervalMs,
      routable: new Map(
        managed.map(({ channelId }) => [channelId, memory.get(channelId)?.routable ?? false]),
      ),
      uptime: (channelId) => {
        const peerId = peerOf.get(channelId);
        return peerId && uptimes.get(peerId);
      },
      weight: (inPeer) => (inPeer && weights.get(inPeer)) ?? 1,
      shielded: (channelId) => memory.get(channelId)?.books.class === 'PROFITABLE',
    });
    const hours = new Map(
      [...gathered.byChannel].map(([id, { routableHours }]) => [id, routableHours]),
    );
    store.peers.addRoutable(hours, now);
    return gathered;
  }

  /** Policies and locks of this moment, read once for all channels. */
  #rights(at: UnixMs): Rights {
    const { store } = this.#parts;
    const held = store.policies.held(at);
    const { new_channel_grace_days: graceDays, hive_enabled } = this.#parts.config();
    const obeyed = hive_enabled !== 'false';
    const locks = store.locks.active(at).filter(({ scope }) => scope !== 'rebalance');
    const whole = locks.find(({ channelId }) => channelId === undefined)?.reason;
    const reasons = new Map(locks.map(({ channelId, reason }) => [channelId, reason]));
    return {
      policyOf: (channel, ageDays) =>
        effectivePolicy(policyFacts(channel, ageDays, graceDays), (name) => held.get(name), obeyed)
          .policy,
      ofFleet: (peerId) =>
        held.get(peerId)?.by === 'hive' || this.#parts.fleet?.has(peerId) === true,
      lockedBy: (channelId) => whole ?? reasons.get(channelId),
    };
  }

  /** undefined: the balance is unknown, and nothing is decided on missing data. */
  #observe(channel: PeerChannel, memory: ChannelEvidence, view: View): FeeObservation | undefined {
    const { at, rights, probes } = view;
    const { channelId, ours } = channel;
    if (ours === undefined || memory.share === undefined) return undefined;
    return {
      at,
      channelId,
      onNode: ours,
      connected: channel.connected,
      connectedForMs: memory.connectedForMs,
      splicing: isSplicing(channel),
      announced: isAnnounced(channel),
      openedByPeer: channel.opener === 'remote',
      capacity: channel.capacity,
      share: memory.share,
      spendable: channel.spendable,
      ageDays: memory.ageDays,
      settledOutEver: memory.settledOutEver,
      leftInDay: memory.leftInDay,
      idleDays: memory.idleDays,
      slots: {
        use: memory.slots.use,
        secondLook: this.#isSecondLook(channelId, memory.slots.use, view),
        weighted: this.#parts.slots.weighted(channelId, at),
      },
      flow: memory.flow ?? { state: 'NEW', direction: 0 },
      books: {
        class: memory.books.class,
        roi: memory.books.roi,
        marginalRoi: memory.books.marginalRoi,
      },
      hold: memory.hold,
      peerWeight: memory.peerWeight,
      refill: memory.refill,
      watched: memory.watched,
      realisedPpm: memory.realisedPpm,
      policy: rights.policyOf(channel, memory.ageDays),
      ...(rights.ofFleet(channel.peerId) ? { fleet: true } : {}),
      locked: rights.lockedBy(channelId),
      probeGranted: probes.has(channelId),
    };
  }

  #forgetClosed(picture: readonly PeerChannel[]): void {
    const open = new Set(picture.map(({ channelId }) => channelId));
    for (const channelId of this.#crowdedSince.keys())
      if (!open.has(channelId)) this.#crowdedSince.delete(channelId);
  }

  #isSecondLook(channelId: ChannelId, use: Share, { at, law, purpose }: View): boolean {
    const crowded = use > law.congestionThreshold;
    const before = this.#crowdedSince.get(channelId);
    // A first look in the future was before the clock was set back.
    const since = crowded ? (before !== undefined && before <= at ? before : at) : undefined;
    if (purpose !== 'glance') {
      if (since === undefined) this.#crowdedSince.delete(channelId);
      else this.#crowdedSince.set(channelId, since);
    }
    return since !== undefined && at - since >= SECOND_LOOK_MS;
  }

  #market(config: ConfigSnapshot, channels: number, at: UnixMs): FeeMarket {
    const { store } = this.#parts;
    const { satPerVbyte, stale, intensity } = this.#parts.chain();
    const month = [...store.forwards.revenue(at, MONTH_DAYS).values()];
    const fees = month.reduce((sum, row) => sum + row.fees, 0n);
    const out = month.reduce((sum, row) => sum + row.out, 0n);
    const cap = Math.floor(GOSSIP_PER_ROOT_CHANNEL * Math.sqrt(channels));
    return {
      satPerVbyte,
      satPerVbyteStale: stale,
      vegasIntensity: intensity,
      ownOutVolume365: store.forwards.outVolume(at, YEAR_DAYS),
      // After the clock was set back, what was sent in the future is not of today.
      gossipSentToday:
        store.fees.gossipSince(laterBy(at, -DAY_MS)) - store.fees.gossipSince(laterBy(at, 1)),
      gossipMaxPerDay: config.gossip_max_per_day > 0 ? config.gossip_max_per_day : cap,
      realisedPpm: fees > 0n && out > 0n ? (Number(fees) / Number(out)) * 1e6 : undefined,
    };
  }
}

function missing(
  states: ReadonlyMap<ChannelId, ChannelFeeState>,
  picture: readonly PeerChannel[],
): readonly ChannelId[] {
  const open = new Set(picture.map(({ channelId }) => channelId));
  return [...states.keys()].filter((channelId) => !open.has(channelId));
}

function probeCandidates(
  managed: readonly PeerChannel[],
  memory: ReadonlyMap<ChannelId, ChannelEvidence>,
  states: ReadonlyMap<ChannelId, ChannelFeeState>,
  rights: Rights,
  law: FeeSettings,
): readonly ProbeCandidate[] {
  return managed.flatMap((channel) => {
    const { channelId } = channel;
    const remembered = memory.get(channelId);
    const state = states.get(channelId);
    if (!remembered || !state) return [];
    return {
      channelId,
      class: remembered.books.class,
      idleDays: remembered.idleDays,
      ageDays: remembered.ageDays,
      announced: isAnnounced(channel),
      routable: remembered.routable,
      eligible:
        rights.policyOf(channel, remembered.ageDays).strategy === 'dynamic' &&
        !isSplicing(channel) &&
        rights.lockedBy(channelId) === undefined &&
        inCanary(channelId, law.canaryShare),
      running: state.probe !== undefined,
      probesEnded: state.probesEnded,
    };
  });
}
