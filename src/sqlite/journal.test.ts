import { beforeEach, expect, test } from 'vitest';
import { DAY_MS, unixMs } from '../core/units.ts';
import type { Decision, NewDecision, Store } from '../ports/store.ts';
import { channelId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(Math.floor(1_750_000_000_000 / DAY_MS) * DAY_MS);
let store: Store;
beforeEach(() => {
  store = openStore(':memory:', { onProblem: () => undefined });
});

const verdict = (change: Partial<NewDecision> = {}): NewDecision => ({
  at: AT,
  kind: 'fee',
  channelId: channelId(1),
  configVersion: 3,
  rule: 'price',
  binding: 'anchor',
  number: 120,
  trail: [
    { rule: 'policy', verdict: 'passes', because: 'dynamic' },
    { rule: 'price', verdict: 'applies', value: 120, because: '640 earns more' },
  ],
  inputs: '{"at":1}',
  outcome: 'none',
  error: undefined,
  ...change,
});

test('an entry comes back as it was written', () => {
  const failed = verdict({ outcome: 'failed', error: 'no such channel' });
  const id = store.journal.append(failed);
  expect(store.journal.get(id)).toEqual({ ...failed, id, lastAt: AT, count: 1 });
  expect(store.journal.get(id + 1)).toBeUndefined();
});

test('an equal verdict extends the channel’s last entry, and only that', () => {
  const first = store.journal.append(verdict());
  const later = unixMs(AT + 1000);
  expect(store.journal.append(verdict({ at: later, configVersion: 4, inputs: '{}' }))).toBe(first);
  expect(store.journal.get(first)).toMatchObject({
    at: AT,
    lastAt: later,
    count: 2,
    configVersion: 3,
  });
  const others: Partial<NewDecision>[] = [
    { channelId: channelId(2) },
    { kind: 'fee-manual' },
    { number: 121 },
    { number: undefined },
    { binding: 'floor' },
    { rule: 'policy' },
    { outcome: 'done' },
  ];
  const ids = others.map((change) => store.journal.append(verdict(change)));
  expect(new Set([first, ...ids]).size).toBe(8);
  // No longer the last of its channel.
  expect(store.journal.append(verdict())).not.toBe(first);
});

test('what belongs to no channel is never merged', () => {
  const alert = verdict({ kind: 'alert', channelId: undefined });
  expect(store.journal.append(alert)).not.toBe(store.journal.append(alert));
});

test('newest first for people, oldest first for export', () => {
  const ids = [1, 2, 3].map((number) => store.journal.append(verdict({ number })));
  const other = store.journal.append(verdict({ channelId: channelId(2) }));
  expect(store.journal.latest(channelId(1), 2).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  expect(store.journal.recent(2).map(({ id }) => id)).toEqual([other, ids[2]]);
  const all: number[] = [];
  store.journal.each(({ id }) => all.push(id));
  expect(all).toEqual([...ids, other]);
  expect(store.journal.count()).toBe(4);
  expect(store.journal.latest(channelId(9), 5)).toEqual([]);
});

test('after 90 days one a channel and day is left, the last; in slices, without starting over', () => {
  const hours = [0, 5, 10, 24, 30, 24 * 95];
  for (const hour of hours)
    for (const n of [1, 2])
      store.journal.append(
        verdict({ channelId: channelId(n), number: hour, at: unixMs(AT + hour * 3_600_000) }),
      );
  const now = unixMs(AT + 96 * DAY_MS);
  let slices = 0;
  while (store.journal.retain(now, 3)) slices += 1;
  expect(slices).toBe(3);
  const left: Decision[] = [];
  store.journal.each((decision) => left.push(decision));
  expect(left.map(({ number }) => number)).toEqual([10, 10, 30, 30, 24 * 95, 24 * 95]);
});

test('what a clock ahead of time wrote does not keep older entries whole', () => {
  const at = (hour: number) => unixMs(AT + hour * 3_600_000);
  for (const [number, hour] of [[1, 0] as const, [2, 24 * 400], [3, 1], [4, 24 * 95]])
    store.journal.append(verdict({ number, at: at(hour) }));
  while (store.journal.retain(at(24 * 96), 10));
  const left: Decision[] = [];
  store.journal.each((decision) => left.push(decision));
  expect(left.map(({ number }) => number)).toEqual([2, 3, 4]);
});

test('an entry that is still being extended stays whole', () => {
  const id = store.journal.append(verdict());
  store.journal.append(verdict({ at: unixMs(AT + 100 * DAY_MS) }));
  store.journal.append(verdict({ kind: 'fee-manual' }));
  while (store.journal.retain(unixMs(AT + 120 * DAY_MS), 10));
  expect(store.journal.get(id)?.count).toBe(2);
});
