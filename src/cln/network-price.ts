import { medianOf } from '../core/median.ts';
import { DAY_MS, type NodeId } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import { askChannelsFrom, type GossipChannel } from './calls/listchannels.ts';
import type { NodeCaller } from './rpc-client.ts';

/** Peers whose channels are looked at: with hundreds of channels each, thousands of prices. */
const SAMPLED_PEERS = 20;
/** So that one large peer is not the whole network. */
const CHANNELS_A_PEER = 200;
const KEPT_MS = DAY_MS;
/** msat: what the base fee is spread over, 100 000 sat. */
const TYPICAL_AMOUNT = 100_000_000;

/**
 * What one public channel of the network asks, in ppm of a typical amount: the median over a sample of our own
 * peers' channels, since reading all gossip costs 40 MB. Remembered for a day.
 */
export class NetworkPrice {
  readonly #node: NodeCaller;
  readonly #clock: Pick<Clock, 'elapsed'>;
  #known: { readonly ppm: number; readonly at: number } | undefined;

  constructor(node: NodeCaller, clock: Pick<Clock, 'elapsed'>) {
    this.#node = node;
    this.#clock = clock;
  }

  /** undefined: no gossip; that is not remembered, a new node learns it within the hour. */
  async median(self: NodeId): Promise<number | undefined> {
    const at = this.#clock.elapsed();
    if (this.#known && at - this.#known.at < KEPT_MS) return this.#known.ppm;
    const prices: number[] = [];
    // One after another: lightningd has other things to do.
    for (const peer of sample(await this.#peers(self), SAMPLED_PEERS)) {
      const theirs = (await askChannelsFrom(this.#node, peer)).filter(
        ({ active, destination }) => active && destination !== self,
      );
      prices.push(...sample(theirs, CHANNELS_A_PEER).map(priceOf));
    }
    const ppm = medianOf(prices);
    if (ppm !== undefined) this.#known = { ppm, at };
    return ppm;
  }

  /** In the order of their ids, so that the sample is the same every day. */
  async #peers(self: NodeId): Promise<readonly NodeId[]> {
    const ours = await askChannelsFrom(this.#node, self);
    return [...new Set(ours.map(({ destination }) => destination))].sort();
  }
}

const priceOf = ({ base, ppm }: GossipChannel): number =>
  ppm + (Number(base) * 1_000_000) / TYPICAL_AMOUNT;

/** At most `size` of them, evenly spread. */
function sample<T>(all: readonly T[], size: number): readonly T[] {
  const step = Math.max(1, Math.ceil(all.length / size));
  return all.filter((_, at) => at % step === 0);
}
