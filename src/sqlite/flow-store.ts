/** The last flow analysis, as the flow cycle left it. */
import type { FlowMetrics } from '../core/flow/types.ts';
import type { ChannelId, UnixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { FlowStore } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, type Statement, text } from './database.ts';
import { readFlowMetrics } from './stored-values.ts';

export class SqliteFlowStore implements FlowStore {
  readonly #db: Database;
  readonly #keys: ChannelKeys;
  readonly #problem: (sentence: string) => void;
  /** What is on disk, read once; undefined: to be read. */
  #cache: ReadonlyMap<ChannelId, FlowMetrics> | undefined;
  readonly #clear: Statement;
  readonly #add: Statement;
  readonly #all: Statement;

  constructor(db: Database, keys: ChannelKeys, problem: (sentence: string) => void) {
    this.#db = db;
    this.#keys = keys;
    this.#problem = problem;
    db.afterRollback(() => {
      this.#cache = undefined;
    });
    this.#clear = db.prepare('DELETE FROM flow_metric');
    this.#add = db.prepare('INSERT OR REPLACE INTO flow_metric VALUES (?, ?)');
    this.#all = db.prepare('SELECT metrics FROM flow_metric');
  }

  /** The whole analysis: channels that are not in it are gone. */
  save(metrics: readonly FlowMetrics[], _at: UnixMs): void {
    this.#db.transaction(() => {
      this.#clear.run();
      for (const one of metrics)
        this.#add.run(this.#keys.ensureChannel(one.channelId), toText(one));
    });
    this.#cache = new Map(metrics.map((one) => [one.channelId, one]));
  }

  latest(): ReadonlyMap<ChannelId, FlowMetrics> {
    this.#cache ??= this.#read();
    return this.#cache;
  }

  #read(): ReadonlyMap<ChannelId, FlowMetrics> {
    const latest = new Map<ChannelId, FlowMetrics>();
    for (const row of this.#all.all()) {
      const metrics = readFlowMetrics(text(row.metrics));
      if ('value' in metrics) latest.set(metrics.value.channelId, metrics.value);
      else
        this.#problem(
          `a stored flow metric is unreadable and waits for the next analysis: ${metrics.unreadable}`,
        );
    }
    return latest;
  }
}
