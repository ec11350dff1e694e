/**
 * The flow cycle: one look at the node, settled volume by rolling day from memory, metrics of every managed channel
 * stored (SPEC 2.3, 2.4). Nothing here asks for forwards. Cost grows with the window, not with history.
 */
import { daysSince } from '../core/books/age.ts';
import { flowMetrics } from '../core/flow/metrics.ts';
import { ourShare } from '../core/flow/share.ts';
import type { FlowMetrics } from '../core/flow/types.ts';
import type { UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LightningNode, PeerChannel } from '../ports/node.ts';
import type { ChannelDirectory, FlowStore, ForwardStore, PeerStore } from '../ports/store.ts';
import { type OpeningBooks, openingOfChannel } from './channel-opening.ts';
import { isManaged } from './managed.ts';
import type { FlowService } from './services.ts';

export type FlowSettings = {
  /** `flow-window-days`. */
  readonly windowDays: number;
  /** `new-channel-grace-days`. */
  readonly graceDays: number;
  /** `enable-reputation`. */
  readonly reputation: boolean;
  /** `reputation-decay`: what is left of a count after one flow interval. */
  readonly reputationDecay: number;
  /** `flow-interval`, ms. */
  readonly intervalMs: number;
};

/** The part of memory the cycle reads and writes. */
export type FlowMemory = {
  readonly channels: Pick<ChannelDirectory, 'all'>;
  readonly flow: FlowStore;
  readonly forwards: Pick<ForwardStore, 'dayFlows'>;
  readonly peers: Pick<PeerStore, 'decayReputation'>;
  /** For the age of channels whose history of states the node has forgotten. */
  readonly books: OpeningBooks;
};

export type FlowParts = {
  readonly node: Pick<LightningNode, 'peerChannels'>;
  readonly store: FlowMemory;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly settings: () => FlowSettings;
};

export class FlowCycle implements FlowService {
  readonly #parts: FlowParts;
  #look: readonly PeerChannel[] | undefined;

  constructor(parts: FlowParts) {
    this.#parts = parts;
  }

  /** One turn of the job. Throws RetryLater or NodeRefused when the look fails; nothing is changed then. */
  async run(): Promise<void> {
    this.#look = await this.#parts.node.peerChannels();
    const metrics = this.analyze();
    const { store, clock, log, settings } = this.#parts;
    const { reputation, reputationDecay, intervalMs } = settings();
    if (reputation) store.peers.decayReputation(clock.now(), reputationDecay, intervalMs);
    log('debug', `flow: ${metrics.length} channels measured`);
  }

  analyze(): readonly FlowMetrics[] {
    const { store, clock, settings } = this.#parts;
    if (this.#look === undefined) return this.latest();
    const at = clock.now();
    const metrics = measure(store, this.#look, settings(), at);
    store.flow.save(metrics, at);
    return metrics;
  }

  latest(): readonly FlowMetrics[] {
    return [...this.#parts.store.flow.latest().values()];
  }
}

/** Metrics of all managed channels whose share is known: nothing is said about the others. */
export function measure(
  store: Omit<FlowMemory, 'peers'>,
  channels: readonly PeerChannel[],
  settings: Pick<FlowSettings, 'windowDays' | 'graceDays'>,
  at: UnixMs,
): readonly FlowMetrics[] {
  const { windowDays, graceDays } = settings;
  const days = store.forwards.dayFlows(at, windowDays);
  const previous = store.flow.latest();
  const known = new Map(store.channels.all().map((one) => [one.channelId, one]));
  return channels.filter(isManaged).flatMap((channel) => {
    const share = ourShare(channel);
    if (share === undefined) return [];
    const { channelId, capacity } = channel;
    return flowMetrics({
      channelId,
      at,
      windowDays,
      graceDays,
      days: days.get(channelId) ?? [],
      capacity,
      share,
      ageDays: daysSince(openingOfChannel(channel, known.get(channelId), store.books), at),
      previous: previous.get(channelId)?.state,
    });
  });
}
