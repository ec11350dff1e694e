/**
 * What a transaction cost us, from all the node recorded of it (SPEC 6.1): our debits less what came back to us or
 * was sent on purpose. Nothing is booked before every row that must come is there, nor what cannot be believed.
 */
import { type ChannelId, type Msat, msat } from '../units.ts';
import type { ChainMove } from './chain-move.ts';
import { type ChainTransaction, isOurs, transactionOf } from './chain-transaction.ts';

export type ChainShare = {
  /** undefined: of no channel, the wallet moved. */
  readonly channelId: ChannelId | undefined;
  readonly kind: 'open' | 'close' | 'splice' | 'onchain';
  /** Zero is a fact too: a channel that the peer opened cost nothing. */
  readonly amount: Msat;
};
export type ChainCosts =
  | { readonly shares: readonly ChainShare[] }
  /** Never booked, to be shown. `residual`: what would have been the fee, signed. */
  | { readonly odd: string; readonly residual: Msat }
  /** More rows must come, or would have to: until then nothing is known. */
  | { readonly waiting: string };

/** 21 million bitcoin. */
const ALL_MONEY = 2_100_000_000_000_000_000n;
/** 1 000 000 sat: at 1000 sat/vB, more than any block ever asked on average, ten channels opened at once. */
const MOST = 1_000_000_000n;
/** Of what went in, a fee takes less than half; below 10 000 sat, sweeping crumbs may take more. */
const CRUMBS = 10_000_000n;
/**
 * A wallet's transaction above this has rather an output we have not seen: lightningd records a channel only once it
 * is locked in, hours after its change. 500 sat/vB where it opens channels, three times that elsewhere, since a small
 * child may pay for its large parent. Below: size of a segwit input, of the largest output, and of the rest.
 */
const [MOST_PER_VB, MOST_OF_A_CHILD] = [500_000n, 1_500_000n];
const [INPUT_VB, OUTPUT_VB, REST_VB] = [68, 43, 11];

/** `moves`: all known rows of one transaction, in any order. Throws RangeError for rows of several. */
export function chainCosts(moves: readonly ChainMove[]): ChainCosts {
  const tx = transactionOf(moves);
  if (tx === undefined)
    return moves.length === 0 ? { shares: [] } : { waiting: 'only its spending was recorded' };
  const residual = msat(tx.paid - tx.kept - tx.sent);
  const impossible = moves.find((row) => !isPossible(row));
  if (impossible) return { odd: `row ${impossible.index} has an amount that cannot be`, residual };
  if (tx.spends.length === 0) return withoutSpend(tx);
  if (tx.shared) return { odd: 'an account of a plugin paid for it as well', residual };
  const missing = unseen(tx);
  if (missing !== undefined) return { waiting: missing };
  const odd = beyondBelief(tx, residual);
  if (odd !== undefined) return { odd, residual };
  if (isTooDense(tx, residual))
    return { waiting: 'it spends more than a fee: an output was not recorded yet' };
  return { shares: shared(tx, residual) };
}

const isPossible = ({ credit, debit, output }: ChainMove): boolean =>
  [credit, debit, output].every((amount) => amount >= 0n && amount <= ALL_MONEY) &&
  (credit === 0n || debit === 0n);

/** Nothing of ours was spent by it, as far as is known. */
function withoutSpend(tx: ChainTransaction): ChainCosts {
  if (tx.sent > 0n) return { waiting: 'what paid for it was not recorded yet' };
  const orphan = tx.outputs.some(
    (row) =>
      isOurs(row) &&
      row.account.kind === 'channel' &&
      (row.tag !== 'channel_open' || row.credit > 0n || row.extraTags.includes('opener')),
  );
  if (orphan) return { waiting: 'what paid for our part of a channel was not recorded yet' };
  return { shares: tx.parts.map(({ channelId }) => of(channelId, 'open', 0n)) };
}

/** Why not all of it is known yet; undefined: it is. */
function unseen(tx: ChainTransaction): string | undefined {
  if (tx.parts.some(({ open }) => open)) return 'the channel behind a splice is not recorded yet';
  const seen = new Set(tx.outputs.map(({ outpoint }) => outpoint.vout));
  const said = tx.spends.flatMap(({ outputCount }) => outputCount ?? []);
  const count = tx.peerTakesPart && !closes(tx) ? undefined : max(said);
  if (count !== undefined)
    return seen.size < count ? `${seen.size} of its ${count} outputs are recorded` : undefined;
  if (tx.kept === 0n && tx.sent === 0n && tx.paid > 0n) return 'no output of it is recorded yet';
  // An output nobody recorded between two that were: somebody got something, and it was no fee.
  const last = max([...seen]) ?? -1;
  if (seen.size <= last && !tx.peerTakesPart)
    return `${seen.size} of its outputs 0 to ${last} are recorded`;
  return undefined;
}

const max = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((most, one) => Math.max(most, one));
const closes = ({ parts }: ChainTransaction): boolean => parts.some(({ role }) => role === 'close');

function beyondBelief(tx: ChainTransaction, residual: Msat): string | undefined {
  if (residual < 0n) return 'more came out of it than went in';
  // Change alone: the channel or payment it makes comes later, whatever its size.
  if (isChangeOnly(tx)) return undefined;
  if (residual > MOST) return 'the fee would be above 1 000 000 sat';
  if (residual > CRUMBS && residual * 2n > tx.paid)
    return 'the fee would be more than half of what went in';
  return undefined;
}

const isWallets = ({ spends }: ChainTransaction): boolean =>
  spends.every(({ account }) => account.kind === 'wallet');
const isChangeOnly = (tx: ChainTransaction): boolean =>
  isWallets(tx) && tx.outputs.every((row) => row.account.kind === 'wallet');

function isTooDense(tx: ChainTransaction, residual: Msat): boolean {
  if (!isWallets(tx)) return false;
  const size = REST_VB + INPUT_VB * tx.spends.length + OUTPUT_VB * tx.outputs.length;
  return residual > BigInt(size) * (tx.parts.length > 0 ? MOST_PER_VB : MOST_OF_A_CHILD);
}

/** To the channels it was made for, equally, to the msat; else to the wallet. */
function shared(tx: ChainTransaction, residual: Msat): readonly ChainShare[] {
  const paying = tx.parts.filter((part) => part.paying);
  const free = tx.parts
    .filter((part) => !part.paying)
    .map(({ channelId, role }) => of(channelId, role, 0n));
  if (paying.length === 0) return [...free, of(undefined, 'onchain', residual)];
  const each = residual / BigInt(paying.length);
  const rest = residual % BigInt(paying.length);
  const shares = paying.map(({ channelId, role }, i) =>
    of(channelId, role, BigInt(i) < rest ? each + 1n : each),
  );
  return [...shares, ...free];
}

const of = (
  channelId: ChannelId | undefined,
  kind: ChainShare['kind'],
  amount: bigint,
): ChainShare => ({ channelId, kind, amount: msat(amount) });
