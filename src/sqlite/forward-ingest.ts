/**
 * The write side of ingest: pages of `listforwards` and live events become settled rows, roll-ups and counts,
 * each exactly once, in the same transaction as the cursor (SPEC 2.2).
 *
 * What makes "exactly once" true:
 * - A settled forward is known by (in channel, in htlc id), else by (created_index, resolution time).
 * - A failed one is only counted, so position decides: local_failed when the created cursor passes it; failed when
 *   the created cursor passes it if it was resolved before the hydration mark, else when the updated cursor does.
 * - lightningd gives out the updated index in the order of resolution. So whatever was resolved before a row the
 *   updated pass has read is known, and only that far may rows be pruned; a pruned one that shows up again is known.
 * - In the first pass over `created`, what is older than rows are kept is summed at once and never becomes a row: its
 *   position says that it was not there before. Whatever else brings such a forward meanwhile is left to that pass.
 */
import { type Msat, type UnixMs, unixMs } from '../core/units.ts';
import type { Forward, ForwardIndex } from '../ports/node.ts';
import type { IngestCount } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, nullable, type Statement } from './database.ts';
import { type FailureCounts, FailureTally } from './failure-counts.ts';
import {
  ForwardTally,
  RollUps,
  type SettledRow,
  settledRow,
  wipeRollUps,
} from './forward-tally.ts';
import {
  hydrationBegins,
  hydrationEnds,
  hydrationRestarts,
  type IngestState,
  type IngestStateRow,
  later,
} from './ingest-state.ts';
import type { ReputationCounters } from './reputation-counters.ts';

/** No forward carries more than 10 000 BTC: a larger amount is malformed, and sums stay within 64 bits. */
const MAX_AMOUNT = 1_000_000_000_000_000n;

type Usable = {
  readonly in: Msat;
  readonly out: Msat;
  readonly fee: Msat;
  readonly outChannel: string;
};

/** What a commit added: the new settled rows in their order, and their sums. */
export type StoredBatch = {
  readonly tally: ForwardTally;
  readonly sold: readonly SettledRow[];
};

/** Everything one transaction gathers. */
type Batch = {
  state: IngestState;
  readonly tally: ForwardTally;
  readonly failures: FailureTally;
  readonly reputation: Map<number, { success: number; failure: number }>;
  readonly weigh: (resolved: UnixMs) => number;
  count: { settled: number; failed: number; localFailed: number; repeated: number };
  unusable: number;
  anyUnusable: boolean;
  readonly sold: SettledRow[];
};

export class ForwardIngest {
  readonly #db: Database;
  readonly #keys: ChannelKeys;
  readonly #stateRow: IngestStateRow;
  readonly #rollUps: RollUps;
  readonly #failures: FailureCounts;
  readonly #reputation: ReputationCounters;
  readonly #problem: (sentence: string) => void;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #all: Statement;
  readonly #hasUnusable: Statement;
  readonly #noteUnusable: Statement;
  readonly #nowUsable: Statement;
  readonly #forgiveAll: Statement;
  readonly #stored: (batch: StoredBatch) => void;

  constructor(parts: {
    readonly db: Database;
    readonly keys: ChannelKeys;
    readonly stateRow: IngestStateRow;
    readonly failures: FailureCounts;
    readonly reputation: ReputationCounters;
    readonly problem: (sentence: string) => void;
    /** Told after the commit. */
    readonly stored: (batch: StoredBatch) => void;
  }) {
    const { db } = parts;
    this.#db = db;
    this.#keys = parts.keys;
    this.#stateRow = parts.stateRow;
    this.#failures = parts.failures;
    this.#reputation = parts.reputation;
    this.#problem = parts.problem;
    this.#stored = parts.stored;
    this.#rollUps = new RollUps(db);
    this.#insert = db.prepare(
      'INSERT INTO settled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#find = db.prepare('SELECT 1 FROM settled WHERE in_key = ? AND in_htlc = ?');
    this.#all = db.prepare('SELECT * FROM settled', 'money');
    this.#hasUnusable = db.prepare('SELECT 1 FROM unusable LIMIT 1');
    this.#noteUnusable = db.prepare('INSERT INTO unusable VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#nowUsable = db.prepare('DELETE FROM unusable WHERE in_name = ? AND id = ?');
    this.#forgiveAll = db.prepare('UPDATE reputation SET failure = 0');
  }

  beginHydration(updatedIndex: number, foldBefore: UnixMs | undefined): void {
    if (this.#stateRow.read().hydrationMark !== undefined) return;
    this.#db.transaction(() =>
      this.#stateRow.write(hydrationBegins(this.#stateRow.read(), updatedIndex, foldBefore)),
    );
  }

