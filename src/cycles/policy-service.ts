/**
 * The policy engine as commands, cycles and importers use it (SPEC 5): what holds, changes within their limits, and
 * the log. A change counts from the moment it is answered: it is on disk, and the prices are due.
 */
import { effectivePolicy, type PolicyFacts, type Ruling } from '../core/policy/effective-policy.ts';
import {
  afterExpiry,
  holding,
  type PolicyAuthor,
  type PolicyLayer,
  type PolicyStack,
} from '../core/policy/policy-stack.ts';
import { type PolicySubject, parseSubject, subjectName } from '../core/policy/subject.ts';
import { DAY_MS, laterBy, type NodeId, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { PolicyChange, PolicyStore, PolicyWrite } from '../ports/policies.ts';
import type { Fleet } from './fleet.ts';
import { type PolicyOrder, planPolicies } from './policy-changes.ts';

/** SPEC 5. */
const CHANGES_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** To join, be promoted, banned and taken back fits into it; a peer whose price flaps does not. */
const HIVE_CHANGES_A_DAY = 6;
/** SPEC 5. */
export const MAX_BATCH = 100;
/** As many subjects as any node has peers; more is somebody filling our disk. The hive leaves half of them to the operator. */
const MAX_SUBJECTS = 20_000;

export type PolicyRow = { readonly subject: PolicySubject; readonly layer: PolicyLayer };

export type PolicyOutcome =
  /** As many as really changed something; in a check, as would. */
  | { readonly kind: 'changed'; readonly writes: readonly PolicyWrite[] }
  | { readonly kind: 'same' }
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly field: string;
      readonly because: string;
    }
  /** Well-formed, but not now or not by you. */
  | {
      readonly kind: 'denied';
      readonly index: number;
      readonly because: string;
      readonly retryAfterMs: number | undefined;
    };

