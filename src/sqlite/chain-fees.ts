/**
 * On-chain fees in the books: of each transaction what is booked, and on which day, so that only what changed is booked
 * again. Writes are within the caller's transaction.
 */
import { type ChainShare, chainCosts } from '../core/books/chain-costs.ts';
import { transactionOf } from '../core/books/chain-transaction.ts';
import { isFundedBy } from '../core/books/funding.ts';
import { COST_KINDS, type CostKind, startOf, type UtcDay, utcDay } from '../core/books/period.ts';
import { type ChannelId, DAY_MS, type Msat, msat, type UnixMs, unixMs } from '../core/units.ts';
import type { OddTransaction } from '../ports/books.ts';
import type { ChainMove, IncomeRow } from '../ports/chain-records.ts';
import type { ChannelKeys, Entry } from './channel-keys.ts';
import { CostDays, NO_CHANNEL } from './cost-days.ts';
import { big, type Database, num, type Statement, text } from './database.ts';
import { word } from './money-columns.ts';

type Posted = {
  readonly key: number;
  readonly kind: CostKind;
  readonly day: UtcDay;
  readonly amount: bigint;
};
type Wanted = { readonly key: number; readonly kind: CostKind; readonly amount: bigint };
type From = 'moves' | 'income';
/** 1 000 000 sat: no fee was ever so high. */
const MOST = 1_000_000_000n;
/** A channel is usable so many days after its fee was paid, at the most. */
const LOCK_IN_DAYS = 3;
/** Every row of a transaction comes within days; what waits longer than this will hardly be booked any more. */
const WAITS_MS = 7 * DAY_MS;
const WAITING = 'it waits: ';

