import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Newest } from './newest.ts';
import { SeenKeys } from './seen-keys.ts';

test('the newest are kept in their order, and the rest is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (all, most) => {
      const newest = new Newest<number>(most);
      for (const one of all) newest.add(one);
      expect(newest.list()).toEqual(all.slice(-most));
      expect(newest.dropped).toBe(Math.max(0, all.length - most));
    }),
  );
});

test('a key is known by what was last said under it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer())), (all) => {
      const [seen, truth] = [new SeenKeys<number>(), new Map<string, number>()];
      for (const [key, value] of all) {
        expect(seen.put(key, value)).toBe(truth.get(key));
        truth.set(key, value);
      }
      expect(seen.size).toBe(truth.size);
    }),
  );
});
