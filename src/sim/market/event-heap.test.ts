import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventHeap } from './event-heap.ts';

describe('event heap', () => {
  it('is a stable sort by time, also while it grows and shrinks', () => {
    const script = fc.array(fc.oneof(fc.nat(20), fc.constant(-1)), { maxLength: 3000 });
    fc.assert(
      fc.property(script, (steps) => {
        const heap = new EventHeap();
        const model: { at: number; subject: number }[] = [];
        steps.forEach((step, subject) => {
          if (step >= 0) {
            heap.push(step, 7, subject);
            model.push({ at: step, subject });
            model.sort((a, b) => a.at - b.at || a.subject - b.subject);
          } else if (model.length > 0) {
            const first = model.shift();
            expect([heap.time, heap.kind, heap.subject]).toEqual([first?.at, 7, first?.subject]);
            heap.pop();
          }
          expect(heap.size).toBe(model.length);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('grows past its first capacity without losing anything', () => {
    const heap = new EventHeap();
    for (let n = 5000; n > 0; n--) heap.push(n, 1, n);
    const times: number[] = [];
    while (heap.size > 0) {
      times.push(heap.time);
      heap.pop();
    }
    expect(times).toEqual(Array.from({ length: 5000 }, (_, n) => n + 1));
    expect(heap.time).toBe(Number.POSITIVE_INFINITY);
  });
});
