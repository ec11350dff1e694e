/** The airlock over the real memory, with a backend and records that misbehave in every way we know. */
import { describe, expect, test } from 'vitest';
import {
  AirlockWorld,
  CHUNK,
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

const HOURS_2 = 120 * MINUTE_MS;
const fail = (): never => {
  throw new Error('nothing was ordered');
};
const heldIn = (w: AirlockWorld): bigint =>
  w.store.spending.account().holds.reduce((sum, { amount }) => sum + amount, 0n);

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

describe('what ends a job', () => {
  test('its deadline with nothing moved: a failure', async () => {
    const w = new AirlockWorld();
    await w.order();
    await w.watch(HOURS_2);
    expect(w.job()).toMatchObject({ outcome: 'nothing moved' });
    expect(w.store.spending.records().get(INTO)?.failures).toBe(1);
    expect(w.sling.running.size).toBe(0);
  });

  test('the brake, a lock, a demotion: not tried, no failure', async () => {
    for (const end of [
      (w: AirlockWorld) => w.airlock.stopAll('paused by the operator'),
      (w: AirlockWorld) => {
        const since = w.clock.now();
        const expiresAt = laterBy(since, DAY_MS);
        const lock = { channelId: undefined, reason: 'paused', since, expiresAt };
        w.store.locks.add({ scope: 'rebalance', ...lock });
        return w.watch();
      },
      (w: AirlockWorld) => {
        w.config = { ...w.config, authority: 'observe' };
        return w.watch();
      },
    ]) {
      const w = new AirlockWorld();
      await w.order();
      await end(w);
      expect(w.job()).toMatchObject({ state: 'settled', outcome: 'not tried' });
      expect(w.sling.running.size).toBe(0);
      expect(w.store.spending.records().get(INTO)?.failures ?? 0).toBe(0);
    }
  });

  test('a backend that says it is done and moved nothing is not believed', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.sling.running.clear();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'not tried', moved: 0n });
  });

  test('the brake while the backend does not answer: stopped as soon as it does', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.sling.silent = true;
    await w.airlock.stopAll('paused by the operator');
    expect(w.job()).toMatchObject({ state: 'stopping', because: 'paused by the operator' });
    w.sling.silent = false;
    await w.watch();
    expect(w.job()).toMatchObject({ outcome: 'not tried' });
    expect(w.sling.running.size).toBe(0);
  });

  test('an arrival on a parallel channel of the peer: stopped at that payment, astray', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.work({ in: PARALLEL });
    await w.watch();
    expect(w.job()).toMatchObject({ outcome: 'strayed', spent: fromSat(20) });
    expect(w.sling.running.size).toBe(0);
    expect(w.alerts).toEqual([expect.stringContaining('not on its destination')]);
  });

  test('an arrival that is short: stopped, and all rebalancing is locked for 30 days', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.work({ short: fromSat(1) });
    await w.watch();
    expect(w.job()).toMatchObject({ outcome: 'strayed', spent: fromSat(21) });
    expect(w.alerts).toEqual([expect.stringContaining('arrived short')]);
    expect(w.store.locks.active(laterBy(w.clock.now(), 29 * DAY_MS))).toMatchObject([
      { scope: 'rebalance', channelId: undefined },
    ]);
    expect(await w.order(order({ destination: OTHER_INTO }))).toMatchObject({ cap: 'not_ready' });
  });

  test('a cost above what was held: stopped, and the operator hears of it', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.work({ fee: fromSat(91) });
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled', spent: fromSat(91) });
    expect(w.alerts.join()).toContain('90 sat were held');
  });

  test('the operator’s own job in its place is left alone', async () => {
    const w = new AirlockWorld();
    await w.order();
    w.foreign(1);
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled' });
    expect(w.sling.running.has(scid(1))).toBe(true);
    expect(w.sling.asked.filter((one) => one.startsWith('stop'))).toEqual([]);
  });
});

