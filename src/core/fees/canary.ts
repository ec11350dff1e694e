import type { ChannelId, Share } from '../units.ts';
import { channelFraction } from './channel-hash.ts';

/** Whether this channel is among the `canary-share` that is priced (SPEC 1). A larger share keeps all of a smaller one. */
export const inCanary = (channelId: ChannelId, share: Share): boolean =>
  channelFraction(channelId, 'canary') < share;
