/** What was taken over from the Python plugin (docs/decisions/009). */
import type { PastDay } from '../core/import/day-book.ts';
import { dayStart } from '../core/import/horizon.ts';
import type { PastCost, PastFeeChange, PastRebalance } from '../core/import/records.ts';
import { parseChannelId, type UnixMs, unixMs } from '../core/units.ts';
import type { AncestorSchema } from '../ports/ancestor.ts';
import { Bug } from '../ports/errors.ts';
import type { ImportedSoFar, ImportSource, ImportStore, MarkKind } from '../ports/imports.ts';
import { StoreFailed } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, nullable, num, numOr, text } from './database.ts';
import { ForwardTally, RollUps } from './forward-tally.ts';
import { IngestStateRow } from './ingest-state.ts';

const LAYOUTS: readonly AncestorSchema[] = ['v1.4', 'v2.2'];

type Parts = {
  readonly db: Database;
  readonly keys: ChannelKeys;
  /** Days were added: what was read of them is void. */
  readonly changed: () => void;
};

export class SqliteImportStore implements ImportStore {
  readonly #parts: Parts;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #rollUps: RollUps;
  readonly #state: IngestStateRow;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sql = prepare(parts.db);
    this.#rollUps = new RollUps(parts.db);
    this.#state = new IngestStateRow(parts.db);
  }

  firstForwardDay(): number | undefined {
    return numOr(this.#sql.firstDay.get()?.day);
  }

  lastSource(): ImportSource | undefined {
    const row = this.#sql.lastSource.get();
    if (!row) return undefined;
    const schema = LAYOUTS.find((one) => one === row.layout);
    if (schema === undefined) throw new StoreFailed('the last import is of no layout we know');
    return { schema, fingerprint: text(row.fingerprint), horizonDay: num(row.horizon_day) };
  }

  begin({ fingerprint, schema, horizonDay }: ImportSource, at: UnixMs): void {
    this.#parts.db.transaction(() => {
      const last = this.lastSource();
      if (last?.fingerprint !== fingerprint)
        this.#sql.addSource.run(fingerprint, schema, horizonDay, at);
      const state = this.#state.read();
      const prunedBefore = unixMs(Math.max(state.prunedBefore, dayStart(horizonDay)));
      this.#state.write({ ...state, prunedBefore });
    });
  }

  finish(at: UnixMs): void {
    this.#parts.db.transaction(() => this.#sql.finish.run(at));
  }

  addDays(days: readonly PastDay[]): void {
    const { db, changed } = this.#parts;
    db.transaction(() => {
      const tally = new ForwardTally();
      let before = this.firstForwardDay() ?? Number.MAX_SAFE_INTEGER;
      for (const day of days) {
        if (day.day >= before) throw new Bug(`day ${day.day} is in the books already`);
        before = day.day;
        this.#pour(day, tally);
      }
      this.#rollUps.add(tally);
    }, 'refetchable');
    changed();
  }

  #pour({ day, count, in: came, out, fee, channels }: PastDay, tally: ForwardTally): void {
    tally.nodeDays.set(day, { count, in: came, out, fee });
    channels.forEach(({ name, ...sums }, place) => {
      tally.folded.set(day * MOST_PLACES + place, { ...sums, key: this.#keyOf(name), day });
    });
  }

  #keyOf(name: string): number {
    const channelId = parseChannelId(name);
    const { keys } = this.#parts;
    return channelId === undefined ? keys.ensureName(name) : keys.ensureChannel(channelId);
  }

  knowsCost({ channel, at, cost, moved }: PastCost): boolean {
    return this.#sql.hasCost.get(channel, at, ...([cost, moved] as const)) !== undefined;
  }
  knowsRebalance({ destination, source, at, amount, end }: PastRebalance): boolean {
    return this.#sql.hasRebalance.get(destination, source, at, amount as bigint, end) !== undefined;
  }
  knowsFeeChange({ channel, at, from, to }: PastFeeChange): boolean {
    return this.#sql.hasFeeChange.get(channel, at, from, to) !== undefined;
  }

  addCosts(costs: readonly PastCost[]): void {
    this.#write(() => {
      for (const { channel, at, cost, moved } of costs) {
        // It is booked by its key as it is written (migration 006).
        this.#keyOf(channel);
        this.#sql.addCost.run(channel, at, ...([cost, moved] as const));
      }
    });
  }
  addRebalances(rebalances: readonly PastRebalance[]): void {
    this.#write(() => {
      for (const { destination, source, at, kind, end, amount, cap, fee } of rebalances)
        this.#sql.addRebalance.run(
          ...([destination, source, at, kind, end] as const),
          ...([amount, cap, nullable<bigint>(fee)] as const),
        );
    });
  }
  addFeeChanges(changes: readonly PastFeeChange[]): void {
    this.#write(() => {
      for (const { channel, at, from, to, reason, manual } of changes)
        this.#sql.addFeeChange.run(channel, at, from, to, reason, Number(manual));
    });
  }

  marked(kind: MarkKind, name: string): boolean {
    return this.#sql.marked.get(kind, name) !== undefined;
  }
  mark(kind: MarkKind, names: readonly string[]): void {
    this.#write(() => {
      for (const name of names) this.#sql.mark.run(kind, name);
    });
  }

  soFar(): ImportedSoFar {
    const row = this.#sql.counts.get() ?? {};
    return {
      costs: num(row.costs),
      rebalances: num(row.rebalances),
      feeChanges: num(row.changes),
    };
  }

  /** A power cut may take the last of it back: the next import brings it again. */
  #write(work: () => void): void {
    this.#parts.db.transaction(work, 'refetchable');
  }
}

/** More channels than any day has here. */
const MOST_PLACES = 100_000;

const prepare = (db: Database) => ({
  firstDay: db.prepare('SELECT min(day) AS day FROM node_day WHERE count > 0'),
  lastSource: db.prepare('SELECT * FROM import_source ORDER BY id DESC LIMIT 1'),
  addSource: db.prepare('INSERT INTO import_source VALUES (NULL, ?, ?, ?, ?, NULL)'),
  finish: db.prepare(
    'UPDATE import_source SET finished_at = ? WHERE id = (SELECT max(id) FROM import_source)',
  ),
  hasCost: db.prepare(
    'SELECT 1 FROM imported_cost WHERE channel = ? AND at = ? AND cost_msat = ? AND moved_msat = ?',
  ),
  hasRebalance: db.prepare(
    `SELECT 1 FROM imported_rebalance
     WHERE destination = ? AND source = ? AND at = ? AND amount_msat = ? AND outcome = ?`,
  ),
  hasFeeChange: db.prepare(
    'SELECT 1 FROM imported_fee_change WHERE channel = ? AND at = ? AND from_ppm = ? AND to_ppm = ?',
  ),
  addCost: db.prepare('INSERT INTO imported_cost VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
  addRebalance: db.prepare(
    'INSERT INTO imported_rebalance VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  ),
  addFeeChange: db.prepare(
    'INSERT INTO imported_fee_change VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  ),
  marked: db.prepare('SELECT 1 FROM imported_mark WHERE kind = ? AND name = ?'),
  mark: db.prepare('INSERT INTO imported_mark VALUES (?, ?) ON CONFLICT DO NOTHING'),
  counts: db.prepare(
    `SELECT (SELECT count(*) FROM imported_cost) AS costs,
       (SELECT count(*) FROM imported_rebalance) AS rebalances,
       (SELECT count(*) FROM imported_fee_change) AS changes`,
  ),
});
