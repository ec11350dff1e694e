/** The airlock over the real memory: what is ordered, and what is held for it. */
import { describe, expect, test } from 'vitest';
import {
  AirlockWorld,
  CHUNK,
  HOURS_2,
  heldIn,
  INTO,
  MINUTE_MS,
  OTHER_INTO,
  OTHER_SOURCE,
  order,
  PARALLEL,
  SOURCE,
} from '../../../test/doubles/airlock-world.ts';
import { peerChannel, scid } from '../../../test/doubles/peer-channel.ts';
import { DAY_MS, fromSat, laterBy, msat, unixMs } from '../../core/units.ts';

describe('an order', () => {
  test('is held, written, sent as it is, watched, ended and settled to the msat', async () => {
    const w = new AirlockWorld();
    expect(await w.order()).toMatchObject({ kind: 'ordered', state: 'running' });
    expect(heldIn(w)).toBe(fromSat(90));
    expect(w.sling.orders).toEqual([
      {
        destination: scid(1),
        sources: [scid(2), scid(3)],
        chunk: CHUNK,
        total: fromSat(300_000),
        maxPpm: 300,
        keepShare: 0.999999,
        keepAmount: fromSat(200_000),
      },
    ]);
    w.work();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'running', moved: CHUNK, spent: fromSat(20) });
    expect(heldIn(w)).toBe(fromSat(70));
    w.work();
    w.work();
    await w.watch();
    expect(w.job()).toMatchObject({
      state: 'settled',
      outcome: 'moved',
      moved: fromSat(300_000),
      spent: fromSat(60),
    });
    expect(heldIn(w)).toBe(0n);
    expect(w.settled.map(({ id }) => id)).toEqual([1]);
    expect(w.alerts).toEqual([]);
  });

  test('is refused below full authority, under a lock, and without names, and nothing is held', async () => {
    const refusedWith = async (prepare: (w: AirlockWorld) => void) => {
      const w = new AirlockWorld();
      prepare(w);
      expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'not_ready' });
      expect(w.store.spending.jobs(10)).toEqual([]);
      expect(w.sling.orders).toEqual([]);
    };
    await refusedWith((w) => {
      w.config = { ...w.config, dry_run: true };
    });
    await refusedWith((w) => {
      w.config = { ...w.config, authority: 'fees' };
    });
    await refusedWith((w) => {
      const since = w.clock.now();
      const expiresAt = laterBy(since, DAY_MS);
      w.store.locks.add({
        scope: 'all',
        channelId: SOURCE,
        reason: 'near expiry',
        since,
        expiresAt,
      });
    });
    await refusedWith((w) => {
      const nameless = peerChannel(3, { scid: undefined });
      w.channels = [...w.channels.filter((one) => one.channelId !== OTHER_SOURCE), nameless];
    });
    await refusedWith((w) => {
      const away = peerChannel(3, { connected: false });
      w.channels = [...w.channels.filter((one) => one.channelId !== OTHER_SOURCE), away];
    });
  });

  test('of a source of the destination’s own peer, or of a flawed amount, is never sent', async () => {
    const w = new AirlockWorld();
    for (const flaw of [
      { sources: [PARALLEL] },
      { sources: [] },
      { amount: msat(CHUNK + 1000n) },
      { chunk: msat(500n), amount: msat(500n) },
      { cap: fromSat(89) },
    ])
      expect(await w.order(order(flaw))).toMatchObject({ kind: 'refused', cap: 'not_ready' });
    expect(w.sling.orders).toEqual([]);
  });

  test('is refused where wallet or channels cannot be read: unknown funds are none', async () => {
    const w = new AirlockWorld();
    w.payments.silent.add('wallet');
    expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'unknown' });
    w.payments.silent.clear();
    w.leftOut = 1;
    expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'unknown' });
    expect(heldIn(w)).toBe(0n);
  });

  test('beyond the slots, against a job under way, or onto a job of others is refused as busy', async () => {
    const w = new AirlockWorld();
    w.foreign(4);
    expect(await w.order(order({ destination: OTHER_INTO }))).toMatchObject({ cap: 'busy' });
    expect(w.airlock.foreign()).toEqual([scid(4)]);
    await w.order();
    const back = order({ destination: SOURCE, sources: [INTO] });
    expect(await w.order(back)).toMatchObject({ cap: 'busy' });
    w.config = { ...w.config, max_concurrent_jobs: 1 };
    w.sling.running.delete(scid(4));
    expect(await w.order(order({ destination: OTHER_INTO }))).toMatchObject({ cap: 'busy' });
    expect(w.sling.orders).toHaveLength(1);
  });

  test('that the backend refuses releases its hold and counts as not tried', async () => {
    const w = new AirlockWorld();
    w.sling.startManner = 'refuses';
    expect(await w.order()).toMatchObject({ kind: 'failed' });
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'not tried' });
    expect(heldIn(w)).toBe(0n);
    expect(w.store.spending.records().get(INTO)?.failures ?? 0).toBe(0);
  });

  test('that the backend refuses and does all the same keeps its hold', async () => {
    const w = new AirlockWorld();
    w.sling.startManner = 'refuses-done';
    expect(await w.order()).toMatchObject({ kind: 'ordered', state: 'unknown' });
    expect(heldIn(w)).toBe(fromSat(90));
    w.work();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'running', spent: fromSat(20) });
  });

  test('that is on its way to the backend is not looked after before it is answered', async () => {
    const w = new AirlockWorld();
    await w.airlock.readiness();
    const gate = Promise.withResolvers<void>();
    w.sling.gate = gate.promise;
    const both = Promise.all([w.order(), w.airlock.watch('a payment')]);
    // Everything that could run without the answer has run.
    await new Promise((done) => setImmediate(done));
    expect(w.job().state).toBe('ordered');
    expect(w.sling.asked.at(-1)).toBe(`start ${scid(1)}`);
    gate.resolve();
    await both;
    expect(w.job().state).toBe('running');
    expect(w.sling.asked.filter((one) => one.startsWith('stop'))).toEqual([]);
  });

  test('two at the same time are judged one after the other: the budget bears one', async () => {
    const w = new AirlockWorld();
    w.config = { ...w.config, daily_budget_sats: 100 };
    const answers = await Promise.all([w.order(), w.order(order({ destination: OTHER_INTO }))]);
    expect(answers).toMatchObject([{ kind: 'ordered' }, { kind: 'refused', cap: 'daily' }]);
  });
});

