/** What earlier jobs into and out of each channel came to (SPEC 4.3, 4.4). Writes are within the caller's transaction. */
import { afterJob } from '../core/rebalance/history.ts';
import { decayedFailures } from '../core/rebalance/reliability.ts';
import type { ChannelId, UnixMs } from '../core/units.ts';
import type { JobOutcome, JobRecord, RebalanceJob } from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, nullable, num, type Row, type Statement } from './database.ts';
import { atOr } from './money-columns.ts';

const NOTHING: JobRecord = {
  failures: 0,
  lastFailure: undefined,
  lastSuccess: undefined,
  sourceFailures: 0,
  sourceFailedAt: undefined,
};

export class JobRecords {
  readonly #keys: ChannelKeys;
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #write: Statement;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#all = db.prepare('SELECT * FROM job_record');
    this.#one = db.prepare('SELECT * FROM job_record WHERE key = ?');
    this.#write = db.prepare('INSERT OR REPLACE INTO job_record VALUES (?, ?, ?, ?, ?, ?)');
  }

  all(): ReadonlyMap<ChannelId, JobRecord> {
    const records = new Map<ChannelId, JobRecord>();
    for (const row of this.#all.all()) {
      const channelId = this.#keys.channelOf(num(row.key));
      if (channelId !== undefined) records.set(channelId, recordIn(row));
    }
    return records;
  }

  /** A diagnostic asks whether anything can pass at all: its end is in no record of a way that must earn. */
  note({ kind, destination, sources }: RebalanceJob, outcome: JobOutcome, at: UnixMs): void {
    if (kind === 'diagnostic') return;
    const [first] = sources;
    switch (outcome) {
      case 'moved':
      case 'not tried':
        this.#change(destination, (before) => afterJob(before, outcome, at));
        return;
      case 'strayed':
        // It was paid for and did not arrive: worse than nothing moved, and no fault of the source.
        this.#change(destination, (before) => afterJob(before, 'nothing moved', at));
        return;
      case 'nothing moved':
        this.#change(destination, (before) => afterJob(before, outcome, at));
        if (first !== undefined) this.#change(first, (before) => afterFailure(before, at));
    }
  }

  #change(channelId: ChannelId, change: (before: JobRecord) => JobRecord): void {
    const key = this.#keys.ensureChannel(channelId);
    const row = this.#one.get(key);
    const before = row ? recordIn(row) : NOTHING;
    const after = change(before);
    if (after === before) return;
    this.#write.run(
      key,
      after.failures,
      nullable<number>(after.lastFailure),
      nullable<number>(after.lastSuccess),
      after.sourceFailures,
      nullable<number>(after.sourceFailedAt),
    );
  }
}

/** One more failure as a source, on top of what is left of the earlier ones. */
function afterFailure(before: JobRecord, at: UnixMs): JobRecord {
  const elapsed = before.sourceFailedAt === undefined ? 0 : at - before.sourceFailedAt;
  return {
    ...before,
    sourceFailures: decayedFailures(before.sourceFailures, elapsed) + 1,
    sourceFailedAt: at,
  };
}

const recordIn = (row: Row): JobRecord => ({
  failures: num(row.failures),
  lastFailure: atOr(row.last_failure),
  lastSuccess: atOr(row.last_success),
  sourceFailures: num(row.source_failures),
  sourceFailedAt: atOr(row.source_failed_at),
});
