/** What happens while the airlock waits for others: settings change, askers leave, orders take effect late. */
import { describe, expect, test } from 'vitest';
import {
  AirlockWorld,
  CHUNK,
  INTO,
  MINUTE_MS,
  OTHER_INTO,
  order,
  SOURCE,
} from '../../../test/doubles/airlock-world.ts';
import type { RecordedPayments } from '../../../test/doubles/payment-records.ts';
import { fromSat } from '../../core/units.ts';
import type { Rebalancer } from '../../ports/rebalancer.ts';
import { type Store, StoreFailed } from '../../ports/store.ts';

test('a budget that is lowered while the wallet is asked holds already', async () => {
  const w = new AirlockWorld();
  const wallet = w.payments.wallet.bind(w.payments);
  w.payments.wallet = () => {
    w.config = { ...w.config, daily_budget_sats: 89 };
    return wallet();
  };
  expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'daily' });
  expect(w.sling.orders).toEqual([]);
});

test('a budget of 0 spends nothing, and one below what is held grants nothing more', async () => {
  const w = new AirlockWorld();
  w.config = { ...w.config, daily_budget_sats: 0 };
  expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'daily' });
  const ill = { ...order(), kind: 'diagnostic' as const };
  expect(await w.order(ill)).toMatchObject({ kind: 'refused', cap: 'daily' });
  w.config = { ...w.config, daily_budget_sats: 5000, weekly_budget_sats: 89 };
  expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'weekly' });
  w.config = { ...w.config, weekly_budget_sats: 0 };
  expect(await w.order()).toMatchObject({ kind: 'ordered' });
  w.config = { ...w.config, daily_budget_sats: 1 };
  const other = order({ destination: OTHER_INTO });
  expect(await w.order(other)).toMatchObject({ kind: 'refused', cap: 'daily' });
});

test('whoever was told that nothing was ordered gets nothing ordered later', async () => {
  const w = new AirlockWorld();
  let wanted = true;
  const wallet = w.payments.wallet.bind(w.payments);
  w.payments.wallet = () => {
    wanted = false;
    return wallet();
  };
  const answer = await w.airlock.order({ ...order(), wanted: () => wanted }, w.channels);
  expect(answer).toMatchObject({ kind: 'refused', cap: 'not_ready' });
  expect(w.store.spending.jobs(9)).toEqual([]);
  expect(w.sling.orders).toEqual([]);
});

test('an unanswered order that begins after it was stopped, and that no list shows, is stopped before its end is written', async () => {
  const w = new AirlockWorld();
  w.sling.startManner = 'silent-late';
  // sling has no list of once-jobs, and what was stopped is not remembered.
  w.sling.jobs = async () => [];
  await w.order();
  await w.watch();
  expect(w.sling.running.size).toBe(0);
  w.work();
  expect(w.sling.running.size).toBe(1);
  await w.watch(2 * MINUTE_MS);
  expect(w.sling.running.size).toBe(0);
  expect(w.job()).toMatchObject({ state: 'settled', payments: 1 });
});

describe('on a full disk', () => {
  /** Nothing of ours can be written any more. */
  const fillDisk = (w: AirlockWorld) => {
    const full = () => {
      throw new StoreFailed('database or disk is full');
    };
    const { locks } = w.store;
    const add = locks.add.bind(locks);
    locks.add = full;
    const border = {
      rebalancer: (one: Rebalancer) => one,
      payments: (one: RecordedPayments) => one,
      spending: (one: Store['spending']) =>
        new Proxy(one, {
          get: (target, name) => {
            const isWrite = WRITES.has(String(name));
            const member: unknown = Reflect.get(target, name);
            if (isWrite && disk.full) return full;
            return typeof member === 'function' ? member.bind(target) : member;
          },
        }),
    };
    const disk = { full: true };
    w.restart(border);
    return {
      free: () => {
        disk.full = false;
        locks.add = add;
      },
    };
  };
  const WRITES = new Set([
    'open',
    'mark',
    'settle',
    'storeMoves',
    'setMovesComplete',
    'keepTime',
    'storeSendPays',
  ]);

  test('what runs is stopped by the brake all the same, and settled when there is room', async () => {
    const w = new AirlockWorld();
    await w.order();
    await w.order(order({ destination: OTHER_INTO }));
    w.work();
    const disk = fillDisk(w);
    await expect(w.airlock.stopAll('paused')).rejects.toThrow(StoreFailed);
    expect(w.sling.running.size).toBe(0);
    expect(await w.order().catch((error: unknown) => error)).toBeInstanceOf(StoreFailed);
    expect(w.sling.orders).toHaveLength(2);
    expect(w.job().state).toBe('running');
    disk.free();
    await w.watch();
    expect([w.job(1), w.job(2)]).toMatchObject([
      { state: 'settled', spent: fromSat(20) },
      { state: 'settled', spent: fromSat(20) },
    ]);
  });

  test('an arrival that is short is stopped and told at once, and locked when there is room', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.work({ short: fromSat(1) });
    // The payment is in the books; the disk is full from then on.
    w.store.spending.storeMoves(w.payments.moves, 2, w.clock.now());
    const disk = fillDisk(w);
    await expect(w.airlock.watch('a payment')).rejects.toThrow(StoreFailed);
    expect(w.sling.running.size).toBe(0);
    expect(w.alerts).toEqual([expect.stringContaining('arrived short')]);
    await expect(w.watch()).rejects.toThrow(StoreFailed);
    disk.free();
    await w.watch();
    expect(w.store.locks.active(w.clock.now())).toMatchObject([{ scope: 'rebalance' }]);
    expect(w.alerts).toEqual([expect.stringContaining('arrived short')]);
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'strayed' });
  });
});

describe('records that come in parts', () => {
  const INTO_1 = { out: SOURCE, in: INTO, amount: CHUNK, fee: fromSat(20) };

  test.each([true, false])('are read to their end (channel moves: %s)', async (hasMoves) => {
    const w = new AirlockWorld();
    const { payments } = w;
    payments.hasMoves = hasMoves;
    await w.order();
    for (let i = 0; i < 3; i += 1) w.work();
    const moves = payments.channelMoves.bind(payments);
    const sends = payments.sendPays.bind(payments);
    payments.channelMoves = (start) => moves(start, 2);
    payments.sendPays = (start) => sends(start, 2);
    await w.airlock.watch('a payment');
    // The same, had each page been full.
    expect(w.store.spending.payments({ limit: 9 })).toHaveLength(3);
    expect(w.job()).toMatchObject({ spent: fromSat(60), moved: fromSat(300_000) });
  });

  test('behind a payment that hangs are read to their end, in however many turns', async () => {
    const w = new AirlockWorld();
    const { payments } = w;
    payments.hasMoves = false;
    payments.begin({ ...INTO_1, at: w.clock.now() });
    const [first] = payments.sends;
    if (!first) throw new Error('nothing was sent');
    const others = Array.from({ length: 150_000 }, (_, i) => ({
      ...first,
      index: i + 2,
      status: 'failed' as const,
    }));
    const all = [first, ...others];
    payments.sendPays = async (start, limit) => all.slice(start - 1, start - 1 + limit);
    await w.watch();
    expect(w.store.spending.cursors()).toMatchObject({ sendPays: 0, complete: false });
    await w.watch();
    expect(w.store.spending.cursors()).toMatchObject({ sendPays: 0, complete: true });
  });
});
