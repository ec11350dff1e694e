/**
 * The operator's brake (SPEC 1): a lock on all channels at once. Prices are kept where they are; those of rules 1 to
 * 3 are replaced by rule 4's in the cycle that the brake itself asks for, since nobody should pause on a bargain.
 */
import type { LockScope } from '../core/protections/trigger.ts';
import { HOUR_MS, laterBy, type UnixMs, unixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lock, LockStore } from '../ports/store.ts';
import type { BrakeService, BrakeState } from './services.ts';

const REASON = 'paused by the operator';
/** "Until resumed": the last moment a date can hold. */
const FOR_EVER = unixMs(8_640_000_000_000_000);

export class Brake implements BrakeService {
  readonly #locks: LockStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #changed: (reason: string) => void;

  /** `changed`: a fee cycle is due at once. */
  constructor(locks: LockStore, clock: Pick<Clock, 'now'>, changed: (reason: string) => void) {
    this.#locks = locks;
    this.#clock = clock;
    this.#changed = changed;
  }

  pause(scope: LockScope, hours: number | undefined): BrakeState {
    const since = this.#clock.now();
    const expiresAt = hours === undefined ? FOR_EVER : laterBy(since, hours * HOUR_MS);
    for (const lock of this.#ours(since)) if (lock.scope === scope) this.#locks.remove(lock.id);
    this.#locks.add({ scope, channelId: undefined, reason: REASON, since, expiresAt });
    this.#changed('paused');
    return { scope, since, until: limit(expiresAt) };
  }

  resume(): number {
    const ours = this.#ours(this.#clock.now());
    for (const { id } of ours) this.#locks.remove(id);
    if (ours.length > 0) this.#changed('resumed');
    return ours.length;
  }

  active(): readonly BrakeState[] {
    return this.#ours(this.#clock.now()).map(({ scope, since, expiresAt }) => ({
      scope,
      since,
      until: limit(expiresAt),
    }));
  }

  #ours(at: UnixMs): readonly Lock[] {
    return this.#locks
      .active(at)
      .filter(({ channelId, reason }) => channelId === undefined && reason === REASON);
  }
}

const limit = (expiresAt: UnixMs): UnixMs | undefined =>
  expiresAt >= FOR_EVER ? undefined : expiresAt;