export class ChainFees {
  readonly #keys: ChannelKeys;
  readonly #costs: CostDays;
  readonly #ofTransaction: Statement;
  readonly #ofMoves: Statement;
  readonly #ofChannel: Statement;
  readonly #put: Statement;
  readonly #drop: Statement;
  readonly #odd: Statement;
  readonly #setOdd: Statement;
  readonly #notOdd: Statement;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#costs = new CostDays(db);
    this.#ofTransaction = db.prepare('SELECT * FROM chain_fee WHERE txid = ?', 'money');
    this.#ofMoves = db.prepare('SELECT 1 FROM chain_fee WHERE txid = ? AND moves = 1');
    this.#ofChannel = db.prepare('SELECT 1 FROM chain_fee WHERE key = ? LIMIT 1');
    this.#put = db.prepare(
      `INSERT INTO chain_fee VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET amount_msat = excluded.amount_msat, moves = excluded.moves`,
    );
    this.#drop = db.prepare('DELETE FROM chain_fee WHERE txid = ? AND key = ? AND kind = ?');
    this.#odd = db.prepare(
      `SELECT * FROM chain_odd WHERE because NOT LIKE '${WAITING}%'
       OR at < (SELECT at FROM block_time ORDER BY height DESC LIMIT 1) - ${WAITS_MS} ORDER BY at, txid`,
      'money',
    );
    this.#setOdd = db.prepare(
      `INSERT INTO chain_odd VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         residual_msat = excluded.residual_msat, because = excluded.because`,
    );
    this.#notOdd = db.prepare('DELETE FROM chain_odd WHERE txid = ?');
  }

  /** All moves of one transaction. What is not known yet leaves things as they are. */
  bookMoves(txid: string, moves: readonly ChainMove[]): void {
    const at = unixMs(Math.min(...moves.map((move) => move.at)));
    const costs = chainCosts(moves);
    if ('waiting' in costs) {
      this.#waits(txid, at, moves, costs.waiting);
      return;
    }
    if ('odd' in costs) {
      this.#setOdd.run(txid, at, costs.residual, costs.odd);
      this.#book(txid, [], utcDay(at), 'moves');
      return;
    }
    this.#notOdd.run(txid);
    this.#book(txid, this.#wanted(costs.shares), utcDay(at), 'moves');
  }

  /** It may be whole with the next row; where that never comes, the operator should know that its fee is in no sum. */
  #waits(txid: string, at: UnixMs, moves: readonly ChainMove[], because: string): void {
    if (this.#ofTransaction.get(txid)) return;
    const { paid = 0n, kept = 0n, sent = 0n } = transactionOf(moves) ?? {};
    this.#setOdd.run(txid, at, ...([paid - kept - sent, `${WAITING}${because}`] as const));
  }

  /** Fees that bookkeeper tells of one day; what chain moves told of a transaction stands. */
  bookIncome(day: UtcDay, rows: readonly IncomeRow[]): void {
    for (const [txid, fees] of Map.groupBy(rows.flatMap(feeOf), (fee) => fee.txid)) {
      if (this.#ofMoves.get(txid)) continue;
      for (const [channelId, parts] of Map.groupBy(fees, (fee) => fee.channelId)) {
        const amount = msat(parts.reduce((sum, fee) => sum + fee.amount, 0n));
        this.#bookOne(txid, channelId, amount, day);
      }
    }
  }

  odd(): readonly OddTransaction[] {
    return this.#odd.all().map((row) => ({
      txid: text(row.txid),
      at: unixMs(num(row.at)),
      residual: msat(big(row.residual_msat)),
      because: text(row.because),
    }));
  }

  /** One account's part of a transaction; the others' stay. */
  #bookOne(txid: string, channelId: ChannelId | undefined, amount: Msat, day: UtcDay): void {
    if (amount < 0n || amount > MOST) {
      this.#setOdd.run(txid, startOf(day), amount, 'bookkeeper tells of a fee that cannot be');
      return;
    }
    const key = channelId === undefined ? NO_CHANNEL : this.#keys.ensureChannel(channelId);
    const posted = this.#posted(txid);
    const before = posted.find((one) => one.key === key);
    const kind = before?.kind ?? this.#kindOf(txid, channelId, day);
    const others = posted.filter((one) => one.key !== key);
    this.#book(txid, [...others, { key, kind, amount }], day, 'income');
  }

  #kindOf(txid: string, channelId: ChannelId | undefined, day: UtcDay): CostKind {
    if (channelId === undefined) return 'onchain';
    const key = this.#keys.ensureChannel(channelId);
    const entry = this.#keys.entry(key);
    const first = this.#ofChannel.get(key) === undefined;
    if (isFundedBy(channelId, txid) || (first && isNewAndOurs(entry, day))) return 'open';
    return entry?.closed ? 'close' : 'splice';
  }

  #wanted(shares: readonly ChainShare[]): readonly Wanted[] {
    const byPlace = new Map<string, Wanted>();
    for (const { channelId, kind, amount } of shares) {
      const key = channelId === undefined ? NO_CHANNEL : this.#keys.ensureChannel(channelId);
      const before = byPlace.get(`${key} ${kind}`)?.amount ?? 0n;
      byPlace.set(`${key} ${kind}`, { key, kind, amount: before + amount });
    }
    return [...byPlace.values()];
  }

  /** Books the difference to what is booked: on the day on which the transaction was, once it has one. */
  #book(txid: string, wanted: readonly Wanted[], day: UtcDay, from: From): void {
    const posted = this.#posted(txid);
    const dayOf = posted[0]?.day ?? day;
    for (const { key, kind, amount } of posted) {
      if (wanted.some((one) => one.key === key && one.kind === kind)) continue;
      this.#costs.postOn(dayOf, key, kind, -amount);
      this.#drop.run(txid, key, kind);
    }
    for (const { key, kind, amount } of wanted) {
      const before = posted.find((one) => one.key === key && one.kind === kind)?.amount ?? 0n;
      this.#costs.postOn(dayOf, key, kind, amount - before);
      this.#put.run(txid, key, kind, dayOf, amount, Number(from === 'moves'));
    }
  }
  #posted(txid: string): readonly Posted[] {
    return this.#ofTransaction.all(txid).map((row) => ({
      key: num(row.key),
      kind: word(COST_KINDS, row.kind, 'an on-chain fee'),
      day: num(row.day),
      amount: big(row.amount_msat),
    }));
  }
}

type Fee = {
  readonly txid: string;
  readonly channelId: ChannelId | undefined;
  readonly amount: bigint;
};

/** An account of a plugin, or of nobody, is not ours. */
function feeOf({ tag, txid, account, credit, debit }: IncomeRow): readonly Fee[] {
  if (tag !== 'onchain_fee' || txid === undefined) return [];
  if (account.kind !== 'channel' && account.kind !== 'wallet') return [];
  const channelId = account.kind === 'channel' ? account.channelId : undefined;
  return [{ txid, channelId, amount: debit - credit }];
}

const isNewAndOurs = (entry: Entry | undefined, day: UtcDay): boolean =>
  entry?.openedByPeer === false &&
  !entry.closed &&
  (entry.openedAt === undefined || utcDay(entry.openedAt) + LOCK_IN_DAYS >= day);
