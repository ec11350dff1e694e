/**
 * What the operator wants for a peer or a channel (SPEC 5). A policy with an end lies on top of the one before,
 * which holds again afterwards; one without an end replaces everything below it.
 */
import { DYNAMIC, type Policy, type Strategy } from '../core/policy/policy.ts';
import {
  type ChannelId,
  type NodeId,
  parseChannelId,
  parseNodeId,
  ppm,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import { type PolicyStore, type PolicySubject, StoreFailed } from '../ports/store.ts';
import { type Database, nullable, num, numOr, type Row, type Statement, text } from './database.ts';

const STRATEGIES: readonly Strategy[] = ['dynamic', 'static', 'passive', 'hive'];

const nameOf = (subject: PolicySubject): string =>
  'channelId' in subject ? subject.channelId : subject.peerId;

export class SqlitePolicyStore implements PolicyStore {
  readonly #db: Database;
  readonly #holding: Statement;
  readonly #all: Statement;
  readonly #add: Statement;
  readonly #clear: Statement;
  readonly #clearExpired: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#holding = db.prepare(
      `SELECT * FROM policy WHERE subject = ? AND (expires_at IS NULL OR expires_at > ?)
       ORDER BY id DESC LIMIT 1`,
    );
    this.#all = db.prepare(
      'SELECT * FROM policy WHERE expires_at IS NULL OR expires_at > ? ORDER BY id',
    );
    this.#add = db.prepare('INSERT INTO policy VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
    this.#clear = db.prepare('DELETE FROM policy WHERE subject = ?');
    this.#clearExpired = db.prepare('DELETE FROM policy WHERE subject = ? AND expires_at <= ?');
  }

  effective(channelId: ChannelId, peerId: NodeId, at: UnixMs): Policy {
    const row = this.#holding.get(channelId, at) ?? this.#holding.get(peerId, at);
    return row ? policy(row) : DYNAMIC;
  }

  put(subject: PolicySubject, wanted: Policy, at: UnixMs): void {
    const name = nameOf(subject);
    const { strategy, feePpm, minPpm, maxPpm, expiresAt } = wanted;
    this.#db.transaction(() => {
      if (expiresAt === undefined) this.#clear.run(name);
      else this.#clearExpired.run(name, at);
      this.#add.run(
        name,
        strategy,
        nullable<number>(feePpm),
        nullable<number>(minPpm),
        nullable<number>(maxPpm),
        nullable<number>(expiresAt),
        at,
      );
    });
  }

  remove(subject: PolicySubject, at: UnixMs): boolean {
    const name = nameOf(subject);
    return this.#db.transaction(() => {
      const held = this.#holding.get(name, at) !== undefined;
      this.#clear.run(name);
      return held;
    });
  }

  list(at: UnixMs): readonly { subject: PolicySubject; policy: Policy }[] {
    const bySubject = new Map<string, Row>();
    for (const row of this.#all.all(at)) bySubject.set(text(row.subject), row);
    return [...bySubject].map(([name, row]) => ({ subject: subject(name), policy: policy(row) }));
  }
}

function subject(name: string): PolicySubject {
  const channelId = parseChannelId(name);
  if (channelId !== undefined) return { channelId };
  const peerId = parseNodeId(name);
  if (peerId !== undefined) return { peerId };
  throw new StoreFailed('a policy is for neither a channel nor a peer');
}

function policy(row: Row): Policy {
  const strategy = STRATEGIES.find((word) => word === row.strategy);
  if (!strategy) throw new StoreFailed(`policy ${num(row.id)} has no strategy we know`);
  const rate = (value: Row[string] | undefined) => {
    const given = numOr(value);
    return given === undefined ? undefined : ppm(given);
  };
  const expiresAt = numOr(row.expires_at);
  return {
    ...DYNAMIC,
    strategy,
    feePpm: rate(row.fee_ppm),
    minPpm: rate(row.min_ppm),
    maxPpm: rate(row.max_ppm),
    expiresAt: expiresAt === undefined ? undefined : unixMs(expiresAt),
  };
}
