import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR_MS, laterBy, ppm, type UnixMs, unixMs } from '../units.ts';
import { DYNAMIC, type Policy } from './policy.ts';
import { type PolicyPatch, patched } from './policy-patch.ts';
import {
  afterExpiry,
  holding,
  MAX_LAYERS,
  type PolicyLayer,
  type PolicyStack,
  samePolicy,
  sameStack,
} from './policy-stack.ts';

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

  test('what rules for a while outlives a change below which nothing is said', () => {
    const stack = give(give([], fixed(7, 24)), { dropTag: 'whale' });
    expect(rateAt(stack, AT)).toBe(7);
    expect(rateAt(afterExpiry(stack, later(23)), later(23))).toBe(7);
    expect(afterExpiry(stack, later(24))).toEqual([]);
  });

  test('tags for good outlive what ruled for a while', () => {
    const stack = give(give([], { addTag: 'whale' }), fixed(7, 24));
    expect(afterExpiry(stack, later(24))).toMatchObject([
      { rules: false, policy: { tags: ['whale'] } },
    ]);
  });

  test('a chain of ends is bounded', () => {
    let stack: PolicyStack = [];
    for (let i = 0; i < MAX_LAYERS; i++) stack = give(stack, fixed(i, 720 - i));
    expect(patched(stack, fixed(1, 1), 'operator', AT)).toMatchObject({
      kind: 'refused',
      field: 'expires_in_hours',
      because: '16 policies wait to return one after another already',
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

describe('whether two say the same', () => {
  const FULL: Policy = {
    strategy: 'static',
    mode: 'sink_only',
    feePpm: ppm(5),
    minPpm: ppm(1),
    maxPpm: ppm(9),
    tags: ['a', 'b'],
    expiresAt: later(1),
  };
  const layer = (policy: Policy = FULL, change: Partial<PolicyLayer> = {}): PolicyLayer => ({
    policy,
    rules: true,
    by: 'operator',
    at: AT,
    ...change,
  });

  test.each<[string, Partial<Policy>, boolean]>([
    ['every word alike', { tags: ['a', 'b'] }, true],
    ['another strategy', { strategy: 'hive' }, false],
    ['another mode', { mode: 'enabled' }, false],
    ['no mode', { mode: undefined }, false],
    ['another price', { feePpm: ppm(6) }, false],
    ['a price of nothing, which is not none', { feePpm: ppm(0) }, false],
    ['no price', { feePpm: undefined }, false],
    ['another minimum', { minPpm: ppm(2) }, false],
    ['no minimum', { minPpm: undefined }, false],
    ['another maximum', { maxPpm: ppm(8) }, false],
    ['no maximum', { maxPpm: undefined }, false],
    ['one tag less', { tags: ['a'] }, false],
    ['another tag', { tags: ['a', 'c'] }, false],
    ['the tags the other way round', { tags: ['b', 'a'] }, false],
    ['no tags', { tags: [] }, false],
    ['no end', { expiresAt: undefined }, false],
    ['an end less than a minute away', { expiresAt: laterBy(later(1), 59_999) }, true],
    ['an end a minute away', { expiresAt: laterBy(later(1), 60_000) }, false],
    ['an end an hour away', { expiresAt: later(2) }, false],
  ])('two policies: %s', (_, change, same) => {
    const other = { ...FULL, ...change };
    expect([samePolicy(FULL, other), samePolicy(other, FULL)]).toEqual([same, same]);
    const [one, two] = [
      [layer(DYNAMIC), layer(FULL)],
      [layer(DYNAMIC), layer(other)],
    ];
    expect([sameStack(one, two), sameStack(two, one)]).toEqual([same, same]);
  });

  test('two policies without an end say the same', () => {
    expect(samePolicy(DYNAMIC, { ...DYNAMIC })).toBe(true);
  });

  test.each<[string, PolicyStack, PolicyStack, boolean]>([
    ['nothing and nothing', [], [], true],
    ['nothing and something', [], [layer()], false],
    ['one more on top', [layer(DYNAMIC)], [layer(DYNAMIC), layer()], false],
    ['rules, and only chooses defaults', [layer()], [layer(FULL, { rules: false })], false],
    ['whoever said it and when', [layer()], [layer(FULL, { by: 'hive', at: later(-9) })], true],
    ['the ground differs below the same top', [layer(DYNAMIC), layer()], [layer(), layer()], false],
  ])('two stacks: %s', (_, one, other, same) => {
    expect([sameStack(one, other), sameStack(other, one)]).toEqual([same, same]);
  });
});
