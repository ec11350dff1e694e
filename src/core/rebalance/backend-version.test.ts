import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backendRefusal } from './backend-version.ts';

test.each([
  'v4.3.1',
  '4.3.1',
  'v4.3.2',
  'v4.4.0',
  'v5.0.0',
  '4.10.0',
  'v4.3.10',
  'v4.3.1+a1b2',
  'v4.3.2-rc1',
])('%s may spend', (version) => expect(backendRefusal(version)).toBeUndefined());

test.each([
  'v4.3.0',
  'v4.2.1',
  '4.1.2',
  'v3.99.99',
  'v0.0.1',
  'v4.3.1-rc1',
  '4.3.1-pre',
  'v4.3.1-rc.2+a1',
])('%s is too old', (version) => {
  expect(backendRefusal(version)).toMatch(/fixed in 4\.3\.1\): upgrade it$/);
});

test('the refusal says which version it is and what is wrong with it', () => {
  const sentence =
    'sling v4.2.1 settles the returning payment without checking its amount (fixed in 4.3.1): upgrade it';
  expect(backendRefusal('v4.2.1')).toBe(sentence);
  expect(backendRefusal('4.2.1')).toBe(sentence);
});

test.each([
  '',
  'v4.3',
  '4',
  'unknown',
  '4.3.1.1',
  '4.3.x',
  'v4.3.1rc1',
  '-4.3.1',
  'v99999999.0.0',
  '4.3.1 beta',
])('a version like "%s" cannot be read and is refused', (version) => {
  expect(backendRefusal(version)).toBe("sling's version cannot be read: 4.3.1 or later is needed");
});

test('whoever may spend still may after any upgrade', () => {
  const part = fc.integer({ min: 0, max: 99_999 });
  const parts = fc.tuple(part, part, part);
  const later = (a: readonly number[], b: readonly number[]): boolean => {
    const at = a.findIndex((number, i) => number !== b[i]);
    return at < 0 || (a[at] ?? 0) > (b[at] ?? 0);
  };
  fc.assert(
    fc.property(parts, (version) => {
      const isAllowed = backendRefusal(`v${version.join('.')}`) === undefined;
      expect(isAllowed).toBe(later(version, [4, 3, 1]));
    }),
    { examples: [[[4, 3, 1]], [[4, 3, 0]], [[4, 2, 9]], [[3, 9, 9]], [[4, 4, 0]]] },
  );
});