/** A stretch of the log and what is kept of it. */
export type PolicyFeed = {
  readonly changes: readonly PolicyChange[];
  /** Oldest and newest number kept; undefined: nothing ever changed. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
};

/** All that is to be said of a peer. */
export type PeerStack = { readonly peerId: NodeId; readonly stack: PolicyStack };

export type PolicyParts = {
  readonly store: PolicyStore;
  readonly clock: Pick<Clock, 'now'>;
  /** Who speaks for the hive, and whether it is heard; left out: it is. */
  readonly fleet?: Pick<Fleet, 'obeyed' | 'note'>;
  /** Prices are due at once, not at the next cycle. Must not throw: the change stands. */
  readonly changed: (reason: string) => void;
};

export class PolicyService {
  readonly #store: PolicyStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #fleet: PolicyParts['fleet'];
  readonly #changed: (reason: string) => void;

  constructor({ store, clock, fleet, changed }: PolicyParts) {
    this.#store = store;
    this.#clock = clock;
    this.#fleet = fleet;
    this.#changed = changed;
  }

  /** What holds now, one row a subject. */
  list(): readonly PolicyRow[] {
    return [...this.#store.held(this.#clock.now())].flatMap(([name, layer]) => {
      const subject = parseSubject(name);
      return subject === undefined ? [] : { subject, layer };
    });
  }

  /** What holds now for the subject itself; undefined: nothing is said of it. */
  get(subject: PolicySubject): PolicyLayer | undefined {
    return holding(this.#store.stack(subject), this.#clock.now());
  }

  /** Whose word counts for channels, as of now. */
  rulings(): (facts: PolicyFacts) => Ruling {
    const held = this.#store.held(this.#clock.now());
    const obeyed = this.#fleet?.obeyed ?? true;
    return (facts) => effectivePolicy(facts, (name) => held.get(name), obeyed);
  }

  /** All of them or none. `check`: says what would come of it and does nothing. */
  apply(orders: readonly PolicyOrder[], by: PolicyAuthor, check: boolean): PolicyOutcome {
    const at = this.#clock.now();
    if (by === 'hive' && !check) this.#noteFleet(orders);
    if (by === 'hive' && this.#fleet?.obeyed === false) return UNHEARD;
    const plan = planPolicies(this.#store, orders, by, at);
    if (plan.kind === 'denied') return { ...plan, retryAfterMs: undefined };
    if (plan.kind === 'refused') return plan;
    const { writes } = plan;
    if (writes.length === 0) return { kind: 'same' };
    const limit = this.#tooMany(writes, at) ?? this.#tooFickle(writes, by, at);
    if (limit) return limit;
    if (!check) this.#write(writes, at, `policy ${by === 'hive' ? 'of the hive' : 'changed'}`);
    return { kind: 'changed', writes };
  }

  /** The log after a number or a moment, oldest first. */
  changes(
    after: { readonly sequence: number } | { readonly at: UnixMs },
    limit: number,
  ): PolicyFeed {
    return { changes: this.#store.changes(after, limit), range: this.#store.logRange() };
  }

  /** Takes note of what has ended: into the log, and the prices follow at once. How many there were. */
  expire(): number {
    const at = this.#clock.now();
    const writes = this.#store.ended(at).map((subject) => ({
      subject,
      peerId: undefined,
      action: 'expire' as const,
      by: 'expiry' as const,
      stack: afterExpiry(this.#store.stack(subject), at),
    }));
    if (writes.length > 0) this.#write(writes, at, 'a policy ended');
    return writes.length;
  }

  /** Nothing is said of the peer itself, nor was anything that is over by now. */
  isNew(peerId: NodeId): boolean {
    return this.#store.stack({ peerId }).length === 0;
  }

  /** For how many more subjects there may be policies. */
  room(): number {
    return Math.max(0, MAX_SUBJECTS - this.#store.count());
  }

  /** From an import, in one transaction; whoever has a policy keeps it (SPEC 5, migration). */
  takeOver(peers: readonly PeerStack[]): { readonly taken: number } {
    const seen = new Set<NodeId>();
    const writes = peers.flatMap(({ peerId, stack }): readonly PolicyWrite[] => {
      if (seen.has(peerId) || !this.isNew(peerId)) return [];
      seen.add(peerId);
      return [{ subject: { peerId }, peerId, action: 'set', by: 'import', stack }];
    });
    if (writes.length > 0) this.#write(writes, this.#clock.now(), 'policies imported');
    return { taken: writes.length };
  }

  #write(writes: readonly PolicyWrite[], at: UnixMs, reason: string): void {
    this.#store.write(writes, at);
    this.#changed(reason);
  }

  #noteFleet(orders: readonly PolicyOrder[]): void {
    for (const { subject } of orders) if ('peerId' in subject) this.#fleet?.note(subject.peerId);
  }

  /** Every change of mind of the hive's is two rounds of gossip: in and out again. */
  #tooFickle(
    writes: readonly PolicyWrite[],
    by: PolicyAuthor,
    at: UnixMs,
  ): PolicyOutcome | undefined {
    if (by !== 'hive') return undefined;
    const since = laterBy(at, -DAY_MS);
    const index = writes.findIndex(
      (write) => this.#store.commanded(write, since, at) >= HIVE_CHANGES_A_DAY,
    );
    return index < 0
      ? undefined
      : {
          ...denied(
            index,
            `this peer was changed ${HIVE_CHANGES_A_DAY} times within a day already`,
          ),
          retryAfterMs: DAY_MS,
        };
  }

  #tooMany(writes: readonly PolicyWrite[], at: UnixMs): PolicyOutcome | undefined {
    const counted = new Map<string, number>();
    const added = new Set<string>();
    for (const [index, write] of writes.entries()) {
      const name = subjectName(write.subject);
      const who = write.peerId ?? name;
      const before = counted.get(who) ?? this.#store.commanded(write, laterBy(at, -MINUTE_MS), at);
      counted.set(who, before + 1);
      if (before >= CHANGES_A_MINUTE)
        return denied(index, `${CHANGES_A_MINUTE} changes within a minute for ${who} already`);
      if (write.stack.length > 0 && this.#store.stack(write.subject).length === 0) added.add(name);
    }
    const most = writes.some(({ by }) => by === 'hive') ? MAX_SUBJECTS / 2 : MAX_SUBJECTS;
    return added.size > 0 && this.#store.count() + added.size > most
      ? { ...denied(0, `${most} policies exist already`), retryAfterMs: undefined }
      : undefined;
  }
}

/** An answer, no error: its breaker would count errors and give up on us altogether. */
const UNHEARD: PolicyOutcome = {
  kind: 'denied',
  index: 0,
  because: 'hive_enabled is false: cl-hive sets no policies here',
  retryAfterMs: undefined,
};

const denied = (index: number, because: string) => ({
  kind: 'denied' as const,
  index,
  because,
  retryAfterMs: MINUTE_MS,
});
