/**
 * The promise of SPEC 4.6 over whole histories. The oracle counts by the time that truly passed, which nobody in the
 * plugin knows: jobs opened five at a time, payments that are found late and repeated, unknown outcomes, restarts
 * with the backend paying on meanwhile, and a clock that is set back and forth by days, running or not.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditedJob, breaches } from '../../../src/core/spending/audit.ts';
import { grant } from '../../../src/core/spending/grant.ts';
import type { Grant, Hold, Spend, SpendLaw } from '../../../src/core/spending/types.ts';
import { DAY_MS, fromSat, type Msat, msat, type UnixMs, unixMs } from '../../../src/core/units.ts';
import { SpendClock } from '../../../src/cycles/spend-clock.ts';
import type { ChannelMove } from '../../../src/ports/payments.ts';
import { channelId } from '../../../src/sqlite/forward-world.testing.ts';
import { AT, jobInto, pairOf, worldStore } from './spend-world.ts';

const LAW: SpendLaw = {
  dailyBudget: fromSat(5_000),
  proportional: false,
  proportionalPct: 0,
  minWalletReserve: msat(0n),
  minOnchainReserve: msat(0n),
  hiveWeeklyLoss: fromSat(350),
};
const LIMITS = { daily: LAW.dailyBudget, weekly: msat(LAW.dailyBudget * 4n) };
const FUNDS = {
  confirmedOnchain: fromSat(9_000_000),
  spendable: fromSat(90_000_000),
  revenue24h: msat(0n),
};
/** Channels 1 … 5 are filled; each out of a source of its own. */
const ROUTES = [1, 2, 3, 4, 5];
const sourceOf = (route: number): number => route + 5;
const GAP_MS = 60 * DAY_MS;

type When = { readonly wall: UnixMs; readonly ledger: UnixMs };
type Paid = {
  readonly hash: string;
  readonly index: number;
  readonly route: number;
  readonly cost: bigint;
  readonly stamp: UnixMs;
};
/** What the plugin remembers: the pure account, or the real store. */
interface Memory {
  lastAt(): UnixMs | undefined;
  keepTime(at: UnixMs): void;
  open(route: number, cap: Msat, when: When): number | undefined;
  take(news: readonly Paid[], ledger: UnixMs): void;
  settle(id: number, wall: UnixMs): void;
  unknown(id: number): void;
  byHand(id: number, spent: Msat, when: When): void;
}

const judged = (route: number, cap: Msat, account: Sums, at: UnixMs): Grant =>
  grant(
    {
      destination: channelId(route),
      kind: 'normal',
      amount: cap,
      destinationFees30d: fromSat(9_000_000),
    },
    account.holds,
    account.spends,
    FUNDS,
    LAW,
    at,
  );
type Sums = { readonly holds: readonly Hold[]; readonly spends: readonly Spend[] };

type Row = { route: number; cap: bigint; spent: bigint; since: UnixMs; state: string };
class PureMemory implements Memory {
  #last: UnixMs | undefined;
  readonly #rows: Row[] = [];
  readonly #spends: Spend[] = [];
  lastAt = () => this.#last;
  keepTime(at: UnixMs): void {
    this.#last = unixMs(Math.max(this.#last ?? 0, at));
  }
  open(route: number, cap: Msat, { ledger }: When): number | undefined {
    const open = this.#rows.filter(({ state }) => state !== 'settled');
    if (open.some((row) => row.route === route)) return undefined;
    const holds = open.map((row) => ({
      destination: channelId(row.route),
      kind: 'normal' as const,
      amount: msat(row.cap > row.spent ? row.cap - row.spent : 0n),
      since: row.since,
      unknown: row.state === 'unknown',
    }));
    if (judged(route, cap, { holds, spends: this.#spends }, ledger).kind === 'refused')
      return undefined;
    this.keepTime(ledger);
    return this.#rows.push({ route, cap, spent: 0n, since: ledger, state: 'open' }) - 1;
  }
  take(news: readonly Paid[], ledger: UnixMs): void {
    this.keepTime(ledger);
    for (const { route, cost } of news) {
      const row = this.#rows.find((one) => one.route === route && one.state !== 'settled');
      if (row) this.#spend(row, cost, ledger);
    }
  }
  settle(id: number): void {
    this.#row(id).state = 'settled';
  }
  unknown(id: number): void {
    this.#row(id).state = 'unknown';
  }
  byHand(id: number, spent: Msat, { ledger }: When): void {
    const row = this.#row(id);
    this.#spend(row, spent - row.spent, ledger);
    row.state = 'settled';
  }
  #spend(row: Row, amount: bigint, at: UnixMs): void {
    row.spent += amount;
    this.#spends.push({
      destination: channelId(row.route),
      kind: 'normal',
      amount: msat(amount),
      at,
    });
  }
  #row(id: number): Row {
    const row = this.#rows[id];
    if (!row) throw new Error(`no job ${id}`);
    return row;
  }
}

