/** What the node itself recorded about our own payments: the only source of what a rebalance cost (SPEC 4.7, 6.1). */
import type { ChannelId, Msat, NodeId, Ppm, UnixMs } from '../core/units.ts';

/** One row of `listchannelmoves` (CLN ≥ 25.09). */
export type ChannelMove = {
  readonly index: number;
  /** undefined: an account that is no channel. */
  readonly channelId: ChannelId | undefined;
  readonly credit: Msat;
  readonly debit: Msat;
  /** On the debit: the exact routing fee of that part. */
  readonly fees: Msat;
  readonly at: UnixMs;
  /** `invoice`, `routed`, `pushed`, … */
  readonly tag: string;
  readonly paymentHash: string | undefined;
};

/** One row of `listsendpays`: a part of a payment we sent. */
export type SendPay = {
  readonly index: number;
  readonly paymentHash: string;
  readonly status: 'pending' | 'complete' | 'failed';
  readonly destination: NodeId | undefined;
  /** What should arrive; undefined: not recorded. */
  readonly amount: Msat | undefined;
  /** What left us, fees included; set even on a part that failed. */
  readonly sent: Msat;
  readonly createdAt: UnixMs;
  readonly completedAt: UnixMs | undefined;
  readonly label: string | undefined;
  /** It pays an invoice or offer; sling's payments never do. */
  readonly invoice: boolean;
};

export type Wallet = {
  /** Confirmed, unreserved outputs. */
  readonly confirmed: Msat;
};

/** Errors as in `LightningNode`. */
export interface PaymentRecords {
  /** `listchannelmoves` exists here (CLN ≥ 25.09); else settlement is from `listsendpays` alone. */
  hasChannelMoves(): Promise<boolean>;
  /** Ascending by created_index, from `start` on. */
  channelMoves(start: number, limit: number): Promise<readonly ChannelMove[]>;
  /** Ascending by created_index, from `start` on: rows change afterwards (pending → complete). */
  sendPays(start: number, limit: number): Promise<readonly SendPay[]>;
  pendingSendPays(): Promise<readonly SendPay[]>;
  wallet(): Promise<Wallet>;
  /** What the peer asks for a payment towards us, per channel of ours, from gossip; missing: unknown. */
  inboundFees(
    peerId: NodeId,
  ): Promise<ReadonlyMap<ChannelId, { readonly base: Msat; readonly ppm: Ppm }>>;
  /** Median price in ppm of one public channel of the network for a typical amount; undefined: no gossip. */
  networkMedianPpm(): Promise<number | undefined>;
}