describe('an order without an answer', () => {
  test('that was done is found in the backend and goes on', async () => {
    const w = new AirlockWorld();
    w.sling.startManner = 'silent-done';
    expect(await w.order()).toMatchObject({ kind: 'ordered', state: 'unknown' });
    expect(w.job().state).toBe('ordered');
    await w.watch();
    expect(w.job().state).toBe('running');
    expect(heldIn(w)).toBe(fromSat(90));
  });

  test('that was not done keeps its hold until it cannot begin any more', async () => {
    const w = new AirlockWorld();
    w.sling.startManner = 'silent-undone';
    await w.order();
    await w.watch();
    expect(heldIn(w)).toBe(fromSat(90));
    expect(w.sling.asked.filter((one) => one.startsWith('stop'))).toHaveLength(1);
    await w.watch(3 * MINUTE_MS);
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'not tried' });
  });

  test('that begins late is under its hold, and what it pays is booked to it', async () => {
    const w = new AirlockWorld();
    w.sling.startManner = 'silent-late';
    await w.order();
    await w.watch();
    w.work();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'running', spent: fromSat(20) });
    await w.watch(HOURS_2);
    expect(w.job()).toMatchObject({ outcome: 'moved', spent: fromSat(20) });
    expect(w.sling.running.size).toBe(0);
  });
});

describe('watches', () => {
  test('asked for while one is waiting are one', async () => {
    const w = new AirlockWorld();
    await w.order();
    const before = w.sling.asked.filter((one) => one === 'jobs').length;
    await Promise.all(['a', 'b', 'c', 'd'].map((reason) => w.airlock.watch(reason)));
    expect(w.sling.asked.filter((one) => one === 'jobs').length - before).toBe(1);
  });

  test('ask for the next look once, however many come', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.sling.silent = true;
    for (let i = 0; i < 5; i += 1) await w.watch(1000);
    expect(w.looks).toEqual([30_000]);
  });

  test('a clock that is put forward a day does not let a job’s time pass', async () => {
    const w = new AirlockWorld();
    await w.order();
    const { now } = w.clock;
    w.clock.now = () => unixMs(now.call(w.clock) + DAY_MS);
    await w.watch();
    expect(w.job().state).toBe('running');
  });
});
