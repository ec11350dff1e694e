import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat, ppm, share, type UnixMs, unixMs } from '../units.ts';
import { decideFee } from './alpha-sequence.ts';
import { asking, CLIMB, LAW, MARKET, SETTLED, stateAs } from './channel.fixture.ts';
import { withoutFuture } from './clock-back.ts';
import { advanceUtilisation, EMPTY_SLOTS } from './slot-utilisation.ts';
import type { ChannelFeeState } from './types.ts';

const at = (hours: number): UnixMs => unixMs(SETTLED + hours * HOUR_MS);
/** Everything happened `hours` from SETTLED. */
function livedAt(hours: number): ChannelFeeState {
  const then = at(hours);
  const state = stateAs({}, { law: CLIMB });
  const window = { ...state.climber.current, until: then };
  return {
    ...state,
    firstSeenAt: then,
    sent: { ppm: ppm(100), base: msat(0n), at: then },
    gossip: { tokens: 0.25, at: then },
    dayOpen: { ppm: ppm(100), at: then },
    sends: [1, 2, 3, 4].map(() => ({ at: then, ppm: ppm(100), rule: 'price', gossip: true })),
    bargainRestUntil: at(hours + 24),
    outsideChanges: [then],
    probe: { since: then },
    probesEnded: [then],
    unknownSince: then,
    ladder: {
      ...state.ladder,
      at: then,
      nextMoveAt: at(hours + 48),
      today: { day: Math.floor(then / DAY_MS), credited: 3 },
      remainder: { factor: 1.1, since: then },
    },
    climber: { ...state.climber, current: window, past: [window], sleepUntil: at(hours + 2) },
  };
}

test('a memory without a moment ahead is left as it is, the very same object', () => {
  const state = livedAt(0);
  expect(withoutFuture(state, SETTLED, LAW)).toBe(state);
});

test('after the clock was set back by any time, nothing lies ahead but what may end in its own time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 * 365 * 24 }), (hours) => {
      const back = withoutFuture(livedAt(hours), SETTLED, LAW);
      expect(back).toEqual({
        ...livedAt(0),
        ladder: { ...livedAt(0).ladder, nextMoveAt: back.ladder.nextMoveAt },
      });
      expect(back.ladder.nextMoveAt).toBeLessThanOrEqual(at(72));
      expect(withoutFuture(back, SETTLED, LAW)).toBe(back);
    }),
  );
});

test('what alone lies ahead is enough to be put right', () => {
  const now = stateAs({}, { law: CLIMB });
  const cases: readonly ChannelFeeState[] = [
    { ...now, gossip: { tokens: 0, at: at(1) } },
    { ...now, bargainRestUntil: at(25) },
    { ...now, ladder: { ...now.ladder, nextMoveAt: at(73) } },
    { ...now, climber: { ...now.climber, sleepUntil: at(3) } },
  ];
  for (const state of cases) expect(withoutFuture(state, SETTLED, LAW)).not.toBe(state);
});

test('a year back: a floor that rose is obeyed within 6 h, not within a year', () => {
  const lost = livedAt(365 * 24);
  const state = { ...lost, probe: undefined, unknownSince: undefined, bargainRestUntil: undefined };
  const floor = { ...MARKET, satPerVbyte: 50 };
  const later = at(25);
  const judge = (memory: ChannelFeeState) =>
    decideFee(asking(100, { at: later }), memory, floor, CLIMB);
  expect(judge(state)).toMatchObject({ kind: 'hold', binding: 'gossip: day' });
  expect(judge(withoutFuture(state, SETTLED, CLIMB))).toMatchObject({
    kind: 'set',
    target: { ppm: 150 },
  });
});

test('slots that were full before the clock was set back empty again', () => {
  const full = { average: share(1), at: at(1000) };
  const calm = advanceUtilisation(full, share(0), SETTLED);
  expect(calm).toEqual({ average: 1, at: SETTLED });
  expect(advanceUtilisation(calm, share(0), at(1)).average).toBeLessThan(0.01);
  const late = { ...EMPTY_SLOTS(at(1)), average: share(0.5) };
  expect(advanceUtilisation(late, share(0), SETTLED)).toBe(late);
});