  restartHydration(updatedIndex: number): void {
    this.#db.transaction(() => {
      const state = this.#stateRow.read();
      const neverEnded = state.completeUntil === undefined && !state.hydrated;
      if (neverEnded && state.failedKnown === undefined && state.localKnown === undefined) {
        this.#failures.wipe();
        this.#forgiveAll.run();
        if (state.foldBefore !== undefined) this.#sumAgain();
        const begun = hydrationBegins(state, updatedIndex, state.foldBefore);
        this.#stateRow.write({ ...begun, failed: 0, localFailed: 0 });
      } else {
        this.#stateRow.write(hydrationRestarts(state, updatedIndex));
      }
    });
  }

  /** What was only summed will be read again: the roll-ups are made anew from the rows there are. */
  #sumAgain(): void {
    wipeRollUps(this.#db);
    const tally = new ForwardTally();
    this.#all.each((row) => tally.add(settledRow(row), 1));
    this.#rollUps.add(tally);
  }

  setHydrated(): void {
    this.#db.transaction(() => this.#stateRow.write(hydrationEnds(this.#stateRow.read())));
  }

  storePage(index: ForwardIndex, rows: readonly Forward[], last: number, at: UnixMs): IngestCount {
    return this.#batch(at, 'refetchable', (batch) => {
      const before = batch.state;
      const seen = new Set<number>();
      for (const row of rows) {
        this.#follow(batch, index, row);
        if (row.status === 'settled') this.#settledInPass(batch, index, row, before, seen);
        else if (isNewFailure(index, row, before, seen)) this.#failed(batch, row);
      }
      const next = Math.max(before[index], last);
      batch.state = { ...batch.state, [index]: next };
    });
  }

  storeEvents(events: readonly Forward[], at: UnixMs): IngestCount {
    return this.#batch(at, 'full', (batch) => {
      for (const event of events) {
        // Without its htlc id a live event has no key to be known by; the passes bring it.
        if (event.status !== 'settled' || event.inHtlcId === undefined) continue;
        if (isFolding(batch.state, event)) batch.count.repeated += 1;
        else this.#settled(batch, event);
      }
    });
  }

  #batch(
    at: UnixMs,
    durability: 'full' | 'refetchable',
    gather: (batch: Batch) => void,
  ): IngestCount {
    const batch = this.#db.transaction(() => {
      const one: Batch = {
        state: this.#stateRow.read(),
        tally: new ForwardTally(),
        failures: new FailureTally(this.#keys, this.#stateRow.read().foldBefore, at),
        reputation: new Map(),
        weigh: this.#reputation.weigher(at),
        count: { settled: 0, failed: 0, localFailed: 0, repeated: 0 },
        unusable: 0,
        anyUnusable: this.#hasUnusable.get() !== undefined,
        sold: [],
      };
      gather(one);
      this.#rollUps.add(one.tally);
      this.#failures.add(one.failures);
      for (const [key, { success, failure }] of one.reputation)
        this.#reputation.add(key, success, failure);
      this.#stateRow.write(one.state);
      return one;
    }, durability);
    this.#stored({ tally: batch.tally, sold: batch.sold });
    if (batch.unusable > 0)
      this.#problem(
        `${batch.unusable} settled forward(s) without usable amounts: stored as unusable, in no sum`,
      );
    return batch.count;
  }

  /** Notes how far the order of the indexes proves that nothing is missing. */
  #follow(batch: Batch, index: ForwardIndex, row: Forward): void {
    const { state } = batch;
    const mark = state.hydrationMark ?? 0;
    if (index === 'created') {
      const receivedUntil = later(state.receivedUntil, row.receivedAt);
      if (receivedUntil !== state.receivedUntil) batch.state = { ...state, receivedUntil };
    }
    if (row.updatedIndex === undefined || row.resolvedAt === undefined) return;
    if (index === 'created' && row.updatedIndex > mark) return;
    const resolvedUntil = later(batch.state.resolvedUntil, row.resolvedAt);
    if (resolvedUntil === batch.state.resolvedUntil) return;
    const completeUntil = state.hydrated ? resolvedUntil : state.completeUntil;
    batch.state = { ...batch.state, resolvedUntil, completeUntil };
  }

  /** Summed at once when it is older than rows are kept and this is the place where it is seen the first time. */
  #settledInPass(
    batch: Batch,
    index: ForwardIndex,
    row: Forward,
    before: IngestState,
    seen: Set<number>,
  ): void {
    const { createdIndex, updatedIndex } = row;
    const resolvedBefore = (updatedIndex ?? Infinity) <= (before.hydrationMark ?? 0);
    if (!isFolding(before, row) || !resolvedBefore || createdIndex === undefined) {
      this.#settled(batch, row);
      return;
    }
    const usable = amounts(row);
    const isNew = index === 'created' && createdIndex > before.created && !seen.has(createdIndex);
    if (!usable) this.#settled(batch, row);
    else if (!isNew) batch.count.repeated += 1;
    else {
      seen.add(createdIndex);
      batch.count.settled += 1;
      batch.tally.fold(this.#rowOf(row, usable));
    }
  }

  #rowOf(row: Forward, usable: Usable): SettledRow {
    const at = settledAt(row);
    return {
      inKey: this.#keys.ensureName(row.inChannel),
      outKey: this.#keys.ensureName(usable.outChannel),
      in: usable.in,
      out: usable.out,
      fee: usable.fee,
      at,
      holdMs: row.resolvedAt === undefined ? undefined : Math.max(0, at - row.receivedAt),
    };
  }

  #settled(batch: Batch, row: Forward): void {
    const { state } = batch;
    const at = settledAt(row);
    if (at < state.prunedBefore) {
      batch.count.repeated += 1;
      return;
    }
    const usable = amounts(row);
    const id = String(row.inHtlcId ?? `created ${row.createdIndex}`);
    if (!usable) {
      this.#unusable(batch, row, id, at);
      return;
    }
    const stored = this.#rowOf(row, usable);
    const sequence = state.sequence + 1;
    if (!this.#insertRow(sequence, row, stored)) {
      batch.count.repeated += 1;
      return;
    }
    if (batch.anyUnusable) this.#nowUsable.run(row.inChannel, id);
    batch.count.settled += 1;
    batch.state = { ...state, sequence, settledRows: state.settledRows + 1 };
    batch.tally.add(stored, 1);
    batch.sold.push(stored);
    credit(batch, stored.inKey, 'success', at);
  }

  /** Kept apart, once; a known forward whose repeat lacks its amounts stays as it is. */
  #unusable(batch: Batch, row: Forward, id: string, at: UnixMs): void {
    const key = this.#keys.keyOfName(row.inChannel);
    const known =
      key !== undefined &&
      row.inHtlcId !== undefined &&
      this.#find.get(key, BigInt.asIntN(64, row.inHtlcId)) !== undefined;
    if (known || this.#noteUnusable.run(row.inChannel, id, at) === 0) batch.count.repeated += 1;
    else batch.unusable += 1;
    batch.anyUnusable = true;
  }

  #insertRow(sequence: number, row: Forward, stored: SettledRow): boolean {
    const htlc = row.inHtlcId === undefined ? null : BigInt.asIntN(64, row.inHtlcId);
    const created = htlc === null ? nullable(row.createdIndex) : null;
    const { inKey, outKey, holdMs } = stored;
    const changed = this.#insert.run(
      sequence,
      inKey,
      htlc,
      created,
      outKey,
      stored.in,
      stored.out,
      stored.fee,
      stored.at,
      nullable(holdMs),
    );
    return changed > 0;
  }

  #failed(batch: Batch, row: FailedForward): void {
    const { state } = batch;
    if (row.status === 'local_failed') {
      batch.failures.add(row, row.receivedAt);
      batch.count.localFailed += 1;
      batch.state = { ...state, localFailed: state.localFailed + 1 };
    } else {
      const at = unixMs(row.resolvedAt ?? row.receivedAt);
      const inKey = batch.failures.add(row, at);
      batch.count.failed += 1;
      batch.state = { ...state, failed: state.failed + 1 };
      credit(batch, inKey, 'failure', at);
    }
  }
}

