import { expect, test } from 'vitest';
import { DeadAutomation } from './dead-automation.ts';

test('a loop that wants to act for a day and never does alerts, one that acts does not', () => {
  const alerts: string[] = [];
  const dead = new DeadAutomation('fees', (text) => alerts.push(text));
  for (let cycle = 0; cycle < 47; cycle += 1) dead.note(2, 0);
  dead.note(2, 1);
  for (let cycle = 0; cycle < 47; cycle += 1) dead.note(2, 0);
  dead.note(0, 0);
  expect(alerts).toEqual([]);
  dead.note(2, 0);
  expect(alerts).toEqual([
    'dead automation: 48 fees cycles in a row wanted to act and none did; 2 wait now',
  ]);
});
