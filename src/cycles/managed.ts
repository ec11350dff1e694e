import type { PeerChannel } from '../ports/node.ts';

/** SPEC, words: CHANNELD_NORMAL is managed; a splicing channel is priced without learning. */
export const isSplicing = (channel: PeerChannel): boolean =>
  channel.state === 'CHANNELD_AWAITING_SPLICE';

/** A channel whose price is ours to decide: normal or splicing, and lightningd shows what we ask. */
export const isManaged = (channel: PeerChannel): boolean =>
  (channel.state === 'CHANNELD_NORMAL' || isSplicing(channel)) && channel.ours !== undefined;

/** Announced and confirmed: a change is gossip and costs a token. */
export const isAnnounced = (channel: PeerChannel): boolean =>
  !channel.isPrivate && channel.scid !== undefined;
