/** What the airlock looks over before it says that it is ready. */
import { describe, expect, test } from 'vitest';
import {
  AirlockWorld,
  CHUNK,
  HOURS_2,
  INTO,
  MINUTE_MS,
  SOURCE,
} from '../../../test/doubles/airlock-world.ts';
import { scid } from '../../../test/doubles/peer-channel.ts';
import { fromSat, msat } from '../../core/units.ts';

describe('readiness', () => {
  test('is given once the backend, the records and the jobs were looked over, and costs nothing then', async () => {
    const w = new AirlockWorld();
    expect(await w.airlock.readiness()).toEqual({ ready: true });
    expect(w.lines).toContain('info: Startup Hygiene: Terminated 0 orphan sling jobs.');
    const asked = w.sling.asked.length + w.payments.asked.length;
    expect(await w.airlock.readiness()).toEqual({ ready: true });
    expect(w.sling.asked.length + w.payments.asked.length).toBe(asked);
    expect(w.airlock.version()).toBe('v4.3.1');
  });

  test('is refused without the backend, with an old one, and with one that does not answer', async () => {
    const w = new AirlockWorld();
    w.sling.present = false;
    expect(await w.airlock.readiness()).toMatchObject({
      because: 'sling is not installed or not running',
    });
    w.sling.present = true;
    w.sling.silent = true;
    expect(await w.airlock.readiness()).toMatchObject({ ready: false });
    w.sling.silent = false;
    w.sling.said = 'v4.2.1';
    expect(await w.airlock.readiness()).toMatchObject({
      because: expect.stringContaining('without checking its amount'),
    });
    w.sling.said = 'v4.3.2';
    w.airlock.forget();
    expect(await w.airlock.readiness()).toEqual({ ready: true });
  });

  test('and so is an order when jobs cannot be listed any more, though the version is known', async () => {
    const w = new AirlockWorld();
    expect(await w.airlock.readiness()).toEqual({ ready: true });
    w.sling.present = false;
    expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'not_ready' });
    expect(w.sling.asked.filter((one) => one.startsWith('start'))).toEqual([]);
  });

  test('is refused while the records of the node cannot be read', async () => {
    const w = new AirlockWorld();
    w.payments.silent.add('channelMoves');
    expect(await w.airlock.readiness()).toMatchObject({
      because: expect.stringContaining('cannot be read'),
    });
    expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'not_ready' });
    w.payments.silent.clear();
    expect(await w.airlock.readiness()).toEqual({ ready: true });
  });

  test('a long history is read over several turns, and nothing is ordered before its end', async () => {
    const w = new AirlockWorld();
    const row = { channelId: SOURCE, credit: msat(1n), debit: msat(0n), fees: msat(0n) };
    w.payments.moves = Array.from({ length: 150_000 }, (_, i) => ({
      ...row,
      index: i + 1,
      at: w.clock.now(),
      tag: 'routed',
      paymentHash: undefined,
    }));
    expect(await w.airlock.readiness()).toMatchObject({
      because: "the node's records of payments are being read",
    });
    expect(w.looks).toEqual([1000]);
    expect(w.store.spending.cursors().complete).toBe(false);
    await w.watch();
    expect(w.store.spending.cursors()).toMatchObject({ moves: 150_000, complete: true });
    expect(await w.airlock.readiness()).toEqual({ ready: true });
  });

  test('a node that shows none of the moves it had is not believed: nothing is spent', async () => {
    const w = new AirlockWorld();
    w.payments.pay({ out: SOURCE, in: INTO, amount: CHUNK, fee: fromSat(1), at: w.clock.now() });
    await w.watch();
    w.payments.moves = [];
    expect(await w.order()).toMatchObject({
      cap: 'not_ready',
      because: expect.stringContaining('none of its channel moves'),
    });
    expect(w.store.spending.cursors()).toMatchObject({ moves: 2, complete: true });
  });

  test.each([
    ['ends before what was read', 1],
    ['has something else there', 4],
  ])(
    'a node that was restored, whose history %s, is read anew, and no msat is lost or counted twice',
    async (_, rows) => {
      const w = new AirlockWorld();
      const asked = { out: SOURCE, in: INTO, amount: CHUNK, fee: fromSat(1), at: w.clock.now() };
      await w.order();
      w.payments.pay(asked);
      await w.watch();
      await w.airlock.stopAll('the node stops');
      w.clock.move(MINUTE_MS);
      // Before the restored point nothing of ours had been recorded; since then somebody else's forwards were.
      const foreign = { channelId: SOURCE, credit: msat(1n), debit: msat(0n), fees: msat(0n) };
      w.payments.moves = Array.from({ length: rows }, (_row, i) => ({
        ...foreign,
        index: i + 1,
        at: w.clock.now(),
        tag: 'routed',
        paymentHash: undefined,
      }));
      w.restart();
      expect(await w.order()).toMatchObject({ kind: 'ordered' });
      expect(w.alerts).toEqual([expect.stringContaining('was the node restored?')]);
      w.payments.pay({ ...asked, at: w.clock.now() });
      await w.watch();
      expect(w.job(1).spent).toBe(fromSat(1));
      expect(w.job(2).spent).toBe(fromSat(1));
      const { spends } = w.store.spending.account();
      expect(spends.reduce((sum, { amount }) => sum + amount, 0n)).toBe(fromSat(2));
    },
  );
});