/** lightningd dates every settled row; the moment of receipt is the nearest thing to it. */
const settledAt = (row: Forward): UnixMs => row.resolvedAt ?? row.receivedAt;

const isFolding = ({ foldBefore }: IngestState, row: Forward): boolean =>
  foldBefore !== undefined && settledAt(row) < foldBefore;

type FailedForward = Forward & { readonly status: 'failed' | 'local_failed' };

/** `local_failed` is our own doing and never reaches here (SPEC 2.6). */
function credit(batch: Batch, key: number, kind: 'success' | 'failure', at: UnixMs): void {
  const counters = batch.reputation.get(key) ?? { success: 0, failure: 0 };
  counters[kind] += batch.weigh(at);
  batch.reputation.set(key, counters);
}

/** undefined: an amount or the out channel is missing or malformed. Unknown is not zero. */
function amounts({ inMsat, outMsat, feeMsat, outChannel }: Forward): Usable | undefined {
  if (inMsat === undefined || outMsat === undefined || feeMsat === undefined) return undefined;
  if (outChannel === undefined) return undefined;
  const sane = [inMsat, outMsat, feeMsat].every((amount) => amount >= 0n && amount <= MAX_AMOUNT);
  return sane ? { in: inMsat, out: outMsat, fee: feeMsat, outChannel } : undefined;
}

/** Whether this page is the one in which the failed row is counted (see the head of the file). */
function isNewFailure(
  index: ForwardIndex,
  row: Forward,
  before: IngestState,
  seen: Set<number>,
): row is FailedForward {
  if (row.status !== 'failed' && row.status !== 'local_failed') return false;
  const position = index === 'created' ? row.createdIndex : row.updatedIndex;
  if (position === undefined || position <= before[index] || seen.has(position)) return false;
  seen.add(position);
  if (row.status === 'local_failed')
    return index === 'created' && row.receivedAt > (before.localKnown ?? -1);
  const mark = before.hydrationMark ?? 0;
  const pass = (row.updatedIndex ?? 0) <= mark ? 'created' : 'updated';
  return index === pass && (row.resolvedAt ?? row.receivedAt) > (before.failedKnown ?? -1);
}
