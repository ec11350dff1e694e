import { expect, it, test } from 'vitest';
import { ppm, share } from '../units.ts';
import { LAW, seenAs, stateAs } from './channel.fixture.ts';
import { congestion } from './congestion.ts';

const BAND = { floor: ppm(10), ceiling: ppm(4000) };
const slots = (use: number, secondLook: boolean) => ({
  slots: { use: share(use), secondLook, weighted: share(0) },
});
const ask = (use: number, secondLook: boolean, ruledBy: 'price' | 'congestion', law = LAW) =>
  congestion(seenAs(slots(use, secondLook)), stateAs({ ruledBy }), law, BAND);

it.each([
  ['the threshold itself is not congested', 0.8, true, 'price', undefined, undefined],
  ['a first look above it asks for a second in 60 s', 0.801, false, 'price', undefined, 60_000],
  ['the second look enters at the ceiling', 0.801, true, 'price', 4000, undefined],
  ['it stays at 0.7', 0.7, false, 'congestion', 4000, undefined],
  ['it is left below 0.7, at once', 0.699, false, 'congestion', undefined, undefined],
] as const)('%s', (_, use, second, ruledBy, rate, again) => {
  const verdict = ask(use, second, ruledBy);
  expect(verdict.wish?.ppm).toBe(rate);
  expect(verdict.lookAgainMs).toBe(again);
  expect(verdict.steps[0]?.verdict).toBe(rate === undefined ? 'passes' : 'applies');
});

test('what it asks: the base of the law, nothing about htlcmax, and the use in its sentence', () => {
  const verdict = ask(0.9, true, 'price');
  expect(verdict.wish).toEqual({
    rule: 'congestion',
    ppm: 4000,
    base: 0n,
    htlcMax: undefined,
    enforceDelay: undefined,
    binding: 'congestion',
  });
  expect(verdict.steps[0]?.because).toBe('two looks found 90 % of the slots in use');
  expect(ask(0.75, true, 'congestion').steps[0]?.because).toBe(
    '75 % of the slots are in use, left below 70 %',
  );
  expect(ask(0.75, true, 'price').steps[0]?.because).toBe('75 % of the slots in use');
  expect(ask(0.6, true, 'congestion').steps[0]?.because).toBe('over: 60 % of the slots in use');
  expect(ask(0.85, false, 'price').steps[0]?.because).toBe(
    '85 % of the slots in use, a second look will tell',
  );
});

test('a lower threshold takes its exit along, so that it is no latch and no flapping', () => {
  const law = { ...LAW, congestionThreshold: share(0.4) };
  expect(ask(0.41, true, 'price', law).wish?.ppm).toBe(4000);
  expect(ask(0.36, false, 'congestion', law).wish?.ppm).toBe(4000);
  expect(ask(0.34, false, 'congestion', law).wish).toBeUndefined();
});

test('a use that is no number enters nothing and holds nothing', () => {
  const odd = seenAs({ slots: { ...seenAs().slots, use: Number.NaN as never, secondLook: true } });
  expect(congestion(odd, stateAs(), LAW, BAND).wish).toBeUndefined();
  expect(congestion(odd, stateAs({ ruledBy: 'congestion' }), LAW, BAND).wish).toBeUndefined();
});
