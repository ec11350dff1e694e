/**
 * What a market does not have but a real node shows: channels before lock-in and on their way out, and peers that
 * have not told us their price yet (facts/cln.md "listpeerchannels").
 */
const CHANNEL_STATES = [
  'CHANNELD_AWAITING_LOCKIN',
  'CHANNELD_NORMAL',
  'CHANNELD_AWAITING_SPLICE',
  'CHANNELD_SHUTTING_DOWN',
  'CLOSINGD_SIGEXCHANGE',
  'CLOSINGD_COMPLETE',
  'AWAITING_UNILATERAL',
  'FUNDING_SPEND_SEEN',
  'ONCHAIN',
] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** How one channel looks different from what the market says; by the market's channel index. */
export type ChannelQuirk = {
  readonly state?: ChannelState;
  /** The peer's channel_update has not arrived: `updates.remote` is missing, also in CHANNELD_NORMAL. */
  readonly remoteUpdateMissing?: boolean;
  readonly remoteAliasMissing?: boolean;
};

/** States in which `setchannel` is accepted; everything else is refused with the state's name. */
export const priceable = (state: ChannelState): boolean =>
  state === 'CHANNELD_NORMAL' ||
  state === 'CHANNELD_AWAITING_LOCKIN' ||
  state === 'CHANNELD_AWAITING_SPLICE';

/** States with a `closer`. */
export const isClosing = (state: ChannelState): boolean => !priceable(state);
