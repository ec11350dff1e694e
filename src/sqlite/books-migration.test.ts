/** A database from before the books comes out with days that add up to the totals it had (migration 006). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_COSTS, totalCost } from '../core/books/period.ts';
import { DAY_MS } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { noon, routed } from './book-world.testing.ts';
import { channelId, nodeId, scid } from './forward-world.testing.ts';
import { APPLICATION_ID } from './migrate.ts';
import { BOOKS } from './migrations/006-books.ts';
import { MIGRATIONS } from './migrations/in-order.ts';
import { openStore } from './open-store.ts';

const DAY = 20_300;
const BEFORE_BOOKS = MIGRATIONS.indexOf(BOOKS);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'books-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opened twice: what was migrated stays. */
function migrated(fill: (old: DatabaseSync) => void, look: (store: Store) => void): void {
  const path = join(folder, 'old.db');
  const old = new DatabaseSync(path);
  old.exec('PRAGMA auto_vacuum = INCREMENTAL');
  for (const migration of MIGRATIONS.slice(0, BEFORE_BOOKS)) old.exec(migration);
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  old.exec(`PRAGMA user_version = ${BEFORE_BOOKS}`);
  for (const n of [1, 2, 3])
    old.exec(`INSERT INTO channel (key, channel_id, capacity_msat) VALUES (${n}, '${channelId(n)}', 5);
      INSERT INTO channel_name VALUES ('${scid(n)}', ${n})`);
  fill(old);
  old.close();
  for (let opening = 0; opening < 2; opening += 1) {
    const store = openStore(path, { onProblem: () => undefined });
    try {
      look(store);
    } finally {
      store.close();
    }
  }
}
const job = (old: DatabaseSync, id: number, kind: string, hand?: { said: number; spent: number }) =>
  old.exec(`INSERT INTO rebalance_job (id, kind, subject, destination, destination_peer, scid, amount_msat, chunk_msat,
      max_ppm, cap_msat, income_msat, loss_msat, deadline_ms, state, created_wall, held_ledger, opened_move, opened_send,
      ended_wall, ended_ledger, outcome, moved_msat, spent_msat, payments, hand_msat, hand_wall, hand_ledger)
    VALUES (${id}, '${kind}', 3, 2, '${nodeId(2)}', '1x1x1', 9, 9, 1, 99, 0, 0, 1, 'settled', 1, 1, 0, 0, 1, 1, 'moved', 0,
      ${hand?.spent ?? 0}, 1, ${hand?.said ?? 'NULL'}, ${hand ? noon(DAY + 3) : 'NULL'}, 1)`);
const payment = (old: DatabaseSync, day: number, cost: number, jobId?: number) =>
  old.exec(`INSERT INTO circular_payment VALUES ('${day} ${cost}', 1, 2, ${1000 + cost}, 1000, ${cost}, ${noon(day)}, 1,
    ${jobId ?? 'NULL'}, 1)`);

test('payments and the operator’s word lie on their days, and what was forgotten before them', () => {
  migrated(
    (old) => {
      job(old, 1, 'normal');
      job(old, 2, 'hive');
      job(old, 3, 'diagnostic', { said: 50, spent: 30 });
      job(old, 4, 'manual', { said: 5, spent: 20 });
      payment(old, DAY, 10, 1);
      payment(old, DAY + 1, 7, 2);
      payment(old, DAY + 1, 30, 3);
      payment(old, DAY + 2, 20, 4);
      payment(old, DAY + 2, 3);
      old.exec(`INSERT INTO rebalance_total VALUES (2, ${10 + 7 + 20 + 3 + 1000}, 0), (3, 0, 50)`);
      old.exec(
        `INSERT INTO fact VALUES ('payments dropped', ${noon(DAY - 5)}), ('spending at', ${noon(DAY + 4)})`,
      );
    },
    ({ books, spending }) => {
      const days = books.nodeDays(DAY - 6, DAY + 3);
      const paid = days.filter(({ sums }) => totalCost(sums.costs) !== 0n);
      expect(paid.map(({ day, sums }) => [day - DAY, sums.costs])).toEqual([
        [-6, { ...NO_COSTS, rebalance: 1000n }],
        [0, { ...NO_COSTS, rebalance: 10n }],
        [1, { ...NO_COSTS, hive: 7n, diagnostic: 30n }],
        [2, { ...NO_COSTS, rebalance: 23n }],
        [3, { ...NO_COSTS, diagnostic: 20n }],
      ]);
      const lives = books.channelLives();
      for (const [id, { life, diagnostic }] of spending.costs(noon(DAY))) {
        const costs = lives.get(id)?.costs ?? NO_COSTS;
        expect([costs.rebalance + costs.hive, costs.diagnostic]).toEqual([life, diagnostic]);
      }
      expect(lives.get(channelId(2))?.costs.rebalance).toBe(1033n);
    },
  );
});

test('imported costs count before the first payment, also under names nobody knew', () => {
  const names = [scid(1), channelId(2), channelId(9), '5x5x5', '6x6x6'];
  migrated(
    (old) => {
      names.forEach((name, i) => {
        for (const day of [DAY, DAY + 1])
          old.exec(`INSERT INTO imported_cost VALUES ('${name}', ${noon(day)}, ${10 ** i}, 1)`);
      });
      payment(old, DAY + 1, 3);
      old.exec('INSERT INTO rebalance_total VALUES (2, 3, 0)');
    },
    ({ books, channels, spending }) => {
      expect(books.nodeDays(DAY, DAY + 1).map(({ sums }) => sums.costs.rebalance)).toEqual([
        11_111n,
        3n,
      ]);
      const lives = books.channelLives();
      const life = (n: number) => lives.get(channelId(n))?.costs.rebalance;
      expect([life(1), life(2), life(9)]).toEqual([1n, 13n, 100n]);
      expect(lives.get(undefined)?.costs.rebalance).toBe(11_000n);
      for (const [id, costs] of spending.costs(noon(DAY)))
        expect(lives.get(id)?.costs.rebalance).toBe(costs.life);
      expect(channels.resolve('5x5x5')).toBeUndefined();
    },
  );
});

test('a day of which the moves were read before is no whole one', () => {
  const at = (DAY + 0.5) * DAY_MS;
  migrated(
    (old) =>
      old.exec(
        `INSERT INTO fact VALUES ('moves cursor', 4), ('moves cursor at', ${at}), ('moves complete', 1)`,
      ),
    ({ spending, books }) => {
      const index = spending.cursors().moves + 1;
      const day = index === 5 ? DAY : DAY + 1;
      spending.storeMoves(routed(index, noon(day), 2), index + 1, noon(day));
      expect(books.nodeLedger(DAY)).toBeUndefined();
      expect(books.nodeLedger(DAY + 1)?.routed).toBe(index === 5 ? 0n : 2n);
    },
  );
});
