import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../units.ts';
import { decayOver, score, volumeWeights } from './reputation.ts';

const peer = (n: number): NodeId => `02${String(n).padStart(64, '0')}` as NodeId;
const peers = (...counts: readonly (readonly [success: number, failure: number])[]) =>
  counts.map(([success, failure], n) => ({ peerId: peer(n), success, failure }));
const many = (n: number, success: number, failure: number): (readonly [number, number])[] =>
  Array.from({ length: n }, () => [success, failure] as const);

describe('score', () => {
  it('is one half for a stranger and counts one success and one failure beforehand', () => {
    expect(score({ success: 0, failure: 0 })).toBe(0.5);
    expect(score({ success: 1, failure: 0 })).toBe(2 / 3);
    expect(score({ success: 0, failure: 2 })).toBe(1 / 4);
    expect(score({ success: 2, failure: 995 })).toBe(3 / 999);
  });
});

describe('decay', () => {
  it('original §2 (asking for an analysis decayed reputation): follows real time, not the number of cycles', () => {
    expect(decayOver(3_600_000, 3_600_000, 0.98)).toBe(0.98);
    expect(decayOver(7_200_000, 3_600_000, 0.98)).toBeCloseTo(0.98 ** 2, 12);
    expect(decayOver(1_800_000, 3_600_000, 0.98)).toBeCloseTo(Math.sqrt(0.98), 12);
  });

  it('does nothing when no time passed or the clock went back', () => {
    expect(decayOver(0, 3_600_000, 0.98)).toBe(1);
    expect(decayOver(-5, 3_600_000, 0.98)).toBe(1);
  });

  it('original 4.9: an integer floor would forget one failure within the hour', () => {
    const afterADay = 1 * decayOver(24 * 3_600_000, 3_600_000, 0.98);
    expect(afterADay).toBeCloseTo(0.6158, 4);
  });

  it('splits: decaying twice is decaying over the sum', () => {
    const ms = fc.integer({ min: 0, max: 1e9 });
    fc.assert(
      fc.property(ms, ms, fc.double({ min: 0.5, max: 1, noNaN: true }), (a, b, factor) => {
        const twice = decayOver(a, 1e6, factor) * decayOver(b, 1e6, factor);
        expect(twice).toBeCloseTo(decayOver(a + b, 1e6, factor), 9);
      }),
    );
  });
});

describe('volume weight (SPEC 2.6)', () => {
  it('says nothing with fewer than 10 peers of 100 HTLCs', () => {
    expect(volumeWeights(peers(...many(9, 1, 99), [0, 99])).size).toBe(0);
    expect(volumeWeights(peers(...many(10, 1, 99))).size).toBe(10);
  });

  it('original 4.9 (a stranger counted half): leaves peers with fewer than 100 HTLCs alone', () => {
    const weights = volumeWeights(peers(...many(10, 1, 99), [0, 99.9]));
    expect(weights.has(peer(10))).toBe(false);
    expect(weights.get(peer(0))).toBe(1);
  });

  it('is the score over the median, between 0.5 and 1', () => {
    // Scores: nine of 20/200; 15/200; 2/200; the median of eleven is 0.1.
    const weights = volumeWeights(peers(...many(9, 19, 179), [14, 184], [1, 197]));
    expect(weights.get(peer(0))).toBe(1);
    expect(weights.get(peer(9))).toBeCloseTo(0.75, 12);
    expect(weights.get(peer(10))).toBe(0.5);
  });

  it('takes the mean of the two middle scores of an even number of peers', () => {
    // Scores 0.1 × 5 and 0.2 × 5: median 0.15, so 0.1 weighs 2/3 and 0.2 is limited to 1.
    const weights = volumeWeights(peers(...many(5, 19, 179), ...many(5, 39, 159)));
    expect(weights.get(peer(0))).toBeCloseTo(2 / 3, 12);
    expect(weights.get(peer(9))).toBe(1);
  });

  it('does not depend on the order of the peers', () => {
    // Six of 0.2 and five of 0.1: the median is 0.2, wherever the one in the middle of the list stands.
    const list = peers(...many(3, 39, 159), ...many(5, 19, 179), ...many(3, 39, 159));
    expect(volumeWeights(list).get(peer(5))).toBeCloseTo(0.5, 12);
    expect(volumeWeights(list.toSorted((a, b) => b.success - a.success)).get(peer(5))).toBe(
      volumeWeights(list).get(peer(5)),
    );
  });

  it('original 4.9 (weighted by the bare score): a settle rate of 0.2 to 0.3 % is usual, not spam', () => {
    const weights = volumeWeights(peers(...many(12, 2.5, 997.5)));
    expect([...weights.values()]).toEqual(Array(12).fill(1));
  });

  it('stays within 0.5 … 1, and the better peer never weighs less', () => {
    const count = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ success: count, failure: count }), { maxLength: 30 }),
        (list) => {
          const named = list.map((counts, n) => ({ ...counts, peerId: peer(n) }));
          const weights = volumeWeights(named);
          const ranked = named
            .filter(({ peerId }) => weights.has(peerId))
            .sort((a, b) => score(a) - score(b))
            .map(({ peerId }) => weights.get(peerId) ?? Number.NaN);
          for (const [i, weight] of ranked.entries()) {
            expect(weight).toBeGreaterThanOrEqual(Math.max(0.5, ranked[i - 1] ?? 0.5));
            expect(weight).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
