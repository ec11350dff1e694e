import { describe, expect, it, test } from 'vitest';
import { DAY_MS, parseScid, unixMs } from '../units.ts';
import {
  blockOf,
  daysSince,
  type OpeningEvidence,
  openedAt,
  openingOf,
  type StateChange,
  timeOfBlock,
} from './age.ts';

const change = (at: number, from: string, to: string): StateChange => ({
  at: unixMs(at),
  from,
  to,
});
const LOCK_IN = change(5, 'CHANNELD_AWAITING_LOCKIN', 'CHANNELD_NORMAL');
const SPLICED = change(9, 'CHANNELD_AWAITING_SPLICE', 'CHANNELD_NORMAL');
const SPLICING = change(8, 'CHANNELD_NORMAL', 'CHANNELD_AWAITING_SPLICE');

describe('when a channel opened (SPEC 6.1)', () => {
  test.each<[string, readonly StateChange[], number | undefined]>([
    ['no history', [], undefined],
    ['still opening', [change(1, 'OPENINGD', 'CHANNELD_AWAITING_LOCKIN')], undefined],
    ['lock-in', [change(1, 'OPENINGD', 'CHANNELD_AWAITING_LOCKIN'), LOCK_IN], 5],
    ['a splice does not make it young', [LOCK_IN, SPLICING, SPLICED], 5],
    ['in any order', [SPLICED, SPLICING, LOCK_IN], 5],
    ['a history that begins with a splice says nothing', [SPLICING, SPLICED], undefined],
    ['dual funding', [change(3, 'DUALOPEND_AWAITING_LOCKIN', 'CHANNELD_NORMAL')], 3],
  ])('%s', (_, changes, expected) => {
    expect(openedAt(changes)).toBe(expected);
  });
});

describe('time of a block', () => {
  const a = { height: 100, at: unixMs(1_000) };
  const b = { height: 200, at: unixMs(2_000) };
  test.each([
    [100, 1_000],
    [150, 1_500],
    [199, 1_990],
    [200, 2_000],
    [99, undefined],
    [201, undefined],
  ])('block %i', (height, expected) => {
    expect(timeOfBlock(height, a, b)).toBe(expected);
    expect(timeOfBlock(height, b, a)).toBe(expected);
  });

  it('original 4.12: not 600 s a block from the first block on', () => {
    const early = { height: 0, at: unixMs(0) };
    const late = { height: 900_000, at: unixMs(900_000 * 570_000) };
    expect(timeOfBlock(893_700, early, late)).toBe(893_700 * 570_000);
  });

  it('one block twice is its own time', () => {
    expect(timeOfBlock(100, a, { height: 100, at: unixMs(1_000) })).toBe(1_000);
  });
});

describe('the opening of a channel and how it is known', () => {
  const NOTHING: OpeningEvidence = {
    changes: [],
    recorded: undefined,
    height: undefined,
    below: undefined,
    above: undefined,
  };
  const around = {
    height: 150,
    below: { height: 100, at: unixMs(1_000) },
    above: { height: 200, at: unixMs(2_000) },
  };

  test.each<[string, Partial<OpeningEvidence>, object | undefined]>([
    ['nothing is known', {}, undefined],
    [
      'its state changes come first',
      { changes: [LOCK_IN], recorded: unixMs(4), ...around },
      { at: 5, source: 'state changes' },
    ],
    [
      'then what the node recorded',
      { changes: [SPLICED], recorded: unixMs(4), ...around },
      { at: 4, source: 'recorded opening' },
    ],
    ['then the blocks around it', around, { at: 1_500, source: 'blocks' }],
    ['no block below it', { ...around, below: undefined }, undefined],
    ['no block above it', { ...around, above: undefined }, undefined],
    ['no block of its own', { ...around, height: undefined }, undefined],
    ['outside of the blocks seen', { ...around, height: 201 }, undefined],
  ])('%s', (_, evidence, expected) => {
    expect(openingOf({ ...NOTHING, ...evidence })).toEqual(expected);
  });

  it('a channel opened at height 900,000 has its true age, not 30 days for ever', () => {
    // Real times of two blocks (mempool); at 600 s a block from the first on, this block would lie in the future.
    const below = { height: 899_900, at: unixMs(Date.UTC(2025, 5, 5, 22, 30)) };
    const above = { height: 900_100, at: unixMs(Date.UTC(2025, 5, 7, 8, 30)) };
    const opening = openingOf({ ...NOTHING, height: blockOfName('900000x1x0'), below, above });
    const now = unixMs(Date.UTC(2025, 11, 3, 15, 30));
    expect(opening).toEqual({ at: Date.UTC(2025, 5, 6, 15, 30), source: 'blocks' });
    expect(daysSince(opening?.at, now)).toBe(180);
  });
});

const blockOfName = (name: string): number | undefined => {
  const scid = parseScid(name);
  return scid === undefined ? undefined : blockOf(scid);
};

test.each([
  [undefined, undefined],
  [unixMs(0), 2],
  [unixMs(DAY_MS), 1],
  [unixMs(3 * DAY_MS), 0],
])('days since %s', (moment, expected) => {
  expect(daysSince(moment, unixMs(2 * DAY_MS))).toBe(expected);
});
