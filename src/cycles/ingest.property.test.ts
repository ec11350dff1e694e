/** SPEC 2.2: whatever happens on the way, the totals are those of the node. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../test/doubles/forwards-node.ts';
import { ingestWorld } from '../../test/doubles/ingest-world.ts';
import type { Forward } from '../ports/node.ts';

type Step =
  | { readonly do: 'offer' | 'restart' | 'catch up' | 'idle' }
  | {
      readonly do: 'resolve';
      readonly which: number;
      readonly settled: boolean;
      readonly event: 'once' | 'twice' | 'late' | 'lost';
    }
  | { readonly do: 'fault'; readonly fault: Fault };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'offer' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      which: fc.nat(20),
      settled: fc.boolean(),
      event: fc.constantFrom('once' as const, 'twice' as const, 'late' as const, 'lost' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ do: 'restart' }, { do: 'catch up' }, { do: 'idle' }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault>('drop', 'no-index', 'below-start', 'twice', 'shuffle'),
    }),
  },
);

describe('whatever happens', () => {
  it('duplicates, losses, reordering, restarts and faults change nothing in the totals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const w = ingestWorld();
        let ingest = w.ingest;
        const late: Forward[] = [];
        ingest.start();
        for (const now of steps) {
          switch (now.do) {
            case 'offer':
              ingest.accept(w.node.offer(100));
              break;
            case 'resolve': {
              const which = w.node.inFlight[now.which % Math.max(1, w.node.inFlight.length)];
              if (which === undefined) break;
              const event = w.node.resolve(which, now.settled ? 'settled' : 'failed');
              if (now.event === 'late') late.unshift(event);
              if (now.event === 'once' || now.event === 'twice') ingest.accept(event);
              if (now.event === 'twice') ingest.accept(event);
              break;
            }
            case 'restart':
              ingest.stop();
              ingest = w.make();
              ingest.start();
              break;
            case 'catch up':
              await Promise.allSettled([ingest.catchUp()]);
              break;
            case 'idle':
              await ingest.idle();
              break;
            case 'fault':
              w.node.faults.push(now.fault);
          }
        }
        for (const event of late) ingest.accept(event);
        await ingest.idle();
        w.node.faults.length = 0;
        await ingest.catchUp();
        expect(w.store.totals).toEqual(w.node.settled);
        expect(w.bugs).toEqual([]);
        expect(ingest.status().phase).toBe('live');
      }),
      { numRuns: 200 },
    );
  });
});
