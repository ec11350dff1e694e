/**
 * Watches what leaves while rules 2 and 3 offer a channel for next to nothing. Between two fee cycles half an hour
 * may pass, enough to empty it one `htlcmax` after the other; so a probe's first forward, and every fiftieth of
 * capacity that leaves by a fire sale, asks for a cycle at once, which sees whether the bargain is over (SPEC 3, rule
 * 3; 4.9). Only settled forwards count, and a bargain can ask a bounded number of times, so nobody can make us busy.
 */

import type { ChannelFeeState } from '../core/fees/types.ts';
import { isEpisode } from '../core/fees/verdict.ts';
import { type ChannelId, type Msat, msat } from '../core/units.ts';
import type { Forward } from '../ports/node.ts';

/** The bound is a tenth in a day: five looks lie on the way. */
const LOOK_PARTS = 50n;

export type BargainParts = {
  readonly resolve: (name: string) => ChannelId | undefined;
  readonly state: (channelId: ChannelId) => ChannelFeeState | undefined;
  /** undefined: not in the last look. */
  readonly capacity: (channelId: ChannelId) => Msat | undefined;
  /** A fee cycle is due as soon as the forward is stored. */
  readonly due: (reason: string) => void;
};

export class BargainWatch {
  readonly #parts: BargainParts;
  /** Left since the last cycle that was asked for; only channels under rules 2 and 3. */
  readonly #left = new Map<ChannelId, Msat>();
  /** Probes, by when they began, whose end was asked for already. */
  readonly #told = new Map<ChannelId, number>();

  constructor(parts: BargainParts) {
    this.#parts = parts;
  }

  /** A live forward_event. */
  onForward(forward: Forward): void {
    if (forward.status !== 'settled') return;
    const { resolve, state } = this.#parts;
    const out = forward.outChannel === undefined ? undefined : resolve(forward.outChannel);
    for (const channelId of [resolve(forward.inChannel), out]) {
      const priced = channelId && state(channelId);
      if (!channelId) continue;
      if (!priced) this.#forget(channelId);
      else if (priced.ruledBy === 'probe') this.#probed(priced);
      else if (priced.ruledBy === 'fire-sale' && channelId === out) this.#sold(channelId, forward);
      else if (!isEpisode(priced.ruledBy)) this.#forget(channelId);
    }
  }

  #probed({ channelId, probe }: ChannelFeeState): void {
    if (probe === undefined || this.#told.get(channelId) === probe.since) return;
    this.#told.set(channelId, probe.since);
    this.#parts.due('a probe brought a forward');
  }

  #sold(channelId: ChannelId, { outMsat }: Forward): void {
    const capacity = this.#parts.capacity(channelId);
    if (capacity === undefined || outMsat === undefined) return;
    const left = msat((this.#left.get(channelId) ?? 0n) + outMsat);
    const enough = left * LOOK_PARTS >= capacity;
    this.#left.set(channelId, enough ? msat(0n) : left);
    if (enough) this.#parts.due('a fire sale sells');
  }

  #forget(channelId: ChannelId): void {
    this.#left.delete(channelId);
    this.#told.delete(channelId);
  }
}
