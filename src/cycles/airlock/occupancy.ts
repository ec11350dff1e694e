/** Whether slots and channels are free for one more rebalance (SPEC 4.7). */
import type { PeerChannel } from '../../ports/node.ts';
import type { BackendJob } from '../../ports/rebalancer.ts';
import type { RebalanceJob } from '../../ports/spending.ts';
import type { NameOf } from './backend.ts';

export type Slots = {
  readonly most: number;
  /** The node records no channels of a payment. */
  readonly blind: boolean;
};

/** `channels`: destination first; `open`: rows not settled; `listed`: jobs in the backend. undefined: all is free. */
export function whyBusy(
  channels: readonly PeerChannel[],
  open: readonly RebalanceJob[],
  listed: readonly BackendJob[],
  { most, blind }: Slots,
  channelOf: NameOf,
): string | undefined {
  // Blind, a payment is known by its time alone: one at a time, and none beside an unknown one.
  const running = blind ? open : open.filter(({ state }) => state !== 'unknown');
  const slots = blind ? 1 : most;
  if (running.length >= slots) return `${running.length} of ${slots} rebalances are under way`;
  const [destination, ...sources] = channels.map(({ channelId }) => channelId);
  const crossing = open.find(
    (job) =>
      (destination !== undefined && job.sources.includes(destination)) ||
      sources.includes(job.destination),
  );
  if (crossing) return `rebalance ${crossing.id} moves the other way`;
  // A job of ours that takes from the same source is listed under its own destination.
  const taken = listed.find(({ channel }) => {
    const owner = channelOf(channel);
    return channels.some(
      (one) => one.channelId === owner || one.scid === channel || one.aliasLocal === channel,
    );
  });
  return taken && `sling has a job for ${taken.channel}`;
}
