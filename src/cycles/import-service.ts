/**
 * `revenue-import`: takes over what the Python plugin remembered (docs/decisions/009). The whole file is read and
 * judged first, so a bad one changes nothing; then it is written in slices, each a transaction, in an order in which
 * a kill at any moment leaves a part that the next run goes on from.
 */
import type { PastDay } from '../core/import/day-book.ts';
import { dayStart, type Horizon, horizonOf } from '../core/import/horizon.ts';
import type { SkippedRows } from '../core/import/verdict.ts';
import type { UnixMs } from '../core/units.ts';
import type { AncestorDatabase, AncestorSchema, Ancestors } from '../ports/ancestor.ts';
import type { Clock, Pacer } from '../ports/clock.ts';
import { RetryLater } from '../ports/errors.ts';
import type { ImportedSoFar, ImportStore } from '../ports/imports.ts';
import type { ConfigService } from './config-service.ts';
import { IMPORT_PARTS, type ImportPart, type ImportPlan, ImportPlanner } from './import-plan.ts';
import type { PolicyService } from './policy-service.ts';
import { Slices } from './slices.ts';

/** Of a transaction: some 3 ms. */
const CELLS_AT_ONCE = 80;
const RECORDS_AT_ONCE = 100;
const POLICIES_AT_ONCE = 50;

export type ImportedPart = {
  readonly part: ImportPart;
  readonly read: number;
  readonly taken: number;
  /** Taken, but not as it stood. */
  readonly changed: readonly SkippedRows[];
  readonly skipped: readonly SkippedRows[];
};
export type ImportResult =
  /** Not now: nothing was read. */
  | { readonly kind: 'refused'; readonly because: string }
  | {
      readonly kind: 'would' | 'imported';
      readonly schema: AncestorSchema;
      readonly bytes: number;
      /** Forwards settled from this moment on are left to lightningd. */
      readonly horizon: UnixMs;
      readonly parts: readonly ImportedPart[];
      readonly soFar: ImportedSoFar;
    };

export type ImportParts = {
  readonly ancestors: Ancestors;
  readonly store: ImportStore;
  readonly config: ConfigService;
  readonly policies: Pick<PolicyService, 'isNew' | 'room' | 'takeOver'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly pacer: Pacer;
  /** Why the books of forwards are not complete yet; undefined: they are. */
  readonly waitingFor: () => string | undefined;
};

export class ImportService {
  readonly #parts: ImportParts;
  #busy = false;
  #stopped = false;

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  /** Throws AncestorRefused when the file is not what it should be: then nothing was written. */
  async run(path: string, dryRun: boolean): Promise<ImportResult> {
    const waiting = this.#parts.waitingFor();
    if (this.#busy) return refused('another import is under way');
    // What lightningd still has can only be told from the rest when all of it has been read.
    if (waiting !== undefined) return refused(`${waiting}: try again later`);
    this.#busy = true;
    try {
      const source = await this.#parts.ancestors.open(path);
      try {
        return await this.#take(source, dryRun);
      } finally {
        await source.close();
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Databases that lie where the Python plugin keeps its own; `done`: an import has been made, of whatever file. */
  offers(): { readonly paths: readonly string[]; readonly done: boolean } {
    const { ancestors, store } = this.#parts;
    return { paths: ancestors.lying(), done: store.lastSource() !== undefined };
  }

  /** The plugin ends: whatever is under way breaks off at its next step. */
  stop(): void {
    this.#stopped = true;
  }

  async #take(source: AncestorDatabase, dryRun: boolean): Promise<ImportResult> {
    const { store, clock, pacer, policies, config } = this.#parts;
    const slices = new Slices(
      pacer,
      () => this.#stopped,
      'the plugin ends: run revenue-import again',
    );
    const now = clock.now();
    const { fingerprint, schema, bytes } = source;
    const books = { now, firstDay: store.firstForwardDay(), last: store.lastSource() };
    const horizon = horizonOf({ ...books, fingerprint });
    const parts = { source, horizon, now, slices, store, policies, config };
    const plan = await new ImportPlanner(parts).plan();
    if (!dryRun) {
      if (!this.#begin(plan.days, source, horizon))
        throw new RetryLater('older forwards came from lightningd meanwhile: run it again');
      await this.#write(plan, slices);
      store.finish(clock.now());
    }
    return {
      kind: dryRun ? 'would' : 'imported',
      schema,
      bytes,
      horizon: dayStart(horizon.day),
      parts: IMPORT_PARTS.map((part) => partOf(plan, part)),
      soFar: store.soFar(),
    };
  }

  /** False: a day that is to be taken is in the books by now. */
  #begin(days: readonly PastDay[], source: AncestorDatabase, horizon: Horizon): boolean {
    const { store, clock } = this.#parts;
    const first = store.firstForwardDay() ?? Number.MAX_SAFE_INTEGER;
    const [newest] = days;
    if (newest && newest.day >= first) return false;
    const { fingerprint, schema } = source;
    store.begin({ fingerprint, schema, horizonDay: horizon.day }, clock.now());
    return true;
  }

  async #write(plan: ImportPlan, slices: Slices): Promise<void> {
    const { store, policies, config } = this.#parts;
    for (const days of wholeDays(plan.days)) {
      await slices.turn();
      store.addDays(days);
    }
    await each(plan.costs, RECORDS_AT_ONCE, slices, (some) => store.addCosts(some));
    await each(plan.rebalances, RECORDS_AT_ONCE, slices, (some) => store.addRebalances(some));
    await each(plan.feeChanges, RECORDS_AT_ONCE, slices, (some) => store.addFeeChanges(some));
    // First the thing, then the mark: after a kill between them the next run finds the thing, and marks it.
    await each(plan.policies, POLICIES_AT_ONCE, slices, (some) => {
      policies.takeOver(some);
      store.mark(
        'policy',
        some.map(({ peerId }) => peerId),
      );
    });
    await each(plan.settings, 1, slices, ([one]) => {
      if (!one) return;
      config.set(one.key, one.value);
      store.mark('setting', [one.key]);
    });
    await each(plan.standing.policies, RECORDS_AT_ONCE, slices, (some) =>
      store.mark('policy', some),
    );
    await each(plan.standing.settings, RECORDS_AT_ONCE, slices, (some) =>
      store.mark('setting', some),
    );
  }
}

const refused = (because: string): ImportResult => ({ kind: 'refused', because });

function partOf(plan: ImportPlan, part: ImportPart): ImportedPart {
  const account = plan.accounts[part];
  const { read, taken } = account;
  return { part, read, taken, changed: account.changed(), skipped: account.skipped() };
}

/** Days stay whole: as many at once as make a short transaction. */
function* wholeDays(days: readonly PastDay[]): Generator<readonly PastDay[]> {
  let some: PastDay[] = [];
  let cells = 0;
  for (const day of days) {
    if (some.length > 0 && cells + day.channels.length > CELLS_AT_ONCE) {
      yield some;
      some = [];
      cells = 0;
    }
    some.push(day);
    cells += day.channels.length;
  }
  if (some.length > 0) yield some;
}

async function each<T>(
  all: readonly T[],
  atOnce: number,
  slices: Slices,
  write: (some: readonly T[]) => void,
): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce) {
    await slices.turn();
    write(all.slice(from, from + atOnce));
  }
}
