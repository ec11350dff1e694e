/** The heart: whatever the order in which forwards reach us, the totals are those of a direct sum (SPEC 2.2). */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { Forward } from '../ports/node.ts';
import type { Store } from '../ports/store.ts';
import { channel, channelId, type Fate, ForwardWorld, scid } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const START = unixMs(1_750_000_000_000);
const CHANNELS = [1, 2, 3, 4];
const KEEP_DAYS = 9;
const WINDOW_DAYS = 7;

const fate: fc.Arbitrary<Fate> = fc.record({
  gap: fc.oneof(fc.integer({ min: 100, max: HOUR_MS }), fc.integer({ min: 100, max: 2 * DAY_MS })),
  overtakenBy: fc.integer({ min: 0, max: 6 }),
  from: fc.constantFrom(...CHANNELS),
  to: fc.constantFrom(...CHANNELS),
  out: fc.integer({ min: 1, max: 2_000_000_000 }),
  fee: fc.integer({ min: 0, max: 5_000_000 }),
  end: fc.constantFrom('settled', 'settled', 'settled', 'failed', 'local_failed', 'no amount'),
  hasHtlcId: fc.boolean(),
  reason: fc.constantFrom(
    'WIRE_TEMPORARY_CHANNEL_FAILURE',
    'WIRE_FEE_INSUFFICIENT',
    'WIRE_UNKNOWN_NEXT_PEER',
  ),
});
type Op = { readonly what: string; readonly n: number };
const op: fc.Arbitrary<Op> = fc.record({
  what: fc.constantFrom(
    ...['time', 'time', 'time', 'created', 'created', 'updated', 'updated', 'live', 'live'],
    ...['repeat', 'crash', 'restart', 'retain', 'retain', 'away', 'learn', 'complete', 'restored'],
  ),
  n: fc.integer({ min: 1, max: 12 }),
});

/** A page that dies in the middle: the transaction must leave nothing of it. */
const dying = (rows: readonly Forward[]): Forward[] => {
  const [first, ...rest] = rows;
  if (!first) return [];
  const last: Forward = {
    ...first,
    get status(): Forward['status'] {
      throw new Error('killed here');
    },
  };
  return [first, ...rest, last];
};

class Run {
  readonly world: ForwardWorld;
  readonly path: string;
  store: Store;
  now: UnixMs = START;
  #everHydrated = false;
  #restoredSince = false;

  /** `before`: so many payments had arrived when we came. */
  constructor(fates: readonly Fate[], before: number, path: string, folds: boolean) {
    this.world = new ForwardWorld(fates, START);
    this.path = path;
    this.store = this.#open();
    this.now = this.world.lives[before]?.receivedAt ?? START;
    this.store.forwards.beginHydration(
      this.world.updatedIndex(this.now),
      this.now,
      folds ? KEEP_DAYS : undefined,
    );
  }
  #open(): Store {
    return openStore(this.path, { onProblem: () => undefined });
  }
  page(index: 'created' | 'updated', after: number, limit: number): number {
    const rows =
      index === 'created'
        ? this.world.createdPage(this.now, after, limit)
        : this.world.updatedPage(this.now, after, limit);
    const last = rows.at(-1)?.[index === 'created' ? 'createdIndex' : 'updatedIndex'] ?? after;
    this.store.forwards.storePage(index, rows, last, this.now);
    return rows.length;
  }
  complete(): void {
    const { forwards } = this.store;
    for (const index of ['created', 'updated'] as const)
      while (this.page(index, forwards.cursors()[index], 5) > 0);
    forwards.setHydrated(this.now);
    this.#everHydrated = true;
    this.#restoredSince = false;
  }
  learn(n: number): void {
    const known = CHANNELS.filter((one) => one <= n);
    this.store.channels.learn(
      known.map((one) => channel(one)),
      [],
      this.now,
    );
  }
  do({ what, n }: Op): void {
    const { forwards } = this.store;
    const cursors = forwards.cursors();
    if (what === 'time') {
      const next = this.world.lives.find(({ receivedAt }) => receivedAt > this.now);
      this.now = unixMs((next?.receivedAt ?? this.now) + n * 50);
    } else if (what === 'away') {
      // Retention runs before the passes have caught up with what happened meanwhile.
      this.now = unixMs(Math.min(this.world.end, this.now + n * 2 * DAY_MS));
      while (forwards.retain(this.now, KEEP_DAYS, n));
    } else if (what === 'created' || what === 'updated') this.page(what, cursors[what], n);
    else if (what === 'live') {
      const settled = this.world.settledBy(this.now);
      const some = settled.filter((_, i) => (i * 7 + n) % 3 === 0).reverse();
      forwards.storeEvents([...some, ...some.slice(0, 2)], this.now);
    } else if (what === 'repeat') {
      this.page('created', Math.max(0, cursors.created - n), n);
      this.page('updated', Math.max(cursors.hydrationMark ?? 0, cursors.updated - n), n);
    } else if (what === 'crash') {
      const rows = dying(this.world.createdPage(this.now, cursors.created, n));
      if (rows.length > 0)
        expect(() => forwards.storePage('created', rows, 999, this.now)).toThrow('killed here');
      expect(forwards.cursors()).toEqual(cursors);
    } else if (what === 'restart') {
      this.store.close();
      this.store = this.#open();
    } else if (what === 'retain') forwards.retain(this.now, KEEP_DAYS, n);
    else if (what === 'learn') this.learn(n);
    else if (what === 'complete') this.complete();
    else if (what === 'restored') this.#restored();
  }
  /** A node is restored once at a time: not again before the hydration that follows has ended. */
  #restored(): void {
    if (this.#restoredSince && this.#everHydrated) return;
    this.store.forwards.restartHydration(this.world.updatedIndex(this.now), this.now);
    this.#restoredSince = true;
  }
}

