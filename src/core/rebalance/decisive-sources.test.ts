import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromSat, ppm, share } from '../units.ts';
import { destinationAs, LAW, NOW, sourceAs } from './channel.fixture.ts';
import { decisiveSources, judgeAgain, judgeRebalances } from './rebalance-sequence.ts';

const sources = fc.array(
  fc.record({
    spendable: fc.integer({ min: 400_000, max: 9_000_000 }).map(fromSat),
    price: fc.integer({ min: 0, max: 2000 }).map(ppm),
    sold: fc.integer({ min: 0, max: 100_000 }).map(fromSat),
  }),
  { minLength: 1, maxLength: 30 },
);
const destination = fc.record({
  price: fc.integer({ min: 1, max: 3000 }).map(ppm),
  outPerRoutableHour: fc.integer({ min: 0, max: 20_000 }).map(fromSat),
});

it('a verdict is the same again from a few sources as from all of them, with and without Kelly', () => {
  fc.assert(
    fc.property(sources, destination, fc.boolean(), (many, change, kelly) => {
      const law = { ...LAW, kelly };
      const channels = [
        destinationAs(change),
        ...many.map(({ spendable, price, sold }, index) =>
          sourceAs({ spendable, price, outPerRoutableHour: sold, share: share(0.8) }, index + 2),
        ),
      ];
      for (const judged of judgeRebalances(channels, law, NOW)) {
        const few = decisiveSources(judged, law);
        expect(few.length).toBeLessThanOrEqual(10);
        const again = judgeAgain({ ...judged, sources: few }, law, NOW);
        const { verdict } = judged;
        expect(again.kind).toBe(verdict.kind);
        if (again.kind === 'refused' && verdict.kind === 'refused')
          expect(again.code).toBe(verdict.code);
        if (again.kind === 'plan' && verdict.kind === 'plan')
          expect({ ...again.plan, sources: [] }).toEqual({ ...verdict.plan, sources: [] });
      }
    }),
    { numRuns: 300 },
  );
});
