import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelId, peerChannel } from '../../test/doubles/peer-channel.ts';
import { NOW, spike, watching } from '../../test/doubles/protection-world.ts';
import { DAY_MS, fromSat, HOUR_MS, laterBy, msat, unixMs } from '../core/units.ts';

const MINUTE = 60_000;
const ONE = channelId(1);

describe('a lock', () => {
  test('is told and journaled once, then prolonged quietly before it ends', () => {
    const { turn, held, alerts, journal, locks } = watching({ unexplained: fromSat(5000) });
    turn(3 * 24 * 60);
    expect(held()).toHaveLength(1);
    expect(held()[0]?.since).toBe(NOW);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatch(/^rebalancing is locked on the whole node: unexplained books: /);
    expect(journal).toMatchObject([
      {
        kind: 'alert',
        rule: 'unexplained books',
        binding: "the books and the node's own records are more than 1000 sat apart",
        configVersion: 7,
        outcome: 'done',
      },
    ]);
    expect(locks.all.length).toBe(1);
  });

  test('stands to its end when its cause is gone or not known any more', () => {
    const { world, turn, held } = watching({ unexplained: fromSat(5000) });
    turn();
    world.unexplained = undefined;
    turn(24 * 60 - 2);
    expect(held()).toHaveLength(1);
    turn();
    expect(held()).toEqual([]);
  });

  test('that the operator removed does not come back for a day, and others come', () => {
    const { world, turn, held, watch, alerts } = watching({ unexplained: fromSat(5000) });
    turn();
    const [lock] = held();
    expect(watch.remove(lock?.id ?? 0)).toBe(true);
    expect(watch.remove(lock?.id ?? 0)).toBe(false);
    world.samples = spike();
    turn(24 * 60 - 2);
    expect(held().filter(({ reason }) => reason.startsWith('unexplained'))).toEqual([]);
    expect(alerts.some((text) => text.includes('mempool spike'))).toBe(true);
    turn(3);
    expect(held().some(({ reason }) => reason.startsWith('unexplained'))).toBe(true);
  });

  test('of the operator or another part of us is never touched', () => {
    const { turn, locks, clock } = watching({ unexplained: fromSat(5000) });
    const own = {
      scope: 'all' as const,
      channelId: undefined,
      reason: 'paused by the operator',
      since: laterBy(NOW, HOUR_MS),
      expiresAt: unixMs(8_640_000_000_000_000),
    };
    locks.add(own);
    turn();
    clock.move(-DAY_MS);
    turn();
    expect(locks.all).toContainEqual({ ...own, id: 1 });
  });

  test('written by a clock that ran ahead lasts no longer than it should', () => {
    const { world, clock, turn, held } = watching({ unexplained: fromSat(5000) });
    clock.move(3650 * DAY_MS);
    turn();
    world.unexplained = undefined;
    clock.move(-3650 * DAY_MS);
    turn(24 * 60 - 1);
    expect(held()).toHaveLength(1);
    turn(2);
    expect(held()).toEqual([]);
  });

  test('left double by a kill becomes one again', () => {
    const { turn, held, locks, alerts } = watching({ unexplained: fromSat(5000) });
    turn();
    const [lock] = held();
    if (!lock) throw new Error('no lock');
    locks.add(lock);
    turn();
    expect(held()).toHaveLength(1);
    expect(alerts).toHaveLength(1);
  });

  test('on rebalancing is no alarm where nothing is moved', () => {
    const { turn, alerts, infos, held } = watching({
      unexplained: fromSat(5000),
      authority: 'fees',
    });
    turn();
    expect(held()).toHaveLength(1);
    expect([alerts, infos.length]).toEqual([[], 1]);
  });
});

test('whatever the clock and the facts do, locks are few, have a reason and end within a day', () => {
  const step = fc.record({
    jump: fc.constantFrom(0, 0, MINUTE, HOUR_MS, DAY_MS, -HOUR_MS, -DAY_MS, 400 * DAY_MS),
    unexplained: fc.constantFrom(undefined, fromSat(9000), msat(-1n)),
    height: fc.constantFrom(undefined, 0, 900_000, Number.NaN),
    satPerVbyte: fc.oneof(fc.double(), fc.constant(500)),
    cost: fc.bigInt(-(2n ** 64n), 2n ** 64n).map(msat),
    outside: fc.array(fc.integer({ min: -DAY_MS, max: DAY_MS }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const { world, clock, turn, held } = watching({ channels: [peerChannel(1)] });
      for (const { jump, unexplained, height, satPerVbyte, cost, outside } of steps) {
        clock.move(jump);
        const now = clock.now();
        Object.assign(world, { unexplained, height });
        world.samples = [...world.samples, { at: now, satPerVbyte }];
        world.paid = [{ at: now, cost }];
        world.outside = [[ONE, outside.map((ms) => laterBy(now, ms))]];
        turn();
        const names = held().map(({ reason, scope, channelId: id }) => [
          reason.split(':')[0],
          scope,
          id,
        ]);
        expect(new Set(names.map(String)).size).toBe(names.length);
        for (const { since, expiresAt } of held()) {
          expect(since).toBeLessThanOrEqual(now);
          expect(expiresAt - now).toBeLessThanOrEqual(DAY_MS);
        }
      }
    }),
    { numRuns: 100 },
  );
});
