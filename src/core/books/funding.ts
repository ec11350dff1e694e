/** Whether a transaction opened a channel, as far as its id tells. */
import type { ChannelId } from '../units.ts';

/** A channel's id is its funding transaction's, the output's number worked into its last two bytes (BOLT 2). */
const TXID_DIGITS = 60;

/** Only of channels opened the old way: the id of a dual-funded one is made of keys, and tells nothing. */
export const isFundedBy = (channelId: ChannelId, txid: string): boolean =>
  turned(txid).slice(0, TXID_DIGITS) === channelId.slice(0, TXID_DIGITS);

/** A txid is shown with its bytes turned round. */
const turned = (txid: string): string => (txid.match(/../g) ?? []).toReversed().join('');
