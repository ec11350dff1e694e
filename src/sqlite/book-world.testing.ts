/** Facts of the books for tests: forwards, payments that went round and openings, each on a day of its own. */
import type { Reconciliation } from '../core/books/reconciliation.ts';
import { type ChannelId, DAY_MS, msat, type UnixMs, unixMs } from '../core/units.ts';
import type { ChainMove } from '../ports/chain-records.ts';
import type { Forward } from '../ports/node.ts';
import type { ChannelMove } from '../ports/payments.ts';
import { channelId, forward, scid } from './forward-world.testing.ts';

export const noon = (day: number): UnixMs => unixMs((day + 0.5) * DAY_MS);

/** Closed without a look at the node. */
export const unlooked = (day: number): Reconciliation => ({
  day,
  node: undefined,
  because: 'nobody looked',
  routed: msat(0n),
  rebalances: msat(0n),
  unexplained: undefined,
});

/** A forward of `fee` msat from channel to channel; `id` tells it from the others. */
export const paidForward = (
  id: number,
  { day, from, to, fee }: { day: number; from: number; to: number; fee: number },
): Forward =>
  forward({
    createdIndex: id,
    updatedIndex: id,
    inHtlcId: BigInt(id),
    inChannel: scid(from),
    outChannel: scid(to),
    inMsat: msat(BigInt(1_000_000 + fee)),
    outMsat: msat(1_000_000n),
    feeMsat: msat(BigInt(fee)),
    receivedAt: unixMs(noon(day) - 1_000),
    resolvedAt: noon(day),
  });

const move = (change: Partial<ChannelMove>): ChannelMove => ({
  index: 1,
  channelId: channelId(1),
  credit: msat(0n),
  debit: msat(0n),
  fees: msat(0n),
  at: unixMs(0),
  tag: 'invoice',
  paymentHash: undefined,
  ...change,
});

/** Both halves of a payment that went round, out of one channel and into another. */
export function round(
  index: number,
  { at, from, to, fee }: { at: UnixMs; from: number; to: number; fee: number },
): readonly ChannelMove[] {
  const paymentHash = `round ${index}`;
  const sent = msat(BigInt(1_000_000 + fee));
  return [
    move({ index, channelId: channelId(to), credit: msat(1_000_000n), at, paymentHash }),
    move({
      ...{ index: index + 1, channelId: channelId(from), at, paymentHash },
      ...{ debit: sent, fees: msat(BigInt(fee)) },
    }),
  ];
}
/** Both halves of a forward, as the node's ledger has it. */
export const routed = (index: number, at: UnixMs, fee: number): readonly ChannelMove[] => [
  move({ index, at, tag: 'routed', debit: msat(1_000_000n), fees: msat(BigInt(fee)) }),
  move({
    ...{ index: index + 1, at, tag: 'routed', channelId: channelId(2) },
    ...{ credit: msat(BigInt(1_000_000 + fee)), fees: msat(BigInt(fee)) },
  }),
];
export const adjustment = (index: number, at: UnixMs, credit: number): ChannelMove =>
  move({ index, at, tag: 'journal_entry', credit: msat(BigInt(credit)) });

/** The wallet opens a channel: what it spends, its change, and the channel. */
export function opening(
  index: number,
  { txid, at, channel, fee }: { txid: string; at: UnixMs; channel: ChannelId; fee: number },
): readonly ChainMove[] {
  const row = (change: Partial<ChainMove>): ChainMove => ({
    index,
    account: { kind: 'wallet' },
    origin: undefined,
    credit: msat(0n),
    debit: msat(0n),
    at,
    tag: 'deposit',
    extraTags: [],
    outpoint: { txid, vout: 0 },
    spendingTxid: undefined,
    output: msat(0n),
    outputCount: undefined,
    height: 800_000 + index,
    ...change,
  });
  const [spent, made] = [msat(10_000_000_000n), msat(4_000_000_000n)];
  const change = msat(spent - made - BigInt(fee));
  return [
    row({
      ...{ tag: 'withdrawal', debit: spent, output: spent, spendingTxid: txid },
      ...{ outpoint: { txid: `${txid} before`, vout: 3 }, outputCount: 2 },
    }),
    row({
      ...{ index: index + 1, credit: change, output: change, outpoint: { txid, vout: 1 } },
    }),
    row({
      ...{ index: index + 2, account: { kind: 'channel', channelId: channel } as const },
      ...{ tag: 'channel_open', extraTags: ['opener'], credit: made, output: made },
    }),
  ];
}
