/** The one row that says how far ingest is: cursors, counters and the moments up to which everything is known. */
import { type UnixMs, unixMs } from '../core/units.ts';
import type { IngestCursors } from '../ports/store.ts';
import { type Database, nullable, num, numOr, type Statement } from './database.ts';

export type IngestState = IngestCursors & {
  /** Store sequence of the newest settled row; never used twice. */
  readonly sequence: number;
  readonly settledRows: number;
  readonly failed: number;
  readonly localFailed: number;
  /** Newest resolution seen so far in the order of the updated index. */
  readonly resolvedUntil: UnixMs | undefined;
  /** Newest receipt seen so far in the order of the created index. */
  readonly receivedUntil: UnixMs | undefined;
  /** Everything that was resolved up to here is known: rows may be pruned up to here, never beyond. */
  readonly completeUntil: UnixMs | undefined;
  /** After a restart of the hydration: failures resolved, local failures received up to here were counted before it. */
  readonly failedKnown: UnixMs | undefined;
  readonly localKnown: UnixMs | undefined;
  /** Settled rows resolved before this were known and are pruned. */
  readonly prunedBefore: UnixMs;
  /** During the first hydration: what was resolved before this is older than rows are kept, and only summed. */
  readonly foldBefore: UnixMs | undefined;
};

const moment = (value: number | undefined): UnixMs | undefined =>
  value === undefined ? undefined : unixMs(value);
export const later = (a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

export class IngestStateRow {
  readonly #read: Statement;
  readonly #write: Statement;

  constructor(db: Database) {
    this.#read = db.prepare('SELECT * FROM ingest');
    this.#write = db.prepare(
      `UPDATE ingest SET created = ?, updated = ?, mark = ?, hydrated = ?, sequence = ?, settled_rows = ?,
       failed = ?, local_failed = ?, resolved_until = ?, received_until = ?, complete_until = ?,
       failed_known = ?, local_known = ?, pruned_before = ?, fold_before = ?`,
    );
  }

  read(): IngestState {
    const row = this.#read.get() ?? {};
    return {
      created: num(row.created),
      updated: num(row.updated),
      hydrationMark: numOr(row.mark),
      hydrated: num(row.hydrated) !== 0,
      sequence: num(row.sequence),
      settledRows: num(row.settled_rows),
      failed: num(row.failed),
      localFailed: num(row.local_failed),
      resolvedUntil: moment(numOr(row.resolved_until)),
      receivedUntil: moment(numOr(row.received_until)),
      completeUntil: moment(numOr(row.complete_until)),
      failedKnown: moment(numOr(row.failed_known)),
      localKnown: moment(numOr(row.local_known)),
      prunedBefore: unixMs(num(row.pruned_before)),
      foldBefore: moment(numOr(row.fold_before)),
    };
  }

  /** Within a transaction. */
  write(state: IngestState): void {
    this.#write.run(
      state.created,
      state.updated,
      nullable(state.hydrationMark),
      Number(state.hydrated),
      state.sequence,
      state.settledRows,
      state.failed,
      state.localFailed,
      nullable<number>(state.resolvedUntil),
      nullable<number>(state.receivedUntil),
      nullable<number>(state.completeUntil),
      nullable<number>(state.failedKnown),
      nullable<number>(state.localKnown),
      state.prunedBefore,
      nullable<number>(state.foldBefore),
    );
  }
}

/** The first pass over both indexes begins, or begins again because the node's indexes fell below ours. */
export function hydrationBegins(
  state: IngestState,
  updatedIndex: number,
  foldBefore?: UnixMs,
): IngestState {
  return {
    ...state,
    foldBefore,
    created: 0,
    updated: updatedIndex,
    hydrationMark: updatedIndex,
    hydrated: false,
  };
}

/** A restored node: what was counted before must not be counted again. */
export function hydrationRestarts(state: IngestState, updatedIndex: number): IngestState {
  return {
    ...hydrationBegins(state, updatedIndex),
    failedKnown: later(state.failedKnown, state.resolvedUntil),
    localKnown: later(state.localKnown, state.receivedUntil),
  };
}

/** Both passes have reached the end: from now on the order of the updated index proves what is known. */
export const hydrationEnds = (state: IngestState): IngestState => ({
  ...state,
  hydrated: true,
  foldBefore: undefined,
  // Every row from before the horizon was there to be read when the passes began.
  prunedBefore: unixMs(Math.max(state.prunedBefore, state.foldBefore ?? 0)),
  completeUntil: later(state.completeUntil, state.resolvedUntil),
});
