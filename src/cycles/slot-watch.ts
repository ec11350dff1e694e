/**
 * How full each channel's HTLC slots are by value, between the looks (SPEC 3.3): events begin and end HTLCs, a look
 * corrects them, and the moving average advances on its own 60 s grid whenever either happens or somebody asks.
 */

import {
  advanceUtilisation,
  EMPTY_SLOTS,
  type SlotUtilisation,
  weightedUse,
} from '../core/fees/slot-utilisation.ts';
import { PendingHtlcs } from '../core/flow/pending-htlcs.ts';
import { type ChannelId, type Share, share, type UnixMs } from '../core/units.ts';
import type { Forward, PeerChannel } from '../ports/node.ts';

export class SlotWatch {
  readonly pending = new PendingHtlcs();
  readonly #resolve: (name: string) => ChannelId | undefined;
  readonly #slots = new Map<ChannelId, number>();
  readonly #averages = new Map<ChannelId, SlotUtilisation>();

  /** `resolve`: from any name of a channel to its identity. */
  constructor(resolve: (name: string) => ChannelId | undefined) {
    this.#resolve = resolve;
  }

  /** A live forward_event. What cannot be attributed to a channel of ours holds none of our slots. */
  onForward(forward: Forward): void {
    const inChannel = this.#resolve(forward.inChannel);
    if (inChannel === undefined || forward.inHtlcId === undefined) return;
    const outChannel = forward.outChannel && this.#resolve(forward.outChannel);
    const at = forward.resolvedAt ?? forward.receivedAt;
    // A channel that no look has shown has no slots, and nothing would ever forget it.
    for (const channelId of [inChannel, outChannel])
      if (channelId && this.#slots.has(channelId)) this.#advance(channelId, at);
    const pending = {
      inChannel,
      inHtlcId: forward.inHtlcId,
      inAmount: forward.inMsat,
      outChannel: outChannel || undefined,
      outAmount: forward.outMsat,
      paymentHash: forward.paymentHash,
      at,
    };
    if (forward.status === 'offered') this.pending.offered(pending);
    else this.pending.resolved(pending);
  }

  /** A look at all channels, asked for at `askedAt`: the truth about everything older; closed channels are dropped. */
  onLook(channels: readonly PeerChannel[], askedAt: UnixMs): void {
    for (const { channelId, maxAcceptedHtlcs, htlcs } of channels) {
      this.#slots.set(channelId, maxAcceptedHtlcs);
      this.#advance(channelId, askedAt);
      this.pending.reconcile(channelId, htlcs, askedAt);
    }
    const open = new Set(channels.map(({ channelId }) => channelId));
    this.pending.settle(open, askedAt);
    // A forward that ends after its channel has closed leaves an average without a look.
    for (const known of [this.#slots, this.#averages])
      for (const channelId of known.keys()) if (!open.has(channelId)) known.delete(channelId);
  }

  /** The moving average of the fuller direction, 0 … 1. Asking changes nothing. */
  weighted(channelId: ChannelId, now: UnixMs): Share {
    return this.#averaged(channelId, now).average;
  }

  /** The average up to `now`, under what was pending until now: call it before every change. */
  #advance(channelId: ChannelId, now: UnixMs): SlotUtilisation {
    const after = this.#averaged(channelId, now);
    this.#averages.set(channelId, after);
    return after;
  }

  #averaged(channelId: ChannelId, now: UnixMs): SlotUtilisation {
    const before = this.#averages.get(channelId) ?? EMPTY_SLOTS(now);
    return advanceUtilisation(before, this.#use(channelId), now);
  }

  #use(channelId: ChannelId): Share {
    const slots = this.#slots.get(channelId);
    const pending = this.pending.amounts(channelId);
    return share(Math.max(weightedUse(pending.in, slots), weightedUse(pending.out, slots)));
  }
}
