import { describe, expect, it, test } from 'vitest';
import { ppm, unixMs } from '../units.ts';
import { DYNAMIC, modeUnder, type Policy } from './policy.ts';
import { MAX_POLICY_PPM, type PolicyPatch, patched, saysSomething } from './policy-patch.ts';
import { MAX_TAG, MAX_TAGS } from './subject.ts';

const AT = unixMs(1_750_000_000_000);
const give = (patch: PolicyPatch, held: Partial<Policy> = {}) =>
  patched(
    [{ policy: { ...DYNAMIC, ...held }, rules: true, by: 'hive', at: unixMs(1) }],
    patch,
    'operator',
    AT,
  );
const held = (patch: PolicyPatch, before: Partial<Policy> = {}) => {
  const result = give(patch, before);
  return result.kind === 'changed' ? result.stack.at(-1)?.policy : result;
};

/** As many as one subject may carry. */
const SOME_TAGS = Array.from({ length: MAX_TAGS }, (_, i) => `${i}`);

describe('a patch', () => {
  it.each<[string, PolicyPatch, Partial<Policy>, Partial<Policy>]>([
    [
      'the hive names the strategy alone',
      { strategy: 'dynamic' },
      { strategy: 'hive', mode: 'sink_only', tags: ['a'] },
      { strategy: 'dynamic', mode: 'sink_only', tags: ['a'] },
    ],
    [
      'original 4.15, a target could not be cleared: none',
      { feePpm: 'none' },
      { feePpm: ppm(5) },
      { feePpm: undefined },
    ],
    [
      'bounds are cleared one by one',
      { minPpm: 'none' },
      { minPpm: ppm(5), maxPpm: ppm(9) },
      { minPpm: undefined, maxPpm: ppm(9) },
    ],
    [
      'a dynamic policy keeps its price for later',
      { strategy: 'dynamic' },
      { strategy: 'static', feePpm: ppm(5) },
      { strategy: 'dynamic', feePpm: ppm(5) },
    ],
    ['tags are replaced as a whole', { tags: ['b', 'b'] }, { tags: ['a'] }, { tags: ['b'] }],
    ['a tag is added once', { addTag: 'a' }, { tags: ['a', 'b'] }, { tags: ['a', 'b'] }],
    ['a tag goes', { dropTag: 'a' }, { tags: ['a', 'b'] }, { tags: ['b'] }],
    ['a tag that is not there goes, too', { dropTag: 'c' }, { tags: ['a'] }, { tags: ['a'] }],
    ['equal bounds', { minPpm: ppm(7), maxPpm: ppm(7) }, {}, { minPpm: ppm(7), maxPpm: ppm(7) }],
    [
      'the highest price',
      { strategy: 'static', feePpm: ppm(MAX_POLICY_PPM) },
      {},
      { strategy: 'static', feePpm: ppm(MAX_POLICY_PPM) },
    ],
    [
      'a price of nothing',
      { strategy: 'static', feePpm: ppm(0) },
      {},
      { strategy: 'static', feePpm: ppm(0) },
    ],
    ['as many tags as there may be', { tags: SOME_TAGS }, {}, { tags: SOME_TAGS }],
    ['a minimum without a maximum', { minPpm: ppm(9) }, {}, { minPpm: ppm(9) }],
    ['a maximum without a minimum', { maxPpm: ppm(0) }, {}, { maxPpm: ppm(0) }],
    ['the longest tag', { addTag: 'x'.repeat(MAX_TAG) }, {}, { tags: ['x'.repeat(MAX_TAG)] }],
  ])('%s', (_, patch, before, after) => {
    expect(held(patch, before)).toEqual({ ...DYNAMIC, ...before, ...after });
  });

  it.each<[string, PolicyPatch, Partial<Policy>, string]>([
    ['static without a price', { strategy: 'static' }, {}, 'fee_ppm'],
    [
      'taking the price of a static policy',
      { feePpm: 'none' },
      { strategy: 'static', feePpm: ppm(5) },
      'fee_ppm',
    ],
    ['a minimum above the maximum', { minPpm: ppm(10) }, { maxPpm: ppm(9) }, 'min_ppm'],
    ['a price above ten per cent', { feePpm: ppm(MAX_POLICY_PPM + 1) }, {}, 'fee_ppm'],
    ['a negative minimum', { minPpm: ppm(-1) }, {}, 'min_ppm'],
    ['a maximum that is no number', { maxPpm: ppm(Number.NaN) }, {}, 'max_ppm'],
    ['a tag too long', { addTag: 'x'.repeat(MAX_TAG + 1) }, {}, 'tag'],
    ['an empty tag', { addTag: '' }, {}, 'tag'],
    ['a tag of blanks', { tags: [' '] }, {}, 'tags'],
    ['a tag with a line break', { tags: ['a\nb'] }, {}, 'tags'],
    ['one bad tag among good ones', { tags: ['good', ' '] }, {}, 'tags'],
    ['too many tags', { tags: [...SOME_TAGS, 'more'] }, {}, 'tags'],
    ['one tag too many', { addTag: 'more' }, { tags: SOME_TAGS }, 'tags'],
    ['721 hours', { strategy: 'passive', expiresInHours: 721 }, {}, 'expires_in_hours'],
    ['no hours', { strategy: 'passive', expiresInHours: 0 }, {}, 'expires_in_hours'],
    ['half an hour', { strategy: 'passive', expiresInHours: 0.5 }, {}, 'expires_in_hours'],
  ])('%s is refused and named', (_, patch, before, field) => {
    expect(give(patch, before)).toMatchObject({ kind: 'refused', field });
  });

  it.each<[PolicyPatch, string]>([
    [{ strategy: 'static' }, 'is missing: a static policy needs a price'],
    [{ minPpm: ppm(10), maxPpm: ppm(9) }, '10 is above max_ppm 9'],
    [{ feePpm: ppm(-1) }, 'must be a whole number from 0 to 100000'],
    [{ expiresInHours: 0 }, 'must be a whole number from 1 to 720'],
    [{ addTag: 'a,b' }, 'must have 1 to 64 characters, without comma or control characters'],
    [{ tags: [''] }, 'each must have 1 to 64 characters, without comma or control characters'],
    [{ tags: [...SOME_TAGS, 'more'] }, 'at most 32'],
  ])('%o is refused with what would be right', (patch, because) => {
    expect(give(patch)).toMatchObject({ kind: 'refused', because });
  });

  test('720 hours end after 720 hours', () => {
    expect(held({ strategy: 'passive', expiresInHours: 720 })).toMatchObject({
      expiresAt: AT + 720 * 3_600_000,
    });
  });

  test('what makes sense now must also make sense in what returns later', () => {
    const below = {
      policy: { ...DYNAMIC, maxPpm: ppm(50) },
      rules: true,
      by: 'operator',
      at: AT,
    } as const;
    const stack = patched([below], { maxPpm: ppm(500), expiresInHours: 1 }, 'operator', AT);
    if (stack.kind === 'refused') throw new Error(stack.because);
    expect(patched(stack.stack, { minPpm: ppm(100) }, 'operator', AT)).toMatchObject({
      kind: 'refused',
      field: 'min_ppm',
    });
  });

  test('whoever rules signs; a tag leaves the signature', () => {
    const by = (patch: PolicyPatch) => {
      const result = give(patch);
      return result.kind === 'changed' && result.stack.at(-1)?.by;
    };
    expect([by({ mode: 'disabled' }), by({ addTag: 'a' })]).toEqual(['operator', 'hive']);
  });

  test('a policy of tags alone does not rule, and is gone with its last tag', () => {
    const tagged = patched([], { addTag: 'whale' }, 'operator', AT);
    const layer = { policy: { ...DYNAMIC, tags: ['whale'] }, rules: false, by: 'operator', at: AT };
    expect(tagged).toEqual({ kind: 'changed', stack: [layer] });
    if (tagged.kind === 'refused') throw new Error(tagged.because);
    expect(patched(tagged.stack, { dropTag: 'whale' }, 'operator', AT)).toEqual({
      kind: 'changed',
      stack: [],
    });
    expect(patched(tagged.stack, { strategy: 'dynamic' }, 'operator', AT)).toMatchObject({
      stack: [{ rules: true }],
    });
  });

  test('nor does a tag with an end where nothing was said', () => {
    expect(patched([], { addTag: 'whale', expiresInHours: 1 }, 'operator', AT)).toMatchObject({
      stack: [{ rules: false, by: 'operator', at: AT, policy: { tags: ['whale'] } }],
    });
  });

  it.each<[PolicyPatch, boolean]>([
    [{}, false],
    [{ addTag: 'a', dropTag: 'b', tags: [], expiresInHours: 3 }, false],
    [{ strategy: 'dynamic' }, true],
    [{ mode: 'enabled' }, true],
    [{ feePpm: 'none' }, true],
    [{ minPpm: ppm(0) }, true],
    [{ maxPpm: ppm(0) }, true],
  ])('%o says something: %s', (patch, says) => expect(saysSomething(patch)).toBe(says));
});

describe('what rebalancing may do', () => {
  it.each<[Partial<Policy>, string]>([
    [{}, 'enabled'],
    [{ mode: 'source_only' }, 'source_only'],
    [{ strategy: 'static', mode: 'disabled' }, 'disabled'],
    [{ strategy: 'passive', mode: 'enabled' }, 'disabled'],
    [{ strategy: 'passive' }, 'disabled'],
    [{ strategy: 'hive', mode: 'sink_only' }, 'sink_only'],
  ])('%o: %s', (change, mode) => expect(modeUnder({ ...DYNAMIC, ...change })).toBe(mode));
});
