import { describe, expect, test } from 'vitest';
import { fromSat, msat, share } from '../units.ts';
import { capacityPlan } from './capacity-plan.ts';
import { capacityChannel, DEAD, SILENT, WINS } from './channel.fixture.ts';
import type { Payback } from './payback.ts';
import { paybackSentence, planSteps } from './steps.ts';
import type { CapacityChannel } from './types.ts';

const large = capacityChannel(1, { ...DEAD, capacity: fromSat(9_000_000) });
const best = capacityChannel(2, WINS);
const silent = capacityChannel(3, SILENT);
const idle = capacityChannel(4, { share: share(0.5) });
const stepsAt = (satPerVbyte: number, ...channels: readonly CapacityChannel[]) =>
  planSteps(capacityPlan(channels, { satPerVbyte, stale: false }));

const GROWS = 'it sold 0.53 times its capacity in 30 days, marginal return 30 %';
const FROM_WALLET = `GROWTH POTENTIAL: ${GROWS}; no channel may be closed for it, so from the wallet`;
// 1 M sat at 0.001 a month are 1000 sat; a close and a splice of 460 vB at 5 sat/vB are 2300, an opening makes it 1700.
const PAYS_BACK = 'pays back 2300 sat in 69 days at 1000 sat more a month';
const CLOSE_BECAUSE =
  'FIRE SALE: the defibrillator has tried it and nobody came; silent for 40 days; what comes out goes to 800002x1x0';

describe('what each step says', () => {
  test('close A, splice into B: both of one move, with the sats that come out and go in', () => {
    const [close, into, ...rest] = stepsAt(5, large, best);
    expect(rest).toEqual([]);
    expect(close).toMatchObject({ action: 'CLOSE', channel: large, because: CLOSE_BECAUSE });
    expect(into).toMatchObject({
      action: 'SPLICE_IN',
      channel: best,
      because: `STRATEGIC REDEPLOYMENT: ${GROWS}; ${PAYS_BACK}`,
    });
    expect([close?.amount, into?.amount]).toEqual([large.toUs, large.toUs]);
    expect(into?.payback).toMatchObject({ kind: 'days', days: 69 });
    expect(close?.payback).toBe(into?.payback);
  });

  test.each<[string, boolean | undefined, string]>([
    [
      'whose peer is away',
      undefined,
      `STRATEGIC REDEPLOYMENT: ${GROWS}; whether its peer can splice is not known while it is away; ${PAYS_BACK}`,
    ],
    [
      'whose peer cannot splice',
      false,
      'UPGRADE REQUIRED: its peer cannot splice, so by a second channel to it, or ask the peer to upgrade; pays back 1700 sat in 51 days at 1000 sat more a month',
    ],
  ])('a winner %s', (_, splices, because) => {
    expect(stepsAt(5, large, { ...best, splices })[1]?.because).toBe(because);
  });

  test.each<[string, CapacityChannel, string]>([
    ['has sats for nobody', large, 'no winner is there to take what comes out'],
    ['has none', { ...large, toUs: msat(0n) }, 'nothing in it is ours, closing it frees no sats'],
  ])('a loser that %s is closed alone', (_, channel, goes) => {
    expect(stepsAt(5, channel)).toEqual([
      {
        action: 'CLOSE',
        channel,
        amount: channel.toUs,
        payback: undefined,
        because: `FIRE SALE: the defibrillator has tried it and nobody came; silent for 40 days; ${goes}`,
      },
    ]);
  });

  test('what may not be closed yet is woken or moved, for no sum of its own', () => {
    const none = { amount: undefined, payback: undefined };
    expect(stepsAt(5, silent, idle)).toEqual([
      {
        ...none,
        action: 'DEFIBRILLATE',
        channel: silent,
        because:
          'STAGNANT ALERT: silent for 9 days; 0 of 2 attempts to wake it in 14 days: not to be closed before',
      },
      {
        ...none,
        action: 'REBALANCE',
        channel: idle,
        because:
          'STAGNANT: balanced and hardly used: what lies idle in it is for rebalancing to move',
      },
    ]);
  });

  test('a silence of unknown length is not called none', () => {
    const unheard = capacityChannel(5, { ...SILENT, idleDays: undefined });
    expect(stepsAt(5, unheard)[0]?.because).toContain('since when it is silent is not known; 0 of');
  });

  test.each<[boolean | undefined, string]>([
    [true, FROM_WALLET],
    [undefined, FROM_WALLET],
    [false, `${FROM_WALLET} by a second channel: its peer cannot splice`],
  ])('a winner for whom nothing closes, splice support %s', (splices, because) => {
    const channel = { ...best, splices };
    expect(stepsAt(5, channel)).toEqual([
      { action: 'GROW', channel, amount: undefined, payback: undefined, because },
    ]);
  });

  test.each<[string, readonly CapacityChannel[], readonly string[]]>([
    ['a pair', [large, best], ['HOLD', 'CLOSE', 'SPLICE_IN']],
    ['a close alone', [large], ['HOLD', 'CLOSE']],
    ['a growing winner', [best], ['HOLD', 'GROW']],
    ['waking and moving', [silent, idle], ['DEFIBRILLATE', 'REBALANCE']],
    ['nothing', [], []],
  ])('dear block space holds what pays for it: %s', (_, channels, actions) => {
    const steps = stepsAt(101, ...channels);
    expect(steps.map(({ action }) => action)).toEqual(actions);
    if (actions[0] === 'HOLD')
      expect(steps[0]).toEqual({
        action: 'HOLD',
        channel: undefined,
        amount: undefined,
        payback: undefined,
        because: '101 sat/vB: wait until block space costs at most 100',
      });
  });
});

describe('when a move has earned back what it costs, in a sentence', () => {
  const known = { moved: fromSat(1), monthlyGain: fromSat(10), breakEvenSatPerVbyte: undefined };
  const cost = msat(1_500n);
  test.each<[Payback, string]>([
    [
      { ...known, kind: 'days', days: 4.5, cost },
      'pays back 1.5 sat in 4.5 days at 10 sat more a month',
    ],
    [{ ...known, kind: 'never', because: 'so', cost }, 'never pays back 1.5 sat: so'],
    [{ ...known, kind: 'never', because: 'so', cost: undefined }, 'never pays back: so'],
    [
      { ...known, kind: 'unknown', because: 'so', cost: undefined },
      'when it pays back is not known: so',
    ],
  ])('%o', (payback, sentence) => expect(paybackSentence(payback)).toBe(sentence));
});
