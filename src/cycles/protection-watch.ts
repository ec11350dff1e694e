/**
 * The protections' locks (SPEC 7.6): each with a reason, a scope and an end, visible and removable. What fires adds a
 * lock, or prolongs the one it has before that runs out; nothing here ever ends a lock early, and what the operator
 * removed is left off for a day.
 */
import {
  LONGEST_MS,
  PROTECTIONS,
  type ProtectionName,
  type Trigger,
} from '../core/protections/trigger.ts';
import { DAY_MS, laterBy, type UnixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { Logger } from '../ports/logger.ts';
import type { Journal, Lock, LockStore, NewDecision } from '../ports/store.ts';
import {
  ProtectionFacts,
  type ProtectionMemory,
  type ProtectionSources,
} from './protection-facts.ts';
import type { Authority } from './services.ts';

/** SPEC 7.6: the same cause does not come back for this long after the operator removed its lock. */
const LEFT_OFF_MS = DAY_MS;

export type ProtectionParts = ProtectionSources & {
  readonly store: ProtectionMemory & {
    readonly locks: LockStore;
    readonly journal: Pick<Journal, 'append'>;
  };
  /** Below `full` nothing is moved, so a lock on rebalancing is no alarm. */
  readonly authority: () => Authority;
  readonly configVersion: () => number;
  readonly alert: (text: string) => void;
  readonly log: Logger;
};

export class ProtectionWatch {
  readonly #parts: ProtectionParts;
  readonly #facts: ProtectionFacts;
  /** When the operator removed a lock, by what it was; `elapsed` time. */
  readonly #leftOff = new Map<string, number>();

  /** Make it before anything of this start is written into the store. */
  constructor(parts: ProtectionParts) {
    this.#parts = parts;
    this.#facts = new ProtectionFacts(parts);
  }

  /** Once a minute. Throws StoreFailed when the disk does; the next turn goes on. */
  run(): void {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const elapsed = clock.elapsed();
    for (const [key, at] of this.#leftOff)
      if (elapsed - at >= LEFT_OFF_MS) this.#leftOff.delete(key);
    const active = this.#tidied(now);
    const added: Trigger[] = [];
    try {
      for (const [key, trigger] of longest(this.#facts.triggers(now))) {
        const held = active.get(key);
        if (this.#leftOff.has(key) || !this.#hold(trigger, held, now)) continue;
        if (!held) added.push(trigger);
      }
    } finally {
      // A disk that fails half-way takes nothing from what the operator hears.
      this.#tell(added);
    }
    for (const trigger of added) store.journal.append(this.#entry(trigger, now));
  }

  /** Every lock that holds now, ours and others'. */
  active(): readonly Lock[] {
    return this.#parts.store.locks.active(this.#parts.clock.now());
  }

  /** The operator removes a lock. False: there is no such lock any more. */
  remove(id: number): boolean {
    const lock = this.active().find((one) => one.id === id);
    if (!lock || !this.#parts.store.locks.remove(id)) return false;
    this.removed(lock);
    return true;
  }

  /** The operator has removed this lock: its cause is left off for a day. */
  removed(lock: Lock): void {
    const key = keyOfLock(lock);
    if (key !== undefined) this.#leftOff.set(key, this.#parts.clock.elapsed());
  }

  /** True: a lock was written. The new one first, so that a kill between the two leaves no gap. */
  #hold(trigger: Trigger, held: Lock | undefined, now: UnixMs): boolean {
    const { locks } = this.#parts.store;
    if (held && held.expiresAt - now >= trigger.holdsMs / 2) return false;
    const { scope, channelId, reason } = trigger;
    const expiresAt = laterBy(now, trigger.holdsMs);
    locks.add({ scope, channelId, reason, since: held?.since ?? now, expiresAt });
    if (held) locks.remove(held.id);
    return true;
  }

  /**
   * The protections' locks by what they are, one each: the longest stays of those that a kill or a clock set back
   * has left double.
   */
  #tidied(now: UnixMs): ReadonlyMap<string, Lock> {
    const { locks } = this.#parts.store;
    for (const lock of locks.active(now)) this.#rebase(lock, now);
    const kept = new Map<string, Lock>();
    for (const lock of locks.active(now).toSorted((a, b) => b.expiresAt - a.expiresAt)) {
      const key = keyOfLock(lock);
      if (key === undefined) continue;
      if (kept.has(key)) locks.remove(lock.id);
      else kept.set(key, lock);
    }
    return kept;
  }

  /** A lock of ours that begins in the future or lasts too long is of a clock that ran ahead: it counts from now. */
  #rebase(lock: Lock, now: UnixMs): void {
    const { id, scope, channelId, reason, since, expiresAt } = lock;
    if (keyOfLock(lock) === undefined) return;
    if (since <= now && expiresAt - now <= LONGEST_MS) return;
    const lasts = since > now ? Math.min(LONGEST_MS, expiresAt - since) : LONGEST_MS;
    const { locks } = this.#parts.store;
    locks.add({ scope, channelId, reason, since: now, expiresAt: laterBy(now, lasts) });
    locks.remove(id);
  }

  #entry(trigger: Trigger, now: UnixMs): NewDecision {
    const { name, cause, reason, channelId } = trigger;
    return {
      at: now,
      kind: 'alert',
      channelId,
      configVersion: this.#parts.configVersion(),
      rule: name,
      binding: cause,
      number: undefined,
      trail: [{ rule: name, verdict: 'applies', because: reason }],
      inputs: () => toText(trigger),
      outcome: 'done',
      error: undefined,
    };
  }

  /** One line a protection and turn, however many channels it locked. */
  #tell(added: readonly Trigger[]): void {
    const { alert, log, authority } = this.#parts;
    for (const [first, ...others] of Map.groupBy(added, ({ name }) => name).values()) {
      if (!first) continue;
      const line = sentence(first, others.length);
      const moves = first.scope !== 'rebalance' || authority() === 'full';
      // A single channel left alone for hours is everyday life; the lock shows in revenue-locks.
      const small = first.channelId !== undefined && first.scope === 'rebalance';
      if (first.routine || small || !moves) log('info', line);
      else alert(line);
    }
  }
}

const LOCKED: Record<Lock['scope'], string> = {
  fees: 'prices are',
  rebalance: 'rebalancing is',
  all: 'everything is',
};

function sentence({ scope, channelId, reason }: Trigger, others: number): string {
  const where = channelId === undefined ? 'the whole node' : channelId;
  const more = others === 0 ? '' : `, and ${others} more`;
  return `${LOCKED[scope]} locked on ${where}${more}: ${reason}`;
}

const keyOf = (name: ProtectionName, { scope, channelId }: Pick<Lock, 'scope' | 'channelId'>) =>
  `${name} ${scope} ${channelId ?? 'node'}`;

/** undefined: not a lock of a protection. */
function keyOfLock(lock: Lock): string | undefined {
  const name = PROTECTIONS.find((one) => lock.reason.startsWith(`${one}: `));
  return name && keyOf(name, lock);
}

/** Of two triggers of the same kind the one that holds longer. */
function longest(triggers: readonly Trigger[]): ReadonlyMap<string, Trigger> {
  const kept = new Map<string, Trigger>();
  for (const one of triggers) {
    const key = keyOf(one.name, one);
    const other = kept.get(key);
    if (!other || other.holdsMs < one.holdsMs) kept.set(key, one);
  }
  return kept;
}
