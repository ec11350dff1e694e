/** What happens while the airlock waits for others: settings change, askers leave, orders take effect late. */
import { expect, test } from 'vitest';
import { AirlockWorld, MINUTE_MS, order } from '../../../test/doubles/airlock-world.ts';

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
  const other = order({ destination: w.channels[3]?.channelId ?? order().subject });
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
