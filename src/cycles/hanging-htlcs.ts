/**
 * For how long the looks have shown each HTLC that left us. lightningd does not say when one was offered, and a last
 * hop is near its expiry from the beginning (SPEC 7.6).
 */
import type { OutgoingHtlc } from '../core/protections/htlc-near-expiry.ts';
import { type ChannelId, HOUR_MS } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { isManaged } from './managed.ts';

/** A look this old says nothing about HTLCs. */
const STALE_MS = HOUR_MS;

type Seen = { readonly expiry: number | undefined; readonly first: number; readonly last: number };

export class HangingHtlcs {
  #look: readonly PeerChannel[] | undefined;
  #lookedAt = 0;
  #seen: ReadonlyMap<ChannelId, ReadonlyMap<bigint, Seen>> = new Map();

  /** The last look, handed in as often as you like; `elapsed` as the clock's. */
  onLook(look: readonly PeerChannel[], elapsed: number): void {
    if (look === this.#look) return;
    const before = this.#seen;
    this.#look = look;
    this.#lookedAt = elapsed;
    // A splicing or closing channel's HTLCs live on; on a channel that is being enforced they end on-chain.
    this.#seen = new Map(
      look
        .filter((channel) => isManaged(channel))
        .map(({ channelId, htlcs }) => {
          const known = before.get(channelId);
          const out = htlcs.filter(({ direction }) => direction === 'out');
          return [
            channelId,
            new Map(
              out.map(({ id, expiry }) => {
                const first = known?.get(id)?.first ?? elapsed;
                return [id, { expiry, first, last: elapsed }];
              }),
            ),
          ];
        }),
    );
  }

  /** Per channel with any; nothing when the last look is old. */
  pending(elapsed: number): ReadonlyMap<ChannelId, readonly OutgoingHtlc[]> {
    if (elapsed - this.#lookedAt > STALE_MS) return new Map();
    return new Map(
      [...this.#seen]
        .filter(([, htlcs]) => htlcs.size > 0)
        .map(([channelId, htlcs]) => [
          channelId,
          [...htlcs.values()].map(({ expiry, first, last }) => ({
            expiry,
            pendingMs: last - first,
          })),
        ]),
    );
  }
}
