/** What one transaction did with our money, put together from the rows the node recorded of it. */
import type { ChannelId } from '../units.ts';
import type { ChainMove } from './chain-move.ts';

/** How a channel of ours takes part. */
export type ChannelPart = {
  readonly channelId: ChannelId;
  readonly role: 'open' | 'close' | 'splice';
  /** We paid in: a fundee that adds nothing pays nothing. */
  readonly paying: boolean;
  /** What it becomes behind a splice is not recorded yet: that comes with the lock-in. */
  readonly open: boolean;
  /** Where it stands in the transaction: only for a fixed order. */
  readonly vout: number;
};

export type ChainTransaction = {
  readonly txid: string;
  /** Ours alone, each once. */
  readonly spends: readonly ChainMove[];
  readonly outputs: readonly ChainMove[];
  readonly parts: readonly ChannelPart[];
  /** An account of a plugin paid as well: nobody knows whose fee it is. */
  readonly shared: boolean;
  /** Outputs of money that left us on purpose, msat. */
  readonly sent: bigint;
  /** Debits of ours, msat. */
  readonly paid: bigint;
  /** What came back to us, msat. */
  readonly kept: bigint;
  /** The peer paid in or took out: there are inputs and outputs nobody records for us. */
  readonly peerTakesPart: boolean;
};

/** A row of money that is ours. A plugin's own (`foreign`) is not, whatever account it stands on. */
export const isOurs = ({ account, extraTags }: ChainMove): boolean =>
  (account.kind === 'channel' || account.kind === 'wallet') && !extraTags.includes('foreign');
const isPlugins = (row: ChainMove): boolean => !isOurs(row) && row.account.kind !== 'external';

/** undefined: no rows, or only those of what later spent it. Throws RangeError for rows of two transactions. */
export function transactionOf(moves: readonly ChainMove[]): ChainTransaction | undefined {
  const txid = nameOf(moves);
  if (txid === undefined) return undefined;
  const spends = once(moves.filter((row) => row.spendingTxid === txid));
  // All of one transaction, or it would have no name.
  const outputs = once(moves.filter((row) => row.spendingTxid === undefined));
  const own = spends.filter(isOurs);
  const parts = partsOf(own, outputs.filter(isOurs));
  const closing = own.some((row) => row.tag === 'channel_close' && !isSplice(row, parts));
  return {
    txid,
    spends: own,
    outputs,
    parts,
    shared: spends.some((row) => isPlugins(row) && row.debit > 0n),
    paid: sum(own, ({ debit }) => debit),
    kept: sum(
      // An incoming payment we claim on the chain was no part of the balance the close debits.
      outputs.filter((row) => isOurs(row) && !(closing && isClaimed(row))),
      ({ credit }) => credit,
    ),
    sent: sum(outputs.filter(leaves(outputs, parts)), ({ credit }) => credit),
    peerTakesPart: peerTakesPart(own, outputs),
  };
}

/** Rows of what later spent its outputs may be among them. */
function nameOf(moves: readonly ChainMove[]): string | undefined {
  const made = new Set(
    moves.filter((row) => row.spendingTxid === undefined).map(({ outpoint }) => outpoint.txid),
  );
  const names = made.size > 0 ? made : new Set(moves.map(({ spendingTxid }) => spendingTxid));
  const [txid] = names;
  if (made.size === 0) return names.size === 1 ? txid : undefined;
  const strange = moves.find((row) => row.spendingTxid !== txid && row.outpoint.txid !== txid);
  if (strange) throw new RangeError(`rows of several transactions: ${[...names].join(', ')}`);
  return txid;
}

/** lightningd records a thing again after a restart or a reorganisation: the last row counts. */
function once(rows: readonly ChainMove[]): readonly ChainMove[] {
  const byKey = new Map<string, ChainMove>();
  for (const row of rows.toSorted((a, b) => a.index - b.index)) {
    const { account, outpoint, spendingTxid, tag } = row;
    const whose = account.kind === 'channel' ? account.channelId : account.kind;
    const name = account.kind === 'other' ? account.name : '';
    const what = spendingTxid === undefined ? tag : '';
    byKey.set(`${whose}/${name}/${outpoint.txid}:${outpoint.vout}/${what}`, row);
  }
  return [...byKey.values()];
}

const sum = (rows: readonly ChainMove[], amount: (row: ChainMove) => bigint): bigint =>
  rows.reduce((total, row) => total + amount(row), 0n);

const channelOf = ({ account }: ChainMove): ChannelId | undefined =>
  account.kind === 'channel' ? account.channelId : undefined;
const isClaimed = (row: ChainMove): boolean =>
  row.account.kind === 'channel' && row.tag === 'htlc_fulfill';
const isSplice = (row: ChainMove, parts: readonly ChannelPart[]): boolean =>
  parts.some((part) => part.role === 'splice' && part.channelId === channelOf(row));

/** A channel both spent and opened anew is spliced; one only spent is closed (its sweeps too). */
function partsOf(
  spends: readonly ChainMove[],
  outputs: readonly ChainMove[],
): readonly ChannelPart[] {
  const parts = new Map<ChannelId, ChannelPart>();
  const opens = outputs.filter(({ tag }) => tag === 'channel_open');
  for (const row of spends) {
    const channelId = channelOf(row);
    if (channelId === undefined) continue;
    const again = opens.find((open) => channelOf(open) === channelId);
    const spliced = again !== undefined || row.extraTags.includes('splice');
    const vout = again?.outpoint.vout ?? row.outpoint.vout;
    const open = spliced && again === undefined;
    const role = spliced ? 'splice' : 'close';
    parts.set(channelId, { channelId, role, paying: true, open, vout });
  }
  for (const row of opens) {
    const channelId = channelOf(row);
    if (channelId === undefined || parts.has(channelId)) continue;
    const paying = row.credit > 0n || row.extraTags.includes('opener');
    const { vout } = row.outpoint;
    parts.set(channelId, { channelId, role: 'open', paying, open: false, vout });
  }
  return [...parts.values()].sort(
    (a, b) => a.vout - b.vout || (a.channelId < b.channelId ? -1 : 1),
  );
}

/**
 * Whether an output took money out of our accounts on purpose: a payment from the wallet, one out of a channel that
 * is spliced, a plugin's account, or a payment on its way that a closed channel owed and the peer claimed. The
 * peer's outputs of a close, anchors and penalties were never ours.
 */
function leaves(
  outputs: readonly ChainMove[],
  parts: readonly ChannelPart[],
): (row: ChainMove) => boolean {
  const known = new Set(outputs.filter(isOurs).map(({ outpoint }) => outpoint.vout));
  const spliced = new Set(
    parts.flatMap(({ channelId, role }) => (role === 'splice' ? [channelId] : [])),
  );
  return (row) => {
    if (isOurs(row) || known.has(row.outpoint.vout)) return false;
    if (isPlugins(row)) return true;
    const { origin, tag } = row;
    if (origin?.kind === 'wallet') return true;
    if (origin?.kind !== 'channel') return false;
    return spliced.has(origin.channelId)
      ? tag === 'deposit' || tag === 'withdrawal'
      : tag === 'htlc_fulfill';
  };
}

/** Whether the peers' side of the channels changed by it. */
function peerTakesPart(spends: readonly ChainMove[], outputs: readonly ChainMove[]): boolean {
  const before = sum(
    spends.filter((row) => channelOf(row) !== undefined),
    ({ output, debit }) => output - debit,
  );
  const after = sum(
    outputs.filter((row) => isOurs(row) && row.tag === 'channel_open'),
    ({ output, credit }) => output - credit,
  );
  return before !== after;
}
