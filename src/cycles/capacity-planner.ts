/**
 * What the capacity planner stands on (SPEC 6.5): one glance at the node, what its peers can do, the books and the
 * last analysis of the flow. It stores nothing and asks for nothing to be done.
 */

import { WITHIN_MS } from '../core/books/diagnosis.ts';
import { movingCost } from '../core/books/period.ts';
import type { BlockSpace } from '../core/capacity/block-space.ts';
import { capacityPlan } from '../core/capacity/capacity-plan.ts';
import { spliceSupport } from '../core/capacity/splice-support.ts';
import type { CapacityChannel, CapacityPlan } from '../core/capacity/types.ts';
import type { FlowMetrics } from '../core/flow/types.ts';
import { type ChannelId, msat, type NodeId, type UnixMs } from '../core/units.ts';
import type { LightningNode, PeerConnection } from '../ports/node.ts';
import type { FlowStore } from '../ports/store.ts';
import type { BooksService, ChannelStatement } from './books-services.ts';
import type { ChainView } from './chain-cycle.ts';
import type { FeeLook, SeenChannel } from './fee-look.ts';
import type { ChannelEvidence } from './peer-view.ts';

export type CapacityReport = {
  readonly at: UnixMs;
  readonly space: BlockSpace;
  /** Channels that were judged; those of passive peers and in the middle of a splice are none. */
  readonly judged: number;
  readonly plan: CapacityPlan;
};
/** Throws as `LightningNode` does. */
export interface CapacityService {
  plan(): Promise<CapacityReport>;
}

export type PlannerParts = {
  readonly looker: { look(purpose: 'glance'): Promise<FeeLook> };
  readonly node: Pick<LightningNode, 'peers'>;
  readonly books: Pick<BooksService, 'channels'>;
  readonly flow: Pick<FlowStore, 'latest'>;
  readonly chain: () => ChainView;
};

export class CapacityPlanner implements CapacityService {
  readonly #parts: PlannerParts;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  async plan(): Promise<CapacityReport> {
    const { looker, node, books, flow, chain } = this.#parts;
    const look = await looker.look('glance');
    const peers = await node.peers();
    const memory: Memory = {
      statements: new Map(books.channels().map((one) => [one.channelId, one])),
      flows: flow.latest(),
      features: new Map(peers.map((peer: PeerConnection) => [peer.peerId, peer.features])),
    };
    const channels = look.channels.flatMap((seen) => channelOf(seen, memory) ?? []);
    const { satPerVbyte, stale } = chain();
    const space = { satPerVbyte, stale };
    return { at: look.at, space, judged: channels.length, plan: capacityPlan(channels, space) };
  }
}

type Memory = {
  readonly statements: ReadonlyMap<ChannelId, ChannelStatement>;
  readonly flows: ReadonlyMap<ChannelId, FlowMetrics>;
  readonly features: ReadonlyMap<NodeId, string | undefined>;
};

/** undefined: the operator wants it left alone, it is being spliced, or the books do not know it yet. */
function channelOf(
  { seen, channel, memory }: SeenChannel,
  all: Memory,
): CapacityChannel | undefined {
  const statement = all.statements.get(channel.channelId);
  if (seen.policy.strategy === 'passive' || seen.splicing) return undefined;
  if (statement === undefined) return undefined;
  const { month } = statement;
  const flow = all.flows.get(channel.channelId);
  return {
    channelId: channel.channelId,
    peerId: channel.peerId,
    name: channel.scid ?? channel.aliasLocal ?? channel.channelId,
    capacity: channel.capacity,
    toUs: channel.toUs,
    spendable: channel.spendable,
    share: seen.share,
    class: statement.class ?? seen.books.class,
    roi: statement.roi,
    marginalRoi: statement.marginalRoi,
    monthNet: msat(month.revenue - movingCost(month.costs)),
    monthVolume: msat(month.in + month.out),
    direction: flow?.direction,
    dailyVolume: flow?.dailyVolume,
    ageDays: statement.ageDays,
    idleDays: seen.idleDays,
    watched: seen.watched,
    attempts: attemptsSince(memory, seen.at),
    splices: spliceSupport(all.features.get(channel.peerId)),
  };
}

/** Those that can still count for a verdict (SPEC 4.9). */
const attemptsSince = ({ attempts, lastSettled }: ChannelEvidence, now: UnixMs): number =>
  attempts.filter(
    ({ at }) => now - at <= WITHIN_MS && (lastSettled === undefined || at > lastSettled),
  ).length;
