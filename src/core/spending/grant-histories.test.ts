import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, fromSat, type Msat, msat, type UnixMs, unixMs } from '../units.ts';
import { channelNamed, FUNDS, holdOf, LAW, NOW, requestAs } from './account.fixture.ts';
import { grant } from './grant.ts';
import type { Hold, Spend, SpendKind, SpendRequest } from './types.ts';

const kinds = fc.constantFrom<SpendKind>('normal', 'manual', 'diagnostic', 'hive');
const step = fc.record({
  act: fc.constantFrom('ask' as const, 'settle' as const, 'fail' as const),
  kind: kinds,
  destination: fc.integer({ min: 1, max: 3 }).map(channelNamed),
  amount: fc.integer({ min: 0, max: 3_000_000 }).map((n) => msat(BigInt(n))),
  paid: fc.integer({ min: 0, max: 100 }),
  minutes: fc.integer({ min: 0, max: 900 }),
  jump: fc.integer({ min: -20_000, max: 20_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const settled = (hold: Hold, paid: number, at: UnixMs): Spend => ({
  ...hold,
  amount: msat((hold.amount * BigInt(paid)) / 100n),
  at,
});

/** Runs a history; `check` sees every grant with the account it was granted on. */
function run(
  steps: readonly Step[],
  move: (now: number, one: Step) => number,
  check: (
    held: readonly Hold[],
    spends: readonly Spend[],
    at: UnixMs,
    request: SpendRequest,
  ) => void,
): readonly Spend[] {
  const spends: Spend[] = [];
  const holds: Hold[] = [];
  let now: number = NOW;
  for (const one of steps) {
    now = move(now, one);
    const at = unixMs(now);
    if (one.act === 'ask') {
      const request = requestAs(one.amount, { kind: one.kind, destination: one.destination });
      const answer = grant(request, holds, spends, FUNDS, LAW, at);
      if (answer.kind === 'refused') continue;
      check(holds, spends, at, request);
      holds.push(holdOf(answer.hold, { kind: one.kind, destination: one.destination, since: at }));
    } else {
      const hold = holds.shift();
      if (hold && one.act === 'settle') spends.push(settled(hold, one.paid, at));
    }
  }
  return spends;
}

const total = (all: readonly { readonly amount: Msat }[]) =>
  all.reduce((sum, { amount }) => sum + amount, 0n);

test('spent + held ≤ cap at every grant, for any history, with clock jumps both ways', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      run(
        steps,
        (now, one) => now + one.minutes * 60_000 + one.jump * 60_000,
        (holds, spends, at, { amount, kind, destination }) => {
          const since = (ms: number) => spends.filter((one) => one.at > at - ms);
          expect(amount + total(holds) + total(since(DAY_MS)) <= LAW.dailyBudget).toBe(true);
          expect(amount + total(holds) + total(since(7 * DAY_MS)) <= LAW.dailyBudget * 4n).toBe(
            true,
          );
          const both = [...holds, ...since((kind === 'hive' ? 7 : 14) * DAY_MS)];
          const same = both.filter((one) => one.kind === kind);
          if (kind === 'hive') expect(amount + total(same) <= LAW.hiveWeeklyLoss).toBe(true);
          const own = same.filter((one) => one.destination === destination);
          if (kind === 'diagnostic') expect(amount + total(own) <= fromSat(200)).toBe(true);
        },
      );
    }),
    { numRuns: 8000 },
  );
});

test('phantom spending: no rolling day ever holds more than the daily budget, no week more than four', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const spends = run(
        steps,
        (now, one) => now + one.minutes * 60_000,
        () => undefined,
      );
      for (const { at } of spends) {
        const within = (ms: number) => spends.filter((one) => one.at <= at && one.at > at - ms);
        expect(total(within(DAY_MS)) <= LAW.dailyBudget).toBe(true);
        expect(total(within(7 * DAY_MS)) <= LAW.dailyBudget * 4n).toBe(true);
      }
    }),
    { numRuns: 4000 },
  );
});