class StoredMemory implements Memory {
  readonly #store = worldStore();
  readonly #old: ChannelMove[] = [];
  constructor() {
    this.#store.spending.storeMoves([], 0, AT);
    this.#store.spending.setMovesComplete();
  }
  lastAt = () => this.#store.spending.lastAt();
  keepTime(at: UnixMs): void {
    this.#store.spending.keepTime(at);
  }
  open(route: number, cap: Msat, when: When): number | undefined {
    const job = jobInto(route, { cap, sources: [channelId(sourceOf(route))] });
    const judge = (account: Sums) => judged(route, cap, account, when.ledger);
    return this.#store.spending.open(job, judge, when).job?.id;
  }
  /** With a page read before once more. */
  take(news: readonly Paid[], ledger: UnixMs): void {
    const rows = news.flatMap(({ hash, index, route, cost, stamp }) =>
      pairOf(hash, index, {
        from: channelId(sourceOf(route)),
        to: channelId(route),
        cost,
        at: stamp,
      }),
    );
    const last = rows.at(-1)?.index ?? this.#store.spending.cursors().moves;
    this.#store.spending.storeMoves([...this.#old, ...rows], last, ledger);
    this.#old.splice(0, this.#old.length, ...rows);
  }
  settle(id: number, wall: UnixMs): void {
    this.#store.spending.settle(id, 'moved', 'done', wall);
  }
  unknown(id: number): void {
    this.#store.spending.mark(id, 'unknown', 'no answer');
  }
  byHand(id: number, spent: Msat, when: When): void {
    expect(this.#store.spending.settleByHand(id, spent, when)).toBe(true);
  }
}

type Job = { id: number; route: number; cap: bigint; unknown: boolean; audit: AuditedRow };
type AuditedRow = {
  heldAt: UnixMs;
  endedAt: UnixMs | undefined;
  cap: Msat;
  payments: { at: UnixMs; cost: Msat }[];
};

/** The world outside: true time, the wall clock, the backend that pays when it likes, and the node's records. */
class World {
  readonly seen = { granted: 0, refused: 0, paid: 0 };
  readonly #memory: Memory;
  #true: number = AT;
  #offset = 0;
  #clock: SpendClock;
  #index = 0;
  #jobs: Job[] = [];
  #unread: Paid[] = [];
  #audited: AuditedRow[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#clock = this.#process();
  }

  run(steps: readonly Step[]): void {
    this.#audited = [];
    for (const step of steps) this.#step(step);
    const jobs: readonly AuditedJob[] = this.#audited;
    expect(breaches(jobs, LIMITS)).toEqual([]);
    this.#end();
  }

