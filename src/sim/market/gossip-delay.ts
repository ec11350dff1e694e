/**
 * How news of our prices travels (facts/simulation.md §3.3): payers are of four kinds by how far they are; each
 * hears of a change after a log-normal delay, and beyond four updates a day and channel the network may drop one,
 * which then arrives with the next day's repetition.
 */
import { DAY_MS, HOUR_MS } from '../../core/units.ts';
import { logNormal } from './distributions.ts';
import type { SimPolicy } from './market.ts';
import { type Stream, stream } from './rng.ts';

export const PAYER_KINDS = 4;
const MEDIAN_DELAY_MS = 8 * 60_000;
const DELAY_SIGMA = 1;
const LATE_SHARE = 0.02;
const LATE_MS = 6 * HOUR_MS;
const UPDATES_PER_DAY = 4;
const DROP_SHARE = 0.5;

type Update = {
  readonly channel: number;
  readonly version: number;
  readonly policy: SimPolicy;
  left: number;
};

export class GossipDelay {
  #draws: Stream[];
  #recent: number[][];
  #versions: Uint32Array;
  #seenVersion: Uint32Array;
  #seen: SimPolicy[];
  #underway = new Map<number, Update>();
  #updates = 0;
  #dropped = 0;

  constructor(seed: number, start: readonly SimPolicy[]) {
    this.#draws = start.map((_, channel) => stream(seed, `gossip/${channel}`));
    this.#recent = start.map(() => []);
    this.#versions = new Uint32Array(start.length);
    this.#seenVersion = new Uint32Array(start.length * PAYER_KINDS);
    this.#seen = start.flatMap((policy) => Array.from({ length: PAYER_KINDS }, () => policy));
  }

  /** Updates sent, and how many deliveries the network dropped at first. */
  get counts(): { readonly sent: number; readonly dropped: number } {
    return { sent: this.#updates, dropped: this.#dropped };
  }

  /** What this kind of payer believes we ask. */
  seen(channel: number, kind: number): SimPolicy {
    const policy = this.#seen[channel * PAYER_KINDS + kind];
    if (policy === undefined) throw new RangeError(`no channel ${channel}`);
    return policy;
  }

  /** A change leaves us; `deliver` is called for each kind with the time of arrival and what to hand to `arrive`. */
  send(
    channel: number,
    at: number,
    policy: SimPolicy,
    deliver: (at: number, subject: number) => void,
  ): void {
    const from = this.#draws[channel];
    const recent = (this.#recent[channel] ?? []).filter((sent) => sent > at - DAY_MS);
    if (from === undefined) throw new RangeError(`no channel ${channel}`);
    const tooMany = recent.length >= UPDATES_PER_DAY;
    this.#recent[channel] = [...recent, at];
    const version = (this.#versions[channel] ?? 0) + 1;
    this.#versions[channel] = version;
    const update = this.#updates++;
    this.#underway.set(update, { channel, version, policy, left: PAYER_KINDS });
    for (let kind = 0; kind < PAYER_KINDS; kind++) {
      const late = from.uniform() < LATE_SHARE ? LATE_MS : 0;
      const dropped = from.uniform() < DROP_SHARE && tooMany;
      const delay = Math.round(logNormal(from, MEDIAN_DELAY_MS, DELAY_SIGMA));
      if (dropped) this.#dropped++;
      deliver(at + delay + late + (dropped ? DAY_MS : 0), update * PAYER_KINDS + kind);
    }
  }

  /** News arrives; an older one that comes late changes nothing. */
  arrive(subject: number): void {
    const update = this.#underway.get(Math.floor(subject / PAYER_KINDS));
    if (update === undefined) return;
    const slot = update.channel * PAYER_KINDS + (subject % PAYER_KINDS);
    if (update.version > (this.#seenVersion[slot] ?? 0)) {
      this.#seenVersion[slot] = update.version;
      this.#seen[slot] = update.policy;
    }
    update.left--;
    if (update.left === 0) this.#underway.delete(Math.floor(subject / PAYER_KINDS));
  }
}
