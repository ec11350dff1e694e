/** Everything about forwards, put together: ingest writes, the queries read, retention forgets. */
import {
  type ChannelId,
  DAY_MS,
  HOUR_MS,
  type Msat,
  msat,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { Forward, ForwardIndex } from '../ports/node.ts';
import type { ForwardStore, IngestCount, IngestCursors } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, num, type Statement } from './database.ts';
import { FailureCounts } from './failure-counts.ts';
import { ForwardIngest, type StoredBatch } from './forward-ingest.ts';
import { ForwardRetention } from './forward-retention.ts';
import { IngestStateRow } from './ingest-state.ts';
import { LifetimeFlow } from './lifetime-flow.ts';
import { type DayCells, dayCells, type HourCells, hourCells } from './period-cells.ts';
import type { ReputationCounters } from './reputation-counters.ts';
import { RollingFlow } from './rolling-flow.ts';
import { SoldForwards } from './sold-forwards.ts';

export class SqliteForwardStore implements ForwardStore {
  readonly #stateRow: IngestStateRow;
  readonly #failures: FailureCounts;
  readonly #ingest: ForwardIngest;
  readonly #rolling: RollingFlow;
  readonly #lifetime: LifetimeFlow;
  readonly #sold: SoldForwards;
  readonly #retention: ForwardRetention;
  readonly #unusable: Statement;
  readonly #hours: HourCells;
  readonly #days: DayCells;
  readonly #keys: ChannelKeys;

  constructor(
    db: Database,
    keys: ChannelKeys,
    reputation: ReputationCounters,
    problem: (sentence: string) => void,
  ) {
    this.#keys = keys;
    this.#stateRow = new IngestStateRow(db);
    this.#failures = new FailureCounts(db);
    this.#hours = hourCells(db);
    this.#days = dayCells(db);
    this.#rolling = new RollingFlow(db, keys, this.#hours);
    this.#lifetime = new LifetimeFlow(db, keys, this.#days);
    this.#sold = new SoldForwards(db, keys, this.#hours);
    this.#retention = new ForwardRetention(db, this.#stateRow, this.#failures);
    this.#unusable = db.prepare('SELECT count(*) AS count FROM unusable');
    this.#ingest = new ForwardIngest({
      db,
      keys,
      stateRow: this.#stateRow,
      failures: this.#failures,
      reputation,
      problem,
      stored: (batch) => this.#stored(batch),
    });
  }

  cursors(): IngestCursors {
    const { created, updated, hydrationMark, hydrated } = this.#stateRow.read();
    return { created, updated, hydrationMark, hydrated };
  }
  beginHydration(updatedIndex: number, at: UnixMs, keepDays?: number): void {
    const foldBefore = keepDays === undefined ? undefined : unixMs(at - keepDays * DAY_MS);
    this.#ingest.beginHydration(updatedIndex, foldBefore);
  }
  restartHydration(updatedIndex: number, _at: UnixMs): void {
    this.#ingest.restartHydration(updatedIndex);
    this.forget();
  }
  storePage(index: ForwardIndex, rows: readonly Forward[], last: number, at: UnixMs): IngestCount {
    return this.#ingest.storePage(index, rows, last, at);
  }
  storeEvents(events: readonly Forward[], at: UnixMs): IngestCount {
    return this.#ingest.storeEvents(events, at);
  }
  setHydrated(_at: UnixMs): void {
    this.#ingest.setHydrated();
  }

  dayFlows(now: UnixMs, windowDays: number) {
    return this.#rolling.dayFlows(now, windowDays);
  }
  outSince(since: UnixMs) {
    return this.#rolling.outSince(since);
  }
  nodeTotals() {
    return this.#lifetime.nodeTotals();
  }
  channelTotals() {
    return this.#lifetime.channelTotals();
  }
  lastSettled() {
    return this.#lifetime.lastSettled();
  }
  outVolume(now: UnixMs, days: number) {
    return this.#lifetime.outVolume(now, days);
  }
  revenue(now: UnixMs, days: number) {
    return this.#lifetime.revenue(now, days);
  }
  soldSince(firstDays: ReadonlyMap<ChannelId, number>) {
    return this.#lifetime.soldSince(firstDays);
  }
  missedOut(now: UnixMs, days: number): ReadonlyMap<ChannelId, Msat> {
    const missed = new Map<ChannelId, Msat>();
    for (const { name, amount } of this.#failures.missedOut(now, days)) {
      const key = this.#keys.keyOfName(name);
      const channelId = key === undefined ? undefined : this.#keys.channelOf(key);
      if (channelId !== undefined)
        missed.set(channelId, msat((missed.get(channelId) ?? 0n) + amount));
    }
    return missed;
  }
  soldAfter(after: number, limit: number) {
    return this.#sold.soldAfter(after, limit);
  }
  newestSequence() {
    return this.#sold.newestSequence();
  }
  medianAmounts() {
    return this.#sold.medianAmounts();
  }
  holdTimes(since: UnixMs) {
    return this.#sold.holdTimes(since);
  }
  missed(sinceDay: number, limit: number) {
    return this.#failures.missed(sinceDay, limit);
  }

  feeInsufficient(channelId: ChannelId, from: UnixMs, to: UnixMs): number {
    const key = this.#keys.keyOfChannel(channelId);
    return key === undefined ? 0 : this.#failures.feeInsufficient(key, from, to);
  }

  retain(now: UnixMs, keepDays: number, maxRows: number): boolean {
    this.#hours.forgetBefore(Math.floor((now - keepDays * DAY_MS) / HOUR_MS) + 1);
    return this.#retention.retain(now, keepDays, maxRows);
  }
  counts() {
    const { settledRows, failed, localFailed } = this.#stateRow.read();
    const unusable = num(this.#unusable.get()?.count);
    return { settledRows, failed, localFailed, unusable, unresolved: this.#lifetime.unresolved() };
  }
  /** Channels were merged: what was read from their rows is void. */
  forget(): void {
    this.#sold.forget();
    this.#hours.forgetAll();
    this.#days.forgetAll();
  }

  /** After each commit of new forwards. */
  #stored({ tally, sold }: StoredBatch): void {
    const hours = tally.hours();
    this.#hours.forget(hours);
    this.#days.forget(tally.days());
    this.#sold.noteSold(sold);
  }
}
