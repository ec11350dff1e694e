import { expect, it, test } from 'vitest';
import { DAY_MS } from '../units.ts';
import { ago, channelNamed, NOW } from './channel.fixture.ts';
import { attemptsWithin, diagnosticsDue, isDiagnosed, type Patient } from './diagnostics-due.ts';

const patient = (change: Partial<Patient> = {}, index = 1): Patient => ({
  channelId: channelNamed(index),
  class: 'STAGNANT_CANDIDATE',
  ageDays: 30,
  idleMs: 7 * DAY_MS,
  attempts: [],
  running: false,
  ...change,
});
const due = (patients: readonly Patient[], channels = 20) => {
  const { inOrder, places } = diagnosticsDue(patients, channels, NOW);
  return inOrder.slice(0, places).map(({ channelId }) => Number.parseInt(channelId, 16));
};

it.each([
  ['a candidate', {}, true],
  ['not silent', { class: 'BREAK_EVEN' }, false],
  ['under way', { running: true }, false],
  ['younger than 30 days', { ageDays: 29.9 }, false],
  ['of unknown age', { ageDays: undefined }, false],
  ['one attempt 48 h ago', { attempts: [ago(2 * DAY_MS)] }, true],
  ['its attempt still has time to show', { attempts: [ago(2 * DAY_MS - 1)] }, false],
  ['two attempts in 14 days', { attempts: [ago(3 * DAY_MS), ago(14 * DAY_MS - 1)] }, false],
  ['the older one is 14 days old', { attempts: [ago(3 * DAY_MS), ago(14 * DAY_MS)] }, true],
] as const)('%s', (_, change, treated) => {
  expect(due([patient(change)])).toEqual(treated ? [1] : []);
});

test('the longest silent first, at most 5 % of the channels and at least one', () => {
  const all = [1, 3, 2].map((index) => patient({ idleMs: index * 7 * DAY_MS }, index));
  expect(due(all, 5)).toEqual([3]);
  expect(due(all, 39)).toEqual([3]);
  expect(due(all, 40)).toEqual([3, 2]);
  expect(due(all, 1000)).toEqual([3, 2, 1]);
});

test('those under way take their places', () => {
  const running = patient({ running: true }, 9);
  expect(due([running, patient()], 20)).toEqual([]);
  expect(due([running, patient()], 40)).toEqual([1]);
  expect(due([running, { ...running, channelId: channelNamed(8) }, patient()], 20)).toEqual([]);
});

test('judged after two attempts within 14 days, not before', () => {
  expect(isDiagnosed({ attempts: [ago(1)] }, NOW)).toBe(false);
  expect(isDiagnosed({ attempts: [ago(1), ago(14 * DAY_MS)] }, NOW)).toBe(false);
  expect(isDiagnosed({ attempts: [ago(1), ago(14 * DAY_MS - 1)] }, NOW)).toBe(true);
  expect(attemptsWithin([ago(1), ago(2), ago(99 * DAY_MS)], NOW)).toBe(2);
});
