/** What pricing remembers: the state of each channel, every change on the node, and the learner's position. */
import type { ChannelFeeState, RuleName } from '../core/fees/types.ts';
import { type ChannelId, DAY_MS, msat, ppm, type UnixMs, unixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import {
  type CycleRecord,
  type EvidenceCursor,
  type FeeChange,
  type FeeRecord,
  type FeeStore,
  StoreFailed,
} from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import {
  big,
  type Database,
  nullable,
  num,
  numOr,
  type Row,
  type Statement,
  text,
} from './database.ts';
import type { Facts } from './facts.ts';
import type { SqliteJournal } from './journal.ts';
import { readFeeState } from './stored-values.ts';
import { KEEP_FEE_CHANGES_DAYS } from './table-retention.ts';

const BY: readonly FeeChange['by'][] = [
  ...(['policy', 'congestion', 'probe', 'fire-sale', 'price'] satisfies RuleName[]),
  ...(['manual', 'undo', 'outside', 'shutdown'] as const),
];
/** Old changes dropped with each new one. */
const DROP_AT_ONCE = 5;

export class SqliteFeeStore implements FeeStore {
  readonly #db: Database;
  readonly #keys: ChannelKeys;
  readonly #facts: Facts;
  readonly #journal: SqliteJournal;
  readonly #problem: (sentence: string) => void;
  /** What is on disk, read once; undefined: to be read. */
  #cache: Map<ChannelId, ChannelFeeState> | undefined;
  readonly #readStates: Statement;
  readonly #writeState: Statement;
  readonly #dropState: Statement;
  readonly #addChange: Statement;
  readonly #dropChanges: Statement;
  readonly #changes: Statement;
  readonly #ofCycle: Statement;
  readonly #ofChannel: Statement;
  readonly #sent: Statement;
  readonly #sentTimes: Statement;

  constructor(parts: {
    readonly db: Database;
    readonly keys: ChannelKeys;
    readonly facts: Facts;
    readonly journal: SqliteJournal;
    readonly problem: (sentence: string) => void;
  }) {
    const { db } = parts;
    this.#db = db;
    this.#keys = parts.keys;
    this.#facts = parts.facts;
    this.#journal = parts.journal;
    this.#problem = parts.problem;
    db.afterRollback(() => {
      this.#cache = undefined;
    });
    this.#readStates = db.prepare('SELECT state FROM fee_state');
    this.#writeState = db.prepare(
      'INSERT INTO fee_state VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
    );
    this.#dropState = db.prepare('DELETE FROM fee_state WHERE key = ?');
    this.#addChange = db.prepare(
      'INSERT INTO fee_change VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#dropChanges = db.prepare(
      `DELETE FROM fee_change WHERE id IN
       (SELECT id FROM fee_change WHERE at < ? ORDER BY at LIMIT ${DROP_AT_ONCE})`,
    );
    const changes = (where: string) =>
      db.prepare(
        `SELECT * FROM fee_change WHERE ${where} AND at >= ? ORDER BY at DESC, id DESC LIMIT ?`,
        'money',
      );
    this.#changes = changes('?1 = ?1 AND ?2 = ?2');
    this.#ofChannel = changes('key = ?1 AND ?2 = ?2');
    this.#ofCycle = changes('?1 IN (key, -1) AND cycle = ?2');
    this.#sent = db.prepare(
      'SELECT count(*) AS count FROM fee_change WHERE gossiped = 1 AND at >= ?',
    );
    this.#sentTimes = db.prepare(
      'SELECT key, at FROM fee_change WHERE gossiped = 1 AND at >= ? AND at <= ? ORDER BY key, at',
    );
  }

  states(): ReadonlyMap<ChannelId, ChannelFeeState> {
    return new Map(this.#states());
  }
  state(channelId: ChannelId): ChannelFeeState | undefined {
    return this.#states().get(channelId);
  }

  record(entry: FeeRecord): number {
    const id = this.#db.transaction(() => this.#recordWithin(entry));
    this.#states().set(entry.state.channelId, entry.state);
    return id;
  }
  recordCycle({ idle, learned, cursor }: CycleRecord): void {
    this.#db.transaction(() => {
      for (const entry of idle) this.#recordWithin(entry);
      for (const state of learned) this.#write(state);
      if (!cursor) return;
      this.#facts.set('evidence sequence', cursor.sequence);
      this.#facts.set('evidence at', cursor.at);
    });
    const states = this.#states();
    for (const { state } of idle) states.set(state.channelId, state);
    for (const state of learned) states.set(state.channelId, state);
  }
  saveState(state: ChannelFeeState): void {
    this.#db.transaction(() => this.#write(state));
    this.#states().set(state.channelId, state);
  }
  dropStates(channelIds: readonly ChannelId[]): void {
    if (channelIds.length === 0) return;
    this.#db.transaction(() => {
      for (const channelId of channelIds) {
        const key = this.#keys.keyOfChannel(channelId);
        if (key !== undefined) this.#dropState.run(key);
      }
    });
    for (const channelId of channelIds) this.#states().delete(channelId);
  }

  /** Newest first. */
  changes(filter: {
    readonly channelId?: ChannelId;
    readonly since?: UnixMs;
    readonly cycle?: number;
    readonly limit: number;
  }): readonly FeeChange[] {
    const { channelId, since, cycle, limit } = filter;
    const key = channelId === undefined ? -1 : this.#keys.keyOfChannel(channelId);
    if (key === undefined) return [];
    const statement =
      cycle !== undefined
        ? this.#ofCycle
        : channelId !== undefined
          ? this.#ofChannel
          : this.#changes;
    return statement.all(key, cycle ?? -1, since ?? 0, limit).flatMap((row) => this.#change(row));
  }

  gossipSince(since: UnixMs): number {
    return num(this.#sent.get(since)?.count);
  }
  gossipPeak(from: UnixMs, to: UnixMs): { perChannelDayMax: number; total: number } {
    const sent = this.#sentTimes
      .all(from, to)
      .map((row) => ({ key: num(row.key), at: num(row.at) }));
    let oldest = 0;
    let perChannelDayMax = 0;
    sent.forEach((newest, index) => {
      const outside = (one: { key: number; at: number } | undefined): boolean =>
        one !== undefined && (one.key !== newest.key || newest.at - one.at >= DAY_MS);
      while (outside(sent[oldest])) oldest += 1;
      perChannelDayMax = Math.max(perChannelDayMax, index - oldest + 1);
    });
    return { perChannelDayMax, total: sent.length };
  }

  nextCycle(): number {
    return this.#db.transaction(() => {
      const cycle = (this.#facts.get('fee cycle') ?? 0) + 1;
      this.#facts.set('fee cycle', cycle);
      return cycle;
    });
  }
  evidenceCursor(): EvidenceCursor | undefined {
    const sequence = this.#facts.get('evidence sequence');
    const at = this.#facts.get('evidence at');
    if (sequence === undefined || at === undefined) return undefined;
    return { sequence, at: unixMs(at) };
  }

  #states(): Map<ChannelId, ChannelFeeState> {
    if (this.#cache) return this.#cache;
    const states = new Map<ChannelId, ChannelFeeState>();
    for (const row of this.#readStates.all()) {
      const state = readFeeState(text(row.state));
      if ('value' in state) states.set(state.value.channelId, state.value);
      else
        this.#problem(
          `a stored fee state is unreadable, its channel is adopted anew: ${state.unreadable}`,
        );
    }
    this.#cache = states;
    return states;
  }
  #recordWithin({ state, decision, change }: FeeRecord): number {
    this.#write(state);
    const decisionId = this.#journal.appendWithin(decision);
    if (change) this.#store(change, decisionId);
    return decisionId;
  }
  #write(state: ChannelFeeState): void {
    this.#writeState.run(this.#keys.ensureChannel(state.channelId), toText(state));
  }
  #store(change: Omit<FeeChange, 'id' | 'decisionId'>, decisionId: number): void {
    const { from, to, by, cycle, gossiped } = change;
    this.#addChange.run(
      this.#keys.ensureChannel(change.channelId),
      change.at,
      ...([from.ppm, from.base, from.htlcMax, to.ppm, to.base, to.htlcMax] as const),
      by,
      cycle,
      nullable(decisionId),
      Number(gossiped),
    );
    this.#dropChanges.run(change.at - KEEP_FEE_CHANGES_DAYS * DAY_MS);
  }
  #change(row: Row): FeeChange[] {
    const channelId = this.#keys.channelOf(num(row.key));
    if (channelId === undefined) return [];
    const by = BY.find((word) => word === row.by);
    if (by === undefined)
      throw new StoreFailed(`fee change ${num(row.id)} was made by nobody we know`);
    const price = (
      rate: Row[string] | undefined,
      base: Row[string] | undefined,
      htlcMax: Row[string] | undefined,
    ) => ({
      ppm: ppm(num(rate)),
      base: msat(big(base)),
      htlcMax: msat(big(htlcMax)),
    });
    return [
      {
        id: num(row.id),
        channelId,
        at: unixMs(num(row.at)),
        from: price(row.from_ppm, row.from_base, row.from_htlc_max),
        to: price(row.to_ppm, row.to_base, row.to_htlc_max),
        by,
        cycle: num(row.cycle),
        decisionId: numOr(row.decision_id),
        gossiped: num(row.gossiped) !== 0,
      },
    ];
  }
}
