/** Whatever happens in whatever order, a closed day says what it said, and all days together are the whole (SPEC 6.3). */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  movingCost,
  NO_SUMS,
  netOf,
  type PeriodSums,
  sumOf,
  totalCost,
} from '../core/books/period.ts';
import { DAY_MS, msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { noon, opening, paidForward, round, unlooked } from './book-world.testing.ts';
import { channel, channelId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

/** Two days before sums by channel are kept for the first time. */
const START = 20_253;
const DAYS = 40;
const CHANNELS = 4;
const KEEP_DAYS = 5;

type Op = {
  readonly what: string;
  readonly day: number;
  readonly a: number;
  readonly b: number;
  readonly amount: number;
};
const op: fc.Arbitrary<Op> = fc.record({
  what: fc.constantFrom(
    ...['forward', 'forward', 'forward', 'old forward', 'round', 'round', 'round again'],
    ...['opening', 'half opening', 'close', 'close', 'learn', 'import', 'imported cost'],
    ...['restart', 'restored', 'restored moves', 'restored chain', 'retain', 'complete'],
  ),
  day: fc.nat(DAYS - 1),
  a: fc.integer({ min: 1, max: CHANNELS }),
  b: fc.integer({ min: 1, max: CHANNELS }),
  amount: fc.integer({ min: 1, max: 9_999 }),
});

class Run {
  store: Store;
  readonly #path: string;
  readonly #frozen = new Map<number, unknown>();
  #next = 1;
  #onchain = 0n;
  readonly #forwards: ReturnType<typeof paidForward>[] = [];
  readonly #rounds: ReturnType<typeof round>[number][] = [];
  readonly #chain: ReturnType<typeof opening>[number][] = [];

  constructor(path: string, folds: boolean) {
    this.#path = path;
    this.store = this.#open();
    this.store.forwards.beginHydration(0, noon(START + DAYS), folds ? KEEP_DAYS : undefined);
  }
  #open(): Store {
    return openStore(this.#path, { onProblem: () => undefined });
  }

  do({ what, day, a, b, amount }: Op): void {
    const { forwards, spending, books, imports, channels } = this.store;
    const id = this.#next;
    const at = noon(START + day);
    const place = { day: START + day, from: a, to: b, fee: amount };
    if (what === 'forward' || what === 'old forward') {
      this.#next += 1;
      const row = paidForward(id, place);
      this.#forwards.push(row);
      forwards.storePage('created', [row], id, noon(START + DAYS));
      forwards.storePage('updated', [row], id, noon(START + DAYS));
    } else if (what === 'round') {
      const index = this.#rounds.length + 1;
      const rows = round(index, { at, from: a, to: (a % CHANNELS) + 1, fee: amount });
      this.#rounds.push(...rows);
      for (const row of rows) spending.storeMoves([row], row.index, at);
    } else if (what === 'round again') {
      const rows = this.#rounds.slice(0, b * 2);
      spending.storeMoves(rows, rows.at(-1)?.index ?? 0, at);
    } else if (what === 'restored moves') {
      spending.restartMoves();
      spending.storeMoves(this.#rounds, this.#rounds.length, at);
    } else if (what === 'opening' || what === 'half opening') {
      const txid = `tx ${id}`;
      this.#next += 1;
      const rows = opening(this.#chain.length + 1, {
        txid,
        at,
        channel: channelId(a),
        fee: amount,
      });
      this.#chain.push(...rows);
      this.#onchain += BigInt(amount);
      const parts = what === 'opening' ? [rows] : [rows.slice(0, 2), rows.slice(2)];
      for (const part of parts) books.storeChainMoves(part, part.at(-1)?.index ?? 0);
    } else if (what === 'restored chain') {
      books.restartChainMoves();
      const anew = this.#chain.toReversed().map((row, i) => ({ ...row, index: i + 1 }));
      books.storeChainMoves(anew, anew.length);
    } else if (what === 'close') for (let n = 0; n < amount % 9; n += 1) this.#close();
    else if (what === 'learn') channels.learn(this.#known(a), [], at);
    else if (what === 'import') this.#importDay(amount);
    else if (what === 'imported cost') {
      const cost = { channel: channel(b).names[0] ?? '', at, cost: msat(BigInt(amount)) };
      imports.addCosts([{ ...cost, moved: msat(1n) }]);
    } else if (what === 'restart') {
      this.store.close();
      this.store = this.#open();
    } else if (what === 'restored') this.#restored();
    else if (what === 'retain') {
      forwards.retain(noon(START + DAYS), KEEP_DAYS, amount);
      spending.retain(unixMs(at + 900 * DAY_MS), amount);
    } else if (what === 'complete') forwards.setHydrated(at);
  }

  #known(n: number) {
    return Array.from({ length: n }, (_, i) => channel(i + 1));
  }
  /** All pages of a node that was restored, so that what was only summed is there again. */
  #restored(): void {
    const { forwards } = this.store;
    forwards.restartHydration(this.#next, noon(START + DAYS));
    const last = this.#next;
    forwards.storePage('created', this.#forwards, last, noon(START + DAYS));
    forwards.storePage('updated', this.#forwards, last, noon(START + DAYS));
  }
  /** A day of the Python plugin before all others. */
  #importDay(amount: number): void {
    const { imports } = this.store;
    const day = (imports.firstForwardDay() ?? START) - 1;
    const flow = { in: msat(5n), out: msat(4n) };
    const fee = msat(BigInt(amount));
    const none = { inCount: 0, in: msat(0n), inFee: msat(0n) };
    const row = { name: channel(2).names[0] ?? '', outCount: 1, out: flow.out, outFee: fee };
    const channels = [{ ...none, ...row, lastAt: noon(day) }];
    imports.addDays([{ day, count: 1, ...flow, fee, channels }]);
  }
  #close(): void {
    const { books } = this.store;
    const day = (books.closed()?.last ?? (books.oldest() ?? START) - 1) + 1;
    if (day > START + DAYS + 20) return;
    if (books.oldest() !== undefined)
      expect(() => books.close(unlooked(day + 1))).toThrow('is due');
    const before = this.#picture(day);
    books.close(unlooked(day));
    expect(this.#picture(day)).toEqual(before);
    this.#frozen.set(day, before);
  }
  #picture(day: number): unknown {
    const { books } = this.store;
    const [one] = books.nodeDays(day, day);
    const sorted = (sums: ReadonlyMap<unknown, PeriodSums>) =>
      [...sums].sort((x, y) => String(x[0]).localeCompare(String(y[0])));
    const days = new Map(books.channelDays(day, day, 99).map((row) => [row.channelId, row.sums]));
    expect(sorted(days)).toEqual(sorted(books.channels(day, day)));
    return {
      sums: one?.sums,
      late: one?.late,
      channels: sorted(days),
      facts: books.late(day, day),
    };
  }

  check(): void {
    const { books, spending, forwards } = this.store;
    for (const [day, picture] of this.#frozen) expect(this.#picture(day)).toEqual(picture);
    const first = Math.min(books.oldest() ?? START, START) - 1;
    const end = START + DAYS + 30;
    for (const [from, to] of [
      [first, end],
      [START + 3, START + 29],
      [START - 2, START + 17],
      [START + 20, end],
    ] as const) {
      const node = books.node(from, to);
      const channels = books.channels(from, to);
      expect(sumOf(channels.values())).toEqual(node);
      expect(sumOf(books.nodeDays(from, to).map(({ sums }) => sums))).toEqual(node);
      const days = books.channelDays(from, to, 10_000);
      expect(sumOf(days.map(({ sums }) => sums))).toEqual(node);
      for (const [channelId, sums] of channels)
        expect(
          sumOf(days.flatMap((row) => (row.channelId === channelId ? [row.sums] : []))),
        ).toEqual(sums);
    }
    const all = books.node(first, end);
    // What of it is taken in is the forwards' own property (forward-store.property.test.ts).
    expect(all.revenue).toBe(forwards.nodeTotals().fees);
    expect(all.costs.open).toBe(this.#onchain);
    const told = books.late(first, end).map((fact) => netOf(fact));
    expect(told.reduce((sum, net) => sum + net, 0n)).toBe(
      books.nodeDays(first, end).reduce((sum, { late }) => sum + late, 0n),
    );
    this.#checkLives(sumOf([all]));
    let moving = 0n;
    for (const [id, { life, diagnostic }] of spending.costs(noon(end))) {
      const [sums] = [books.channelLives().get(id) ?? NO_SUMS];
      expect(movingCost(sums.costs)).toBe(life + diagnostic);
      moving += life + diagnostic;
    }
    const nameless = books.channelLives().get(undefined) ?? NO_SUMS;
    expect(movingCost(all.costs)).toBe(moving + movingCost(nameless.costs));
  }
  #checkLives(all: PeriodSums): void {
    const lives = this.store.books.channelLives();
    expect(sumOf(lives.values())).toEqual(all);
    const first = Math.min(this.store.books.oldest() ?? START, START) - 1;
    const whole = this.store.books.channels(first, START + DAYS + 30);
    for (const [id, life] of lives) expect(whole.get(id)).toEqual(life);
    expect(totalCost(all.costs)).toBe(movingCost(all.costs) + all.costs.open);
  }
}

/** The node's days and the exits of its channels are the same forwards. */
function expectOneTruth(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  const differing = db
    .prepare(
      `SELECT day, sum(fee) AS fee, sum(count) AS count FROM
         (SELECT day, fee_msat AS fee, count FROM node_day UNION ALL SELECT day, -out_fee, -out_count FROM flow_day)
       GROUP BY day HAVING sum(fee) <> 0 OR sum(count) <> 0`,
    )
    .all();
  expect(differing).toEqual([]);
  db.close();
}

test('closed days never change, all days are the whole, and channels add up to the node', () => {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'books-'));
  let runs = 0;
  try {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 30, size: 'max' }), fc.boolean(), (ops, folds) => {
        runs += 1;
        const run = new Run(join(folder, `${runs}.db`), folds);
        try {
          for (const one of ops) run.do(one);
          run.check();
          run.do({ what: 'learn', day: DAYS - 1, a: CHANNELS, b: 1, amount: 1 });
          for (let n = 0; n < 8; n += 1) run.do({ what: 'close', day: 0, a: 1, b: 1, amount: 8 });
          run.check();
        } finally {
          run.store.close();
        }
        expectOneTruth(join(folder, `${runs}.db`));
      }),
      { numRuns: 30 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
