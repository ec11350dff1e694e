/** What ends a job, and what it is booked at, with a backend and records that misbehave in every way we know. */
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
import { scid } from '../../../test/doubles/peer-channel.ts';
import { DAY_MS, fromSat, laterBy } from '../../core/units.ts';

const fail = (): never => {
  throw new Error('nothing was ordered');
};

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