describe('start-up hygiene', () => {
  test('jobs of an earlier run are stopped, removed and settled; those of others are respected', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.work();
    w.foreign(4);
    w.restart();
    await w.airlock.watch('start');
    expect(w.job()).toMatchObject({ outcome: 'moved', spent: fromSat(20) });
    expect([...w.sling.running.keys()]).toEqual([scid(4)]);
    expect(w.lines).toContain('info: Startup Hygiene: Terminated 1 orphan sling jobs.');
    expect(w.airlock.foreign()).toEqual([scid(4)]);
  });

  test('jobs of others are ended where the backend is ours alone', async () => {
    const w = new AirlockWorld();
    w.foreign(4);
    w.config = { ...w.config, sling_exclusive: true };
    await w.airlock.watch('start');
    expect(w.sling.running.size).toBe(0);
    expect(w.lines).toContain('info: Startup Hygiene: Terminated 1 orphan sling jobs.');
  });

  test('jobs of others are left alone below full authority, whatever the option says', async () => {
    const w = new AirlockWorld();
    w.foreign(4);
    w.config = { ...w.config, sling_exclusive: true, dry_run: true };
    await w.airlock.watch('start');
    expect(w.sling.running.size).toBe(1);
    w.config = { ...w.config, dry_run: false };
    await w.order();
    expect([...w.sling.running.keys()]).toEqual([scid(1)]);
  });

  test('a job of ours that was settled and runs again is ended, and the operator hears of it', async () => {
    const w = new AirlockWorld();
    await w.order();
    const again = w.sling.running.get(scid(1));
    await w.watch(HOURS_2);
    if (again) w.sling.running.set(scid(1), again);
    w.restart();
    await w.airlock.watch('start');
    expect(w.sling.running.size).toBe(0);
    expect(w.alerts).toEqual([expect.stringContaining('was settled runs')]);
  });

  test('an order that takes effect after it was settled is found within minutes and ended', async () => {
    const w = new AirlockWorld();
    await w.order();
    const again = w.sling.running.get(scid(1));
    await w.airlock.stopAll('paused');
    expect(w.job().state).toBe('settled');
    if (again) w.sling.running.set(scid(1), again);
    w.work();
    await w.watch();
    expect(w.sling.running.size).toBe(0);
    expect(w.alerts).toEqual([expect.stringContaining('was settled runs')]);
    expect(w.job().spent).toBe(fromSat(20));
  });

  test('is done again when the backend may be another one, and leaves running jobs alone', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.airlock.forget();
    await w.watch();
    expect(w.job().state).toBe('running');
    expect(w.sling.running.size).toBe(1);
  });
});