const sum = (rows: readonly Forward[], part: (row: Forward) => bigint | undefined): bigint =>
  rows.reduce((total, row) => total + (part(row) ?? 0n), 0n);

function expectTruth({ world, store, now }: Run): void {
  const all = world.lives.map(({ final }) => final);
  const settled = all.filter((row) => row.status === 'settled' && row.outMsat !== undefined);
  const { forwards } = store;
  expect(forwards.nodeTotals()).toEqual({
    forwards: settled.length,
    in: sum(settled, (row) => row.inMsat),
    out: sum(settled, (row) => row.outMsat),
    fees: sum(settled, (row) => row.feeMsat),
  });
  const count = (status: string): number => all.filter((row) => row.status === status).length;
  expect(forwards.counts()).toMatchObject({
    failed: count('failed'),
    localFailed: count('local_failed'),
    unresolved: 0,
  });
  for (const n of CHANNELS) {
    const entered = settled.filter((row) => row.inChannel === scid(n));
    const left = settled.filter((row) => row.outChannel === scid(n));
    const moments = [...entered, ...left].map((row) => row.resolvedAt ?? 0);
    const id = channelId(n);
    expect(forwards.lastSettled().get(id)).toBe(
      moments.length > 0 ? Math.max(...moments) : undefined,
    );
    expect(forwards.channelTotals().get(id)).toEqual(
      moments.length === 0
        ? undefined
        : {
            inCount: entered.length,
            in: sum(entered, (row) => row.inMsat),
            outCount: left.length,
            out: sum(left, (row) => row.outMsat),
            fees: sum(left, (row) => row.feeMsat),
            assistedFees: sum(entered, (row) => row.feeMsat),
          },
    );
    const flows = forwards.dayFlows(now, WINDOW_DAYS).get(id) ?? [];
    const age = (row: Forward): number => Math.floor((now - (row.resolvedAt ?? 0)) / DAY_MS);
    for (let day = 0; day < WINDOW_DAYS; day += 1) {
      const ins = entered.filter((row) => age(row) === day);
      const outs = left.filter((row) => age(row) === day);
      expect(flows.find((flow) => flow.age === day)).toEqual(
        ins.length + outs.length === 0
          ? undefined
          : {
              age: day,
              in: sum(ins, (row) => row.inMsat),
              out: sum(outs, (row) => row.outMsat),
              count: ins.length + outs.length,
            },
      );
    }
    const since = unixMs(now - DAY_MS);
    const lately = left.filter((row) => (row.resolvedAt ?? 0) >= since);
    expect(forwards.outSince(since).get(id) ?? 0n).toBe(sum(lately, (row) => row.outMsat));
  }
  const missed = all.filter(
    (row) => row.status === 'local_failed' && row.failReason === 'WIRE_TEMPORARY_CHANNEL_FAILURE',
  );
  const told = forwards.missed(0, 1000);
  expect(told.reduce((total, row) => total + row.count, 0)).toBe(missed.length);
  expect(told.reduce((total, row) => total + row.amount, 0n)).toBe(
    sum(missed, (row) => row.inMsat),
  );
}

/** The counters beside the tables say what is in the tables. */
function expectBooksInOrder(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  const one = (sql: string) => Object.values(db.prepare(sql).get() ?? {})[0];
  expect(one('SELECT settled_rows FROM ingest')).toBe(one('SELECT count(*) FROM settled'));
  for (const status of ['failed', 'local_failed'])
    expect(one(`SELECT ${status} FROM ingest`)).toBe(
      one(`SELECT coalesce(sum(count), 0) FROM (SELECT * FROM (SELECT status, side, count FROM failure_hour
        UNION ALL SELECT status, side, count FROM failure_total)
        WHERE status = '${status}' AND side = 'in')`),
    );
  for (const column of ['in_msat', 'out_msat', 'out_fee', 'in_fee', 'in_count', 'out_count'])
    expect(one(`SELECT coalesce(sum(${column}), 0) FROM flow_day`)).toBe(
      one(`SELECT coalesce(sum(${column}), 0) FROM channel_total`),
    );
  expect(one('SELECT coalesce(sum(fee_msat), 0) FROM node_day')).toBe(
    one('SELECT coalesce(sum(out_fee), 0) FROM channel_total'),
  );
  expect(one('PRAGMA integrity_check')).toBe('ok');
  db.close();
}

test('any interleaving of pages, events, repeats, restarts, names learned late, retention and restored nodes', () => {
  // In memory where there is such a folder: this is about order, not about the disk.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'forwards-'));
  let runs = 0;
  try {
    fc.assert(
      fc.property(
        fc.array(fate, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.array(op, { maxLength: 60, size: 'max' }),
        fc.nat(60),
        fc.boolean(),
        (fates, ops, before, folds) => {
          runs += 1;
          const run = new Run(fates, before, join(folder, `${runs}.db`), folds);
          try {
            for (const one of ops) run.do(one);
            run.now = run.world.end;
            run.complete();
            run.learn(CHANNELS.length);
            expectTruth(run);
            while (run.store.forwards.retain(run.now, KEEP_DAYS, 3));
            expectTruth(run);
            run.store.forwards.storeEvents(run.world.settledBy(run.now), run.now);
            expectTruth(run);
          } finally {
            run.store.close();
          }
          expectBooksInOrder(run.path);
          rmSync(run.path);
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
