/** Peers come and go: an alternating renewal process each, up-share Beta(20, 1), some flapping within minutes (§3.4). */
import { exponential } from './distributions.ts';
import { type Stream, stream } from './rng.ts';
import type { Peer } from './world.ts';

const MEAN_DOWN_MS = 25 * 60_000;
const FLAP_DOWN_MS = 4 * 60_000;
const LEAST_MS = 5_000;
/** A perfect peer still restarts now and then. */
const MOST_UP_SHARE = 0.998;

export class Connections {
  #draws: Stream[];
  #peers: readonly Peer[];
  #up: Uint8Array;
  #next: Float64Array;

  constructor(seed: number, peers: readonly Peer[], start: number) {
    this.#peers = peers;
    this.#draws = peers.map((_, peer) => stream(seed, `connection/${peer}`));
    this.#up = Uint8Array.from(peers, ({ upShare }, peer) =>
      (this.#draws[peer]?.uniform() ?? 0) < upShare ? 1 : 0,
    );
    this.#next = new Float64Array(peers.length).fill(start);
    for (let peer = 0; peer < peers.length; peer++) this.#schedule(peer, start);
  }

  isUp(peer: number): boolean {
    return this.#up[peer] === 1;
  }

  /** When this peer changes next, ms. */
  nextFlip(peer: number): number {
    return this.#next[peer] ?? Number.POSITIVE_INFINITY;
  }

  /** The change that was due; returns whether the peer is connected now. */
  flip(peer: number, at: number): boolean {
    this.#up[peer] = this.isUp(peer) ? 0 : 1;
    this.#schedule(peer, at);
    return this.isUp(peer);
  }

  #schedule(peer: number, at: number): void {
    const { flapper, upShare } = this.#peers[peer] ?? { flapper: false, upShare: 1 };
    const down = flapper ? FLAP_DOWN_MS : MEAN_DOWN_MS;
    const share = Math.min(MOST_UP_SHARE, upShare);
    const mean = this.isUp(peer) ? (down * share) / (1 - share) : down;
    const from = this.#draws[peer];
    if (from === undefined) return;
    this.#next[peer] = at + Math.max(LEAST_MS, Math.round(mean * exponential(from)));
  }
}
