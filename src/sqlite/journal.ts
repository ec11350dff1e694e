/** The decision journal: append-only, a repeated verdict extends its entry (SPEC 7.4). */
import { type ChannelId, DAY_MS, type UnixMs, unixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import {
  DECISION_KINDS,
  type Decision,
  type DecisionKind,
  type Journal,
  type NewDecision,
  type Outcome,
} from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import {
  type Database,
  nullable,
  num,
  numOr,
  type Row,
  type Statement,
  text,
  textOr,
} from './database.ts';
import type { Facts } from './facts.ts';
import { readTrail } from './stored-values.ts';
import { KEEP_DECISIONS_DAYS } from './table-retention.ts';

const OUTCOMES: readonly Outcome[] = ['done', 'failed', 'unknown', 'would', 'none'];
const COLUMNS = `at, last_at, count, kind, key, config_version, rule, binding, number, trail, inputs,
  outcome, error`;

export class SqliteJournal implements Journal {
  readonly #db: Database;
  readonly #keys: ChannelKeys;
  readonly #facts: Facts;
  readonly #problem: (sentence: string) => void;
  readonly #last: Statement;
  readonly #extend: Statement;
  readonly #insert: Statement;
  readonly #get: Statement;
  readonly #latest: Statement;
  readonly #latestOfKind: Statement;
  readonly #recent: Statement;
  readonly #count: Statement;
  readonly #countOf: Statement;
  readonly #all: Statement;
  readonly #old: Statement;
  readonly #successor: Statement;
  readonly #drop: Statement;

  constructor(db: Database, keys: ChannelKeys, facts: Facts, problem: (sentence: string) => void) {
    this.#db = db;
    this.#keys = keys;
    this.#facts = facts;
    this.#problem = problem;
    this.#last = db.prepare(
      `SELECT id, rule, binding, number, outcome FROM decision
       WHERE key = ? AND kind = ? ORDER BY id DESC LIMIT 1`,
    );
    this.#extend = db.prepare(
      'UPDATE decision SET last_at = max(last_at, ?), count = count + 1 WHERE id = ?',
    );
    this.#insert = db.prepare(
      `INSERT INTO decision (${COLUMNS}) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = db.prepare('SELECT * FROM decision WHERE id = ?');
    this.#latest = db.prepare('SELECT * FROM decision WHERE key = ? ORDER BY id DESC LIMIT ?');
    this.#latestOfKind = db.prepare(
      'SELECT * FROM decision WHERE key = ? AND kind = ? ORDER BY id DESC LIMIT ?',
    );
    this.#recent = db.prepare('SELECT * FROM decision ORDER BY id DESC LIMIT ?');
    this.#count = db.prepare('SELECT count(*) AS count FROM decision');
    this.#countOf = db.prepare('SELECT count(*) AS count FROM decision WHERE outcome = ?');
    this.#all = db.prepare('SELECT * FROM decision ORDER BY id');
    this.#old = db.prepare(
      'SELECT id, at, last_at, kind, key FROM decision WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#successor = db.prepare(
      'SELECT 1 FROM decision WHERE key IS ? AND kind = ? AND id > ? AND at >= ? AND at < ? LIMIT 1',
    );
    this.#drop = db.prepare('DELETE FROM decision WHERE id = ?');
  }

  append(decision: NewDecision): number {
    return this.#db.transaction(() => this.appendWithin(decision));
  }

  appendAll(decisions: readonly NewDecision[]): void {
    this.#db.transaction(() => {
      for (const decision of decisions) this.appendWithin(decision);
    });
  }

  /** Within the transaction of the act it tells of. */
  appendWithin(decision: NewDecision): number {
    const key =
      decision.channelId === undefined ? undefined : this.#keys.ensureChannel(decision.channelId);
    const { at, kind, rule, binding, number, outcome } = decision;
    if (key !== undefined) {
      const last = this.#last.get(key, kind);
      const equal =
        last &&
        text(last.rule) === rule &&
        text(last.binding) === binding &&
        numOr(last.number) === number &&
        text(last.outcome) === outcome;
      if (equal) {
        const id = num(last.id);
        this.#extend.run(at, id);
        return id;
      }
    }
    const { configVersion, trail, inputs, error } = decision;
    return this.#insert.insert(
      at,
      at,
      kind,
      nullable(key),
      configVersion,
      rule,
      binding,
      nullable(number),
      toText(trail),
      typeof inputs === 'string' ? inputs : inputs(),
      outcome,
      nullable(error),
    );
  }

  get(id: number): Decision | undefined {
    const row = this.#get.get(id);
    return row && this.#decision(row);
  }
  latest(channelId: ChannelId, limit: number, kind?: DecisionKind): readonly Decision[] {
    const key = this.#keys.keyOfChannel(channelId);
    if (key === undefined) return [];
    const rows =
      kind === undefined ? this.#latest.all(key, limit) : this.#latestOfKind.all(key, kind, limit);
    return rows.map((row) => this.#decision(row));
  }
  recent(limit: number): readonly Decision[] {
    return this.#recent.all(limit).map((row) => this.#decision(row));
  }
  countOf(outcome: Outcome): number {
    return num(this.#countOf.get(outcome)?.count);
  }
  count(): number {
    return num(this.#count.get()?.count);
  }
  each(visit: (decision: Decision) => void): void {
    this.#all.each((row) => visit(this.#decision(row)));
  }

  /**
   * One slice; of each channel, kind and UTC day the last entry stays. An entry still being extended stays too.
   * Entries come in the order of time, so the first young one ends it: an hourly look reads no more than is old. What
   * a clock ahead of time wrote is passed over.
   */
  retain(now: UnixMs, maxRows: number): boolean {
    const horizon = now - KEEP_DECISIONS_DAYS * DAY_MS;
    return this.#db.transaction(() => {
      const done = this.#facts.get('journal thinned') ?? 0;
      const next = this.#old.all(done, maxRows);
      const young = next.findIndex(({ at }) => num(at) >= horizon && num(at) <= now);
      const rows = young < 0 ? next : next.slice(0, young);
      for (const row of rows) {
        if (num(row.at) >= horizon) continue;
        const day = Math.floor(num(row.at) / DAY_MS) * DAY_MS;
        const [id, key] = [num(row.id), nullable(numOr(row.key))];
        const isLast = !this.#successor.get(key, text(row.kind), id, day, day + DAY_MS);
        if (!isLast && num(row.last_at) < horizon) this.#drop.run(id);
      }
      const last = rows.at(-1);
      if (last) this.#facts.set('journal thinned', num(last.id));
      return rows.length >= maxRows;
    }, 'refetchable');
  }

  #decision(row: Row): Decision {
    const id = num(row.id);
    const key = numOr(row.key);
    const trail = readTrail(text(row.trail));
    if ('unreadable' in trail)
      this.#problem(`the trail of decision ${id} is unreadable: ${trail.unreadable}`);
    return {
      id,
      at: unixMs(num(row.at)),
      lastAt: unixMs(num(row.last_at)),
      count: num(row.count),
      kind: oneOf(DECISION_KINDS, text(row.kind)) ?? 'alert',
      channelId: key === undefined ? undefined : this.#keys.channelOf(key),
      configVersion: num(row.config_version),
      rule: text(row.rule),
      binding: text(row.binding),
      number: numOr(row.number),
      trail: 'value' in trail ? trail.value : [],
      inputs: text(row.inputs),
      outcome: oneOf(OUTCOMES, text(row.outcome)) ?? 'unknown',
      error: textOr(row.error),
    };
  }
}

const oneOf = <T extends string>(words: readonly T[], word: string): T | undefined =>
  words.find((known) => known === word);
