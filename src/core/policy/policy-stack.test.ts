import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR_MS, laterBy, ppm, type UnixMs, unixMs } from '../units.ts';
import { DYNAMIC, type Policy } from './policy.ts';
import { type PolicyPatch, patched } from './policy-patch.ts';
import { afterExpiry, holding, MAX_LAYERS, type PolicyStack, sameStack } from './policy-stack.ts';

const AT = unixMs(1_750_000_000_000);
const later = (hours: number) => laterBy(AT, hours * HOUR_MS);

function give(stack: PolicyStack, patch: PolicyPatch, at: UnixMs = AT): PolicyStack {
  const result = patched(stack, patch, 'operator', at);
  if (result.kind === 'refused') throw new Error(`${result.field}: ${result.because}`);
  return result.stack;
}
const rateAt = (stack: PolicyStack, at: UnixMs) => holding(stack, at)?.policy.feePpm;
const fixed = (rate: number, expiresInHours?: number): PolicyPatch => ({
  strategy: 'static',
  feePpm: ppm(rate),
  expiresInHours,
});

describe('an end', () => {
  test('the policy before it returns, however deep', () => {
    let stack = give([], fixed(1));
    stack = give(stack, fixed(2, 10));
    stack = give(stack, fixed(3, 5));
    expect([0, 4.99, 5, 9.99, 10].map((hours) => rateAt(stack, later(hours)))).toEqual([
      3, 3, 2, 2, 1,
    ]);
  });

  test('nothing before it: nothing holds afterwards', () => {
    const stack = give([], fixed(2, 1));
    expect(holding(stack, later(1))).toBeUndefined();
    expect(afterExpiry(stack, later(1))).toEqual([]);
  });

  test('a change for good is made in every layer: now and in what returns', () => {
    let stack = give([], { strategy: 'hive' });
    stack = give(stack, fixed(500, 24));
    stack = give(stack, { strategy: 'dynamic' });
    expect([0, 24].map((hours) => holding(stack, later(hours))?.policy.strategy)).toEqual([
      'dynamic',
      'dynamic',
    ]);
    stack = give(stack, { mode: 'disabled' });
    expect(holding(stack, AT)?.policy).toMatchObject({ mode: 'disabled', feePpm: 500 });
    expect(holding(stack, later(24))?.policy).toEqual({ ...DYNAMIC, mode: 'disabled' });
  });

  test('a temporary policy does not become permanent by a change of something else', () => {
    const stack = give(give([], { strategy: 'passive', expiresInHours: 24 }), { mode: 'disabled' });
    expect(holding(stack, AT)?.policy.strategy).toBe('passive');
    expect(holding(stack, later(24))?.policy.strategy).toBe('dynamic');
  });

  test('a chain of ends is bounded', () => {
    let stack: PolicyStack = [];
    for (let i = 0; i < MAX_LAYERS; i++) stack = give(stack, fixed(i, 720 - i));
    expect(patched(stack, fixed(1, 1), 'operator', AT)).toMatchObject({
      kind: 'refused',
      field: 'expires_in_hours',
    });
    expect(give(stack, fixed(1, 720))).toHaveLength(1);
  });
});

type Said = { readonly rate: number; readonly hours: number | undefined; readonly waits: number };
const said = fc.record({
  rate: fc.integer({ min: 0, max: 1000 }),
  hours: fc.option(fc.integer({ min: 1, max: 720 }), { nil: undefined }),
  waits: fc.integer({ min: 0, max: 400 }),
});

/** The rule in its plainest form: the last word that is not over, and a lasting one ends all before it. */
function plainly(words: readonly Said[], hour: number): number | undefined {
  let clock = 0;
  let held: { rate: number; until: number }[] = [];
  for (const { rate, hours, waits } of words) {
    clock += waits;
    if (hours === undefined) held = [{ rate, until: Number.POSITIVE_INFINITY }];
    else held.push({ rate, until: clock + hours });
  }
  return held.findLast(({ until }) => until > hour)?.rate;
}

test('at any moment the last whole word that is not over holds', () => {
  fc.assert(
    fc.property(
      fc.array(said, { maxLength: 12 }),
      fc.integer({ min: 0, max: 900 }),
      (words, after) => {
        let clock = 0;
        let stack: PolicyStack = [];
        for (const { rate, hours, waits } of words) {
          clock += waits;
          stack = give(stack, fixed(rate, hours), later(clock));
        }
        const hour = clock + after;
        expect(rateAt(stack, later(hour))).toBe(plainly(words, hour));
        expect(rateAt(afterExpiry(stack, later(hour)), later(hour))).toBe(plainly(words, hour));
      },
    ),
  );
});

const patches: fc.Arbitrary<PolicyPatch> = fc.record(
  {
    strategy: fc.constantFrom('dynamic' as const, 'static' as const, 'passive' as const),
    mode: fc.constantFrom('enabled' as const, 'disabled' as const),
    feePpm: fc.oneof(fc.integer({ min: 0, max: 9 }).map(ppm), fc.constant('none' as const)),
    minPpm: fc.integer({ min: 0, max: 9 }).map(ppm),
    maxPpm: fc.integer({ min: 0, max: 9 }).map(ppm),
    addTag: fc.constantFrom('a', 'b'),
    dropTag: fc.constantFrom('a', 'b'),
    expiresInHours: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);
const NAMED = ['strategy', 'mode', 'feePpm', 'minPpm', 'maxPpm'] as const;

test('whatever is said: nothing unnamed changes, saying it twice changes nothing, no layer is senseless', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(patches, fc.integer({ min: 0, max: 3 })), { maxLength: 10 }),
      (words) => {
        let stack: PolicyStack = [];
        let clock = 0;
        for (const [patch, waits] of words) {
          clock += waits;
          const at = later(clock);
          const before: Policy = holding(stack, at)?.policy ?? DYNAMIC;
          const result = patched(stack, patch, 'operator', at);
          if (result.kind === 'refused') continue;
          const now: Policy = holding(result.stack, at)?.policy ?? DYNAMIC;
          for (const name of NAMED)
            expect(now[name]).toBe(
              patch[name] === 'none' ? undefined : (patch[name] ?? before[name]),
            );
          const again = patched(result.stack, patch, 'hive', laterBy(at, 30_000));
          expect(again.kind === 'changed' && sameStack(again.stack, result.stack)).toBe(true);
          for (const { policy } of result.stack) {
            expect(policy.strategy === 'static' && policy.feePpm === undefined).toBe(false);
            expect((policy.minPpm ?? 0) <= (policy.maxPpm ?? Number.POSITIVE_INFINITY)).toBe(true);
          }
          const ends = result.stack.map(({ policy }) => policy.expiresAt ?? Infinity);
          expect(ends).toEqual(ends.toSorted((a, b) => b - a));
          expect(new Set(ends).size).toBe(ends.length);
          stack = result.stack;
        }
      },
    ),
  );
});
