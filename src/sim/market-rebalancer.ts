/** sling in process, as `src/cln` shows it to the airlock: it says no with lightningd's errors. */
import { msat, type Scid } from '../core/units.ts';
import { NodeRefused, UNKNOWN_COMMAND } from '../ports/errors.ts';
import type { BackendJob, RebalanceOrder, Rebalancer } from '../ports/rebalancer.ts';
import { sure } from './identities.ts';
import type { MarketEvent, SimChannel } from './market/market.ts';
import type { SlingMachine } from './sling/sling-machine.ts';
import { SlingGone, type SlingOrder, SlingRefused } from './sling/sling-order.ts';

const SLING_ERROR = -32700;
const NO_SUCH_CHANNEL = 'Channel not found or not in CHANNELD_NORMAL';

export class MarketRebalancer implements Rebalancer {
  #machine: SlingMachine;
  #names: readonly Scid[];
  #indexes: ReadonlyMap<Scid, number>;
  #emit: (event: MarketEvent) => void;

  /** `emit` takes what happens when a stop ends a payment at once. */
  constructor(
    machine: SlingMachine,
    channels: readonly SimChannel[],
    emit: (event: MarketEvent) => void,
  ) {
    this.#machine = machine;
    this.#names = channels.map(({ scid }) => scid);
    this.#indexes = new Map(channels.map(({ scid, index }) => [scid, index]));
    this.#emit = emit;
  }

  async version(): Promise<string> {
    return said(() => this.#machine.version());
  }

  async jobs(): Promise<readonly BackendJob[]> {
    const jobs = said(() => this.#machine.jobs());
    return jobs.map(({ order }) => this.#job(order));
  }

  #job(order: SlingOrder): BackendJob {
    return {
      channel: this.#name(order.channel),
      direction: order.direction,
      chunk: msat(BigInt(order.chunk)),
      total: order.total === undefined ? undefined : msat(BigInt(order.total)),
      maxPpm: order.maxPpm,
      sources: order.candidates.map((index) => this.#name(index)),
    };
  }

  async start(order: RebalanceOrder): Promise<void> {
    const { destination, sources, maxPpm, keepShare } = order;
    said(() =>
      this.#machine.start({
        channel: this.#index(destination),
        direction: 'pull',
        chunk: Number(order.chunk),
        total: Number(order.total),
        maxPpm,
        candidates: sources.map((source) => this.#index(source)),
        keepShare,
        keepAmount: Number(order.keepAmount),
      }),
    );
  }

  /** Where sling does not run, none of its jobs does. */
  async stop(channel: Scid): Promise<number> {
    const index = this.#indexes.get(channel);
    if (index === undefined || this.#machine.gone) return 0;
    return said(() => this.#machine.stop(index, this.#emit));
  }

  async remove(channel: Scid): Promise<void> {
    const index = this.#indexes.get(channel);
    if (index !== undefined) said(() => this.#machine.remove(index, this.#emit));
  }

  #name(index: number): Scid {
    return sure(this.#names[index], 'channel');
  }

  #index(name: Scid): number {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new NodeRefused(NO_SUCH_CHANNEL, SLING_ERROR);
    return index;
  }
}

/** The answer, or what lightningd would say instead. */
function said<Answer>(ask: () => Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SlingGone) throw new NodeRefused('Unknown command', UNKNOWN_COMMAND);
    if (error instanceof SlingRefused) throw new NodeRefused(error.message, SLING_ERROR);
    throw error;
  }
}