  #step({ act, minutes, edge, jump, cap, pick }: Step): void {
    // Half of the time a whole day after something, or just beside it.
    const last = this.#audited.at(-1)?.payments.at(-1)?.at ?? this.#audited.at(-1)?.heldAt;
    const boundary = edge === undefined || last === undefined ? 0 : last + DAY_MS + edge;
    this.#true = boundary > this.#true ? boundary : this.#true + minutes * 60_000;
    switch (act) {
      case 'race':
        for (const route of ROUTES) this.#open(route, cap);
        return;
      case 'open':
        this.#open(ROUTES[pick % ROUTES.length] ?? 1, cap);
        return;
      case 'pay':
        this.#pay(pick, cap);
        return;
      case 'read':
        this.#read();
        return;
      case 'settle':
        this.#settle(pick);
        return;
      case 'unknown':
        this.#lose(pick);
        return;
      case 'jump':
        this.#offset += jump;
        this.#clock.now();
        return;
      case 'restart':
        this.#true += (minutes * 60_000) / 2;
        this.#pay(pick, cap);
        this.#offset += jump;
        this.#true += (minutes * 60_000) / 2;
        this.#clock = this.#process();
    }
  }

  #process(): SpendClock {
    const born = this.#true;
    const clock = { now: () => this.#wall(), elapsed: () => this.#true - born };
    return new SpendClock(clock, this.#memory.lastAt());
  }
  #wall = (): UnixMs => unixMs(this.#true + this.#offset);
  #when = (): When => ({ wall: this.#wall(), ledger: this.#clock.now() });

  #open(route: number, cap: number): void {
    const amount = msat(BigInt(cap));
    const id = this.#memory.open(route, amount, this.#when());
    if (id === undefined) {
      this.seen.refused += 1;
      return;
    }
    this.seen.granted += 1;
    const heldAt = unixMs(this.#true);
    const audit: AuditedRow = { heldAt, endedAt: undefined, cap: amount, payments: [] };
    this.#audited.push(audit);
    this.#jobs.push({ id, route, cap: amount, unknown: false, audit });
  }
  #pay(pick: number, most: number): void {
    const job = this.#jobs[pick % Math.max(1, this.#jobs.length)];
    if (!job) return;
    const left = job.cap - costOf(job);
    const cost = left < BigInt(most) ? left : BigInt(most);
    this.seen.paid += 1;
    job.audit.payments.push({ at: unixMs(this.#true), cost: msat(cost) });
    const index = this.#index + 1;
    this.#index += 2;
    this.#unread.push({
      hash: `payment ${index}`,
      index,
      route: job.route,
      cost,
      stamp: this.#wall(),
    });
  }
  #read(): void {
    this.#memory.take(this.#unread, this.#clock.now());
    this.#unread = [];
  }
  /** Only once everything it paid is read, as the job manager does it. */
  #settle(pick: number): void {
    const at = pick % Math.max(1, this.#jobs.length);
    const [job] = this.#jobs.splice(at, 1);
    if (!job) return;
    // What the operator says by hand need not be read before: the word is the truth here.
    if (job.unknown && pick % 2 === 0) {
      const own = this.#unread.filter(({ route }) => route === job.route);
      this.#memory.byHand(job.id, msat(costOf(job)), this.#when());
      this.#unread = this.#unread.filter((one) => !own.includes(one));
    } else {
      this.#read();
      this.#memory.settle(job.id, this.#wall());
    }
    job.audit.endedAt = unixMs(this.#true);
  }
  #lose(pick: number): void {
    const job = this.#jobs[pick % Math.max(1, this.#jobs.length)];
    if (!job) return;
    this.#memory.unknown(job.id);
    job.unknown = true;
  }
  /** Everything settled, the clock right again, and so long a rest that the next history stands alone. */
  #end(): void {
    while (this.#jobs.length > 0) this.#settle(1);
    this.#offset = 0;
    this.#clock.now();
    this.#true += GAP_MS;
    this.#memory.keepTime(this.#clock.now());
  }
}
const costOf = ({ audit }: Job): bigint => audit.payments.reduce((sum, { cost }) => sum + cost, 0n);

const step = fc.record({
  act: fc.constantFrom(
    ...(['race', 'race', 'open', 'open', 'pay', 'pay', 'pay', 'pay'] as const),
    ...(['read', 'settle', 'settle', 'unknown', 'jump', 'restart'] as const),
  ),
  minutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600 })),
  edge: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined, freq: 3 }),
  jump: fc.integer({ min: -9 * DAY_MS, max: 9 * DAY_MS }),
  cap: fc.integer({ min: 0, max: 2_500_000 }),
  pick: fc.nat({ max: 40 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const PROMISE =
  'five concurrent rebalances at the day boundary and under a clock that jumps both ways never exceed the budget by 1 msat';

test.each([
  ['the account alone', () => new PureMemory(), 9_000],
  ['the real store', () => new StoredMemory(), 1_500],
])(
  `${PROMISE} (%s)`,
  (_, memory, numRuns) => {
    let world = new World(memory());
    const seen = { granted: 0, refused: 0, paid: 0 };
    let histories = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        // A memory is used for many histories, a new one now and then keeps it small.
        histories += 1;
        if (histories % 50 === 0) world = new World(memory());
        const before = { ...world.seen };
        world.run(steps);
        seen.granted += world.seen.granted - before.granted;
        seen.refused += world.seen.refused - before.refused;
        seen.paid += world.seen.paid - before.paid;
      }),
      { numRuns },
    );
    // The budget was really contested, and really used.
    expect(Math.min(seen.granted, seen.refused, seen.paid)).toBeGreaterThan(numRuns);
  },
  120_000,
);
