/** On-chain money of the node, as it recorded it itself (SPEC 6.1). */
import type { ChannelId, Msat, UnixMs } from '../units.ts';

/** Whose money moved. `other`: an account of a plugin that keeps money of its own in the same books. */
export type ChainAccount =
  | { readonly kind: 'channel'; readonly channelId: ChannelId }
  | { readonly kind: 'wallet' }
  | { readonly kind: 'external' }
  | { readonly kind: 'other'; readonly name: string };

/** One row of `listchainmoves` (CLN ≥ 25.09). */
export type ChainMove = {
  readonly index: number;
  readonly account: ChainAccount;
  /** For `external`: whose output it came from. */
  readonly origin: ChainAccount | undefined;
  readonly credit: Msat;
  readonly debit: Msat;
  readonly at: UnixMs;
  /** `deposit`, `withdrawal`, `channel_open`, `channel_close`, `to_wallet`, `delayed_to_us`, … */
  readonly tag: string;
  /** `opener`, `splice`, `leased`, `foreign`, … */
  readonly extraTags: readonly string[];
  /** The output that was made or, with `spendingTxid`, spent. */
  readonly outpoint: { readonly txid: string; readonly vout: number };
  readonly spendingTxid: string | undefined;
  /** Of the whole output; not all of it need be ours. */
  readonly output: Msat;
  readonly outputCount: number | undefined;
  readonly height: number;
};
