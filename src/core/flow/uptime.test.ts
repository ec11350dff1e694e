import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { share, unixMs } from '../units.ts';
import { type ConnectionEvent, connectedSince, isFlapping, uptime } from './uptime.ts';

const on = (at: number): ConnectionEvent => ({ at: unixMs(at), connected: true });
const off = (at: number): ConnectionEvent => ({ at: unixMs(at), connected: false });
const span = (from: number, to: number) => ({ from: unixMs(from), to: unixMs(to) });
const WINDOW = span(100, 200);

describe('uptime (SPEC 2.7)', () => {
  test.each<[string, readonly ConnectionEvent[], number | undefined]>([
    ['original 4.9: no history is unknown, not 100 %', [], undefined],
    ['connected since before', [on(50)], 1],
    ['away since before', [off(50)], 0],
    ['went away in the middle', [on(50), off(150)], 0.5],
    ['came back for the last quarter', [off(50), on(175)], 0.25],
    ['history begins inside: what came before is not observed', [on(150), off(175)], 0.5],
    ['events out of order', [off(150), on(50)], 0.5],
    ['repeated events', [on(50), on(120), on(130), off(150), off(160)], 0.5],
    ['a jump to and fro', [on(50), off(110), on(120), off(130), on(140)], 0.8],
    ['an event at the very end', [on(50), off(200)], 1],
    ['an event after the end', [on(50), off(250)], 1],
    ['history only after the end', [on(250)], undefined],
  ])('%s', (_, events, expected) => {
    expect(uptime(events, [], WINDOW)).toBe(expected);
  });

  test.each<[string, readonly (readonly [number, number])[], number | undefined]>([
    ['none', [], 0.5],
    ['in the connected half', [[100, 125]], 25 / 75],
    ['in the other half', [[150, 200]], 1],
    ['across the change', [[125, 175]], 0.5],
    ['beginning before the window', [[0, 150]], 0],
    [
      'two of them',
      [
        [100, 110],
        [140, 150],
      ],
      30 / 80,
    ],
    [
      'outside',
      [
        [0, 100],
        [200, 300],
      ],
      0.5,
    ],
    ['all of it', [[90, 210]], undefined],
  ])('our own downtime is left out: %s', (_, gaps, expected) => {
    const downtime = gaps.map(([from, to]) => span(from, to));
    expect(uptime([on(50), off(150)], downtime, WINDOW)).toBe(expected);
  });

  it('original 4.9 (less than a minute was 100 %): an empty window proves nothing', () => {
    expect(uptime([on(50)], [], span(100, 100))).toBeUndefined();
    expect(uptime([on(50)], [], span(200, 100))).toBeUndefined();
  });

  it('is a share for any history and any downtime', () => {
    const at = fc.integer({ min: 0, max: 300 });
    const events = fc.array(fc.record({ at, connected: fc.boolean() }));
    fc.assert(
      fc.property(events, fc.tuple(at, at), (list, [a, b]) => {
        const named = list.map((event) => ({ ...event, at: unixMs(event.at) }));
        const part = uptime(named, [span(Math.min(a, b), Math.max(a, b))], WINDOW);
        return part === undefined || (part >= 0 && part <= 1);
      }),
    );
  });
});

describe('connected since', () => {
  test.each<[string, readonly ConnectionEvent[], number | undefined]>([
    ['before we know', [], undefined],
    ['away', [on(10), off(20)], undefined],
    ['back', [on(10), off(20), on(30)], 30],
    ['said twice: since the first', [off(20), on(30), on(40)], 30],
    ['never away', [on(10), on(30)], 10],
    ['out of order', [on(30), off(20), on(10)], 30],
  ])('%s', (_, events, expected) => {
    expect(connectedSince(events)).toBe(expected);
  });
});

test.each([
  [share(0.9), false],
  [share(0.8999), true],
  [share(0), true],
  [undefined, false],
])('an uptime of %s is flapping: %s', (part, expected) => {
  expect(isFlapping(part)).toBe(expected);
});
