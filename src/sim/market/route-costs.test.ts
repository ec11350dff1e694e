import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../core/units.ts';
import { RouteCosts } from './route-costs.ts';

const START = Date.UTC(2026, 0, 1);
const CHUNK = 100_000_000;
const pair = fc.record({ from: fc.nat(30), to: fc.nat(30), hour: fc.nat(2_000) });

describe('the way between two peers', () => {
  it('costs the same whoever asked what before, and is never cheaper than promised', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), pair, (asked, { from, to, hour }) => {
        const used = new RouteCosts(1, START);
        for (const one of asked)
          if (one.hour <= hour) used.price(one.from, one.to, START + one.hour * HOUR_MS, CHUNK);
        const price = used.price(from, to, START + hour * HOUR_MS, CHUNK);
        expect(price).toEqual(
          new RouteCosts(1, START).price(from, to, START + hour * HOUR_MS, CHUNK),
        );
        expect(price.real).toBeGreaterThanOrEqual(price.promised);
        expect(Number.isSafeInteger(price.promised) && price.promised >= 1).toBe(true);
      }),
    );
  });

  it('gets dearer by what we use, and is as if unused a month later', () => {
    fc.assert(
      fc.property(pair, ({ from, to, hour }) => {
        const [used, fresh] = [new RouteCosts(2, START), new RouteCosts(2, START)];
        const at = START + hour * HOUR_MS;
        const before = used.price(from, to, at, CHUNK);
        let last = before.real;
        for (let n = 0; n < 5; n++) {
          used.use(from, to, at, 40 * CHUNK);
          const { promised, real } = used.price(from, to, at, CHUNK);
          expect(promised).toBe(before.promised);
          expect(real).toBeGreaterThanOrEqual(last);
          last = real;
        }
        expect(last).toBeGreaterThan(before.real);
        const later = at + 40 * DAY_MS;
        expect(used.price(from, to, later, 1)).toEqual(fresh.price(from, to, later, 1));
      }),
    );
  });

  it('has a median near 45 ppm over all pairs and moves with time', () => {
    const costs = new RouteCosts(3, START);
    const at = (hour: number) =>
      Array.from({ length: 900 }, (_, n) =>
        costs.price(n % 30, Math.floor(n / 30), START + hour * HOUR_MS, CHUNK),
      ).map(({ promised }) => promised);
    const first = at(0);
    const sorted = [...first].sort((a, b) => a - b);
    expect(sorted[450]).toBeGreaterThan(38);
    expect(sorted[450]).toBeLessThan(54);
    expect(sorted[45]).toBeLessThan(15);
    expect(sorted[855]).toBeGreaterThan(150);
    expect(at(24 * 7)).not.toEqual(first);
  });
});
