import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, unixMs } from '../core/units.ts';
import { SpendClock } from './spend-clock.ts';

const AT = unixMs(1_790_000_000_000);

/** A system clock that can be set, and time that really passes. */
class Jumping {
  wall: number = AT;
  passed = 5_000;
  now = () => unixMs(this.wall);
  elapsed = () => this.passed;
  pass(ms: number): void {
    this.wall += ms;
    this.passed += ms;
  }
}

test('a new ledger begins now and goes on with time', () => {
  const clock = new Jumping();
  const ledger = new SpendClock(clock, undefined);
  expect(ledger.now()).toBe(AT);
  clock.pass(1_500);
  expect(ledger.now()).toBe(AT + 1_500);
});

test('a clock set forward moves nothing, one set back takes nothing back', () => {
  const clock = new Jumping();
  const ledger = new SpendClock(clock, undefined);
  clock.wall += 3 * DAY_MS;
  expect(ledger.now()).toBe(AT);
  clock.pass(10);
  expect(ledger.now()).toBe(AT + 10);
  clock.wall -= 9 * DAY_MS;
  expect(ledger.now()).toBe(AT + 10);
  clock.pass(10);
  expect(ledger.now()).toBe(AT + 20);
});

test('a restart goes on where the ledger stood: what passed meanwhile may be a clock that was set', () => {
  const clock = new Jumping();
  const ledger = new SpendClock(clock, unixMs(AT - 5 * DAY_MS));
  expect(ledger.now()).toBe(AT - 5 * DAY_MS);
  clock.pass(7);
  expect(ledger.now()).toBe(AT - 5 * DAY_MS + 7);
});

test('a reading loses less than a millisecond', () => {
  const clock = new Jumping();
  const ledger = new SpendClock(clock, undefined);
  for (let i = 0; i < 1000; i += 1) {
    clock.pass(10.75);
    ledger.now();
  }
  expect(ledger.now()).toBeGreaterThanOrEqual(AT + 10_750 - 1000);
  expect(ledger.now()).toBeLessThanOrEqual(AT + 10_750);
});

test('time a stopped clock held back is not handed out later', () => {
  const clock = new Jumping();
  const ledger = new SpendClock(clock, undefined);
  clock.passed += DAY_MS;
  expect(ledger.now()).toBe(AT);
  clock.wall += DAY_MS;
  expect(ledger.now()).toBe(AT);
});

test('between any two readings it moves by no less than nothing and no more than the time that passed', () => {
  const step = fc.record({
    pass: fc.integer({ min: 0, max: 8 * DAY_MS }).map((quarters) => quarters / 4),
    jump: fc.integer({ min: -9 * DAY_MS, max: 9 * DAY_MS }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const clock = new Jumping();
      const ledger = new SpendClock(clock, undefined);
      let before = ledger.now();
      for (const { pass, jump } of steps) {
        clock.pass(pass);
        clock.wall += jump;
        const at = ledger.now();
        expect(at - before).toBeGreaterThanOrEqual(0);
        expect(at - before).toBeLessThanOrEqual(pass);
        before = at;
      }
    }),
    { numRuns: 1000 },
  );
});
