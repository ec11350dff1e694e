import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { ALIVE, type Automation, type DeadCount, nextDeadCount } from './dead-automation.ts';

/** The alerts of a run of cycles, by the number of the cycle (from 1). */
function alertsOf(cycles: readonly (readonly [number, number])[], automation: Automation) {
  let count: DeadCount = ALIVE;
  const alerts: number[] = [];
  for (const [index, [eligible, acted]] of cycles.entries()) {
    const next = nextDeadCount(count, eligible, acted, automation);
    count = next.count;
    if (next.alert !== undefined) alerts.push(index + 1);
  }
  return alerts;
}
const stuck = (cycles: number) => Array.from({ length: cycles }, () => [3, 0] as const);

it.each<[Automation, number]>([
  ['rebalance', 96],
  ['fees', 48],
])('%s alerts after %i cycles without any success, and about once a day after that', (name, n) => {
  expect(alertsOf(stuck(n - 1), name)).toEqual([]);
  expect(alertsOf(stuck(2 * n), name)).toEqual([n, 2 * n]);
});

test('one success begins the count anew', () => {
  expect(alertsOf([...stuck(47), [3, 1], ...stuck(47)], 'fees')).toEqual([]);
});

test('cycles in which nothing wanted to act neither count nor excuse', () => {
  const idle = Array.from({ length: 500 }, () => [0, 0] as const);
  expect(alertsOf(idle, 'fees')).toEqual([]);
  expect(alertsOf([...stuck(47), ...idle, ...stuck(1)], 'fees')).toEqual([548]);
});

test('the alert says how long and how many', () => {
  expect(nextDeadCount({ idle: 47 }, 3, 0, 'fees').alert).toBe(
    'dead automation: 48 fees cycles in a row wanted to act and none did; 3 wait now',
  );
});

test('numbers that are none change nothing, and an alert never comes without a full count', () => {
  const number = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 200 }), (cycles) => {
      const counting = cycles.filter(([eligible, acted]) => eligible > 0 && acted === 0).length;
      expect(alertsOf(cycles, 'fees').length).toBeLessThanOrEqual(counting / 48);
    }),
  );
  expect(nextDeadCount({ idle: 5 }, Number.NaN, 0, 'fees').count.idle).toBe(5);
  expect(nextDeadCount({ idle: 5 }, 1, Number.NaN, 'fees').count.idle).toBe(5);
  expect(nextDeadCount({ idle: 5 }, 1, -1, 'fees').count.idle).toBe(5);
});