describe('settling', () => {
  async function stopped(prepare: (w: AirlockWorld) => void) {
    const w = new AirlockWorld();
    await w.order();
    prepare(w);
    await w.watch(HOURS_2);
    return w;
  }

  test('waits for a payment under way and books it before the hold is released', async () => {
    const w = new AirlockWorld();
    await w.order();
    const asked = w.payment(w.sling.orders[0] ?? fail());
    const hash = w.payments.begin(asked);
    w.hang(SOURCE, hash);
    await w.watch(HOURS_2);
    expect(w.job().state).toBe('stopping');
    expect(heldIn(w)).toBe(fromSat(90));
    expect(w.looks).toContain(10_000);
    // It succeeded, and the node has not written it down yet.
    w.payments.end(hash, 'complete');
    await w.watch();
    expect(w.job().state).toBe('stopping');
    w.payments.record(hash, asked);
    await w.watch();
    expect(w.job()).toMatchObject({ outcome: 'moved', spent: fromSat(20), moved: CHUNK });
  });

  test('does not wait for a payment that failed, has a label, or hangs on another channel', async () => {
    const w = await stopped((world) => {
      const asked = {
        out: SOURCE,
        in: INTO,
        amount: CHUNK,
        fee: fromSat(1),
        at: world.clock.now(),
      };
      world.payments.end(world.payments.begin(asked), 'failed');
      world.payments.begin({ ...asked, label: 'CLBOSS FundsMover' });
      world.hang(OTHER_INTO, world.payments.begin(asked));
    });
    expect(w.job().state).toBe('settled');
  });

  test('that cannot be had within ten minutes is unknown: the hold stays, the destination is blocked', async () => {
    const w = await stopped((world) => world.payments.silent.add('pendingSendPays'));
    await w.watch(5 * MINUTE_MS);
    expect(w.job().state).toBe('stopping');
    await w.watch(5 * MINUTE_MS);
    expect(w.job().state).toBe('unknown');
    expect(heldIn(w)).toBe(fromSat(90));
    expect(w.alerts).toEqual([expect.stringContaining('stay held')]);
    expect(await w.order()).toMatchObject({ cap: 'unknown_outcome' });
    expect(await w.order(order({ destination: OTHER_INTO }))).toMatchObject({ kind: 'ordered' });
    w.payments.silent.clear();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'nothing moved' });
  });

  test('waits for a backend that does not stop, or says so and goes on', async () => {
    const silent = await stopped((world) => {
      world.sling.stopManner = 'silent';
    });
    expect(silent.job().state).toBe('stopping');
    const lying = await stopped((world) => {
      world.sling.stopManner = 'keeps';
    });
    expect(lying.job().state).toBe('stopping');
    await lying.watch(11 * MINUTE_MS);
    expect(lying.job().state).toBe('unknown');
    lying.work();
    lying.sling.stopManner = 'obeys';
    await lying.watch();
    expect(lying.job()).toMatchObject({ state: 'settled', spent: fromSat(20) });
  });

  test('from a backend that does not answer at all is unknown after ten minutes, and settled when it does', async () => {
    const w = await stopped((world) => {
      world.sling.silent = true;
    });
    expect(w.job()).toMatchObject({ state: 'stopping', because: 'its deadline passed' });
    await w.watch(10 * MINUTE_MS);
    expect(w.job().state).toBe('unknown');
    w.sling.silent = false;
    w.work();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'moved', spent: fromSat(20) });
    expect(w.sling.running.size).toBe(0);
  });

  test('waits where it cannot be seen whose HTLC a pending payment is', async () => {
    const w = await stopped((world) => {
      world.hang(OTHER_INTO, world.payments.begin(world.payment(world.sling.orders[0] ?? fail())));
      world.peersSilent = true;
    });
    expect(w.job().state).toBe('stopping');
    w.peersSilent = false;
    await w.watch();
    expect(w.job().state).toBe('settled');
  });

  test('waits for the answer that it was stopped, even if the backend lists it no more', async () => {
    const w = await stopped((world) => {
      world.sling.stopManner = 'silent-done';
    });
    expect(w.sling.running.size).toBe(0);
    expect(w.job().state).toBe('stopping');
    w.sling.stopManner = 'obeys';
    await w.watch();
    expect(w.job().state).toBe('settled');
  });

  test('of one is not held up by the many payments sent since another became unknown', async () => {
    const w = await stopped((world) => {
      world.depart(world.payment(world.sling.orders[0] ?? fail()));
    });
    await w.watch(10 * MINUTE_MS);
    const [first] = w.payments.sends;
    if (!first) throw new Error('nothing was sent');
    const others = Array.from({ length: 200_001 }, (_, i) => ({ ...first, index: i + 2 }));
    w.payments.sends = [first, ...others.map((one) => ({ ...one, status: 'failed' as const }))];
    await w.order(order({ destination: OTHER_INTO, sources: [OTHER_SOURCE] }));
    w.restart();
    await w.watch(HOURS_2);
    expect(w.job().state).toBe('unknown');
    expect(w.job(2).state).toBe('settled');
  });

  test('of one is not held up by another whose outcome is unknown', async () => {
    const w = await stopped((world) => {
      world.depart(world.payment(world.sling.orders[0] ?? fail()));
    });
    await w.watch(10 * MINUTE_MS);
    expect(w.job().state).toBe('unknown');
    const other = order({ destination: OTHER_INTO, sources: [OTHER_SOURCE] });
    expect(await w.order(other)).toMatchObject({ kind: 'ordered' });
    await w.watch(HOURS_2);
    expect(w.job(2)).toMatchObject({ state: 'settled' });
    w.arrive();
    await w.watch();
    expect(w.job()).toMatchObject({ state: 'settled', outcome: 'moved', spent: fromSat(20) });
  });

  test('needs no backend when it is gone: its jobs went with it', async () => {
    const w = await stopped((world) => {
      world.work();
      world.sling.present = false;
      world.sling.running.clear();
    });
    expect(w.job()).toMatchObject({ outcome: 'moved', spent: fromSat(20) });
  });

  test('a payment that becomes known after it is booked to it once', async () => {
    const w = await stopped(() => {});
    const asked = { out: SOURCE, in: INTO, amount: CHUNK, fee: fromSat(7), at: w.clock.now() };
    w.payments.pay(asked);
    await w.airlock.readiness();
    await w.order(order({ destination: OTHER_INTO }));
    await w.watch();
    expect(w.job().spent).toBe(fromSat(7));
  });
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

describe('without channel moves', () => {
  test('one job at a time, settled from what was sent and what should arrive', async () => {
    const w = new AirlockWorld();
    w.payments.hasMoves = false;
    await w.order();
    expect(await w.order(order({ destination: OTHER_INTO }))).toMatchObject({ cap: 'busy' });
    w.sling.work((one) => {
      const hash = w.payments.begin(w.payment(one));
      w.payments.end(hash, 'complete');
    });
    await w.watch(HOURS_2);
    expect(w.job()).toMatchObject({ outcome: 'moved', moved: CHUNK, spent: fromSat(20) });
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
