/** What the operator wants for a peer or a channel, and the log of it (SPEC 5). */
import {
  holding,
  liveLayers,
  type PolicyLayer,
  type PolicyStack,
} from '../core/policy/policy-stack.ts';
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import type { UnixMs } from '../core/units.ts';
import type { PolicyChange, PolicyStore, PolicyWrite } from '../ports/policies.ts';
import { type Database, nullable, num, numOr, text } from './database.ts';
import { changeOf, layerOf, policyText, subjectOf, tagsText } from './policy-rows.ts';
import { KEEP_POLICY_CHANGES } from './table-retention.ts';

type Statements = ReturnType<typeof prepare>;

export class SqlitePolicyStore implements PolicyStore {
  readonly #db: Database;
  readonly #sql: Statements;
  readonly #problem: (sentence: string) => void;
  /** Said once each. */
  readonly #said = new Set<string>();

  constructor(db: Database, problem: (sentence: string) => void) {
    this.#db = db;
    this.#sql = prepare(db);
    this.#problem = problem;
  }

  held(at: UnixMs): ReadonlyMap<string, PolicyLayer> {
    const stacks = new Map<string, PolicyLayer[]>();
    for (const row of this.#sql.all.all()) {
      const name = text(row.subject);
      const layer = layerOf(row, this.#once);
      const stack = stacks.get(name);
      if (stack) stack.push(layer);
      else stacks.set(name, [layer]);
    }
    const held = new Map<string, PolicyLayer>();
    for (const [name, stack] of stacks) {
      const layer = holding(stack, at);
      if (layer) held.set(name, layer);
    }
    return held;
  }

  stack(subject: PolicySubject): PolicyStack {
    return this.#sql.one.all(subjectName(subject)).map((row) => layerOf(row, this.#once));
  }

  ended(at: UnixMs): readonly PolicySubject[] {
    return this.#sql.ended.all(at).map((row) => subjectOf(text(row.subject)));
  }

  count(): number {
    return num(this.#sql.count.get()?.count);
  }

  write(writes: readonly PolicyWrite[], at: UnixMs): readonly PolicyChange[] {
    return this.#db.transaction(() => {
      const changes = writes.map((one) => this.#write(one, at));
      const last = changes.at(-1);
      if (last) this.#sql.drop.run(last.sequence - KEEP_POLICY_CHANGES);
      return changes;
    });
  }

  #write({ subject, peerId, stack, action, by }: PolicyWrite, at: UnixMs): PolicyChange {
    const name = subjectName(subject);
    this.#sql.clear.run(name);
    for (const layer of stack) this.#add(name, layer);
    const policy = holding(liveLayers(stack, at), at)?.policy;
    const sequence = (this.logRange()?.last ?? 0) + 1;
    const written = policy && policyText(policy);
    const counted = peerId ?? name;
    this.#sql.log.run(sequence, at, name, counted, action, by, nullable<string>(written));
    return { sequence, at, subject, action, by, policy };
  }

  #add(name: string, { policy, rules, by, at }: PolicyLayer): void {
    this.#sql.add.run(
      name,
      policy.strategy,
      nullable<number>(policy.feePpm),
      nullable<number>(policy.minPpm),
      nullable<number>(policy.maxPpm),
      nullable<number>(policy.expiresAt),
      at,
      nullable<string>(policy.mode),
      tagsText(policy.tags),
      rules ? 1 : 0,
      by,
    );
  }

  changes(
    after: { readonly sequence: number } | { readonly at: UnixMs },
    limit: number,
  ): readonly PolicyChange[] {
    const rows =
      'sequence' in after
        ? this.#sql.after.all(after.sequence, limit)
        : this.#sql.since.all(after.at, limit);
    return rows.map(changeOf);
  }

  logRange(): { readonly first: number; readonly last: number } | undefined {
    const first = numOr(this.#sql.first.get()?.sequence);
    const last = numOr(this.#sql.last.get()?.sequence);
    return first === undefined || last === undefined ? undefined : { first, last };
  }

  commanded(
    { subject, peerId }: Pick<PolicyWrite, 'subject' | 'peerId'>,
    from: UnixMs,
    to: UnixMs,
  ): number {
    return num(this.#sql.commanded.get(peerId ?? subjectName(subject), from, to)?.count);
  }

  readonly #once = (sentence: string): void => {
    if (this.#said.has(sentence)) return;
    this.#said.add(sentence);
    this.#problem(sentence);
  };
}

const prepare = (db: Database) => ({
  all: db.prepare('SELECT * FROM policy ORDER BY id'),
  one: db.prepare('SELECT * FROM policy WHERE subject = ? ORDER BY id'),
  ended: db.prepare('SELECT DISTINCT subject FROM policy WHERE expires_at <= ? ORDER BY subject'),
  count: db.prepare('SELECT count(DISTINCT subject) AS count FROM policy'),
  clear: db.prepare('DELETE FROM policy WHERE subject = ?'),
  add: db.prepare('INSERT INTO policy VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  log: db.prepare('INSERT INTO policy_change VALUES (?, ?, ?, ?, ?, ?, ?)'),
  drop: db.prepare('DELETE FROM policy_change WHERE sequence <= ?'),
  first: db.prepare('SELECT min(sequence) AS sequence FROM policy_change'),
  last: db.prepare('SELECT max(sequence) AS sequence FROM policy_change'),
  after: db.prepare('SELECT * FROM policy_change WHERE sequence > ? ORDER BY sequence LIMIT ?'),
  since: db.prepare('SELECT * FROM policy_change WHERE at > ? ORDER BY sequence LIMIT ?'),
  commanded: db.prepare(
    `SELECT count(*) AS count FROM policy_change
     WHERE counted = ? AND at > ? AND at <= ? AND author IN ('operator', 'hive')`,
  ),
});
