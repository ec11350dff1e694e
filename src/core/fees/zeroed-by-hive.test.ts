import { describe, expect, test } from 'vitest';
import { DYNAMIC } from '../policy/policy.ts';
import { adoptOutside, newFeeState } from './adoption.ts';
import { decideFee } from './alpha-sequence.ts';
import { anchoredAt, asking, CLIMB, LAW, MARKET } from './channel.fixture.ts';

describe('0 ppm that cl-hive wrote (SPEC 8)', () => {
  const zeroed = asking(0, { fleet: true });

  test('is no price to learn from and nobody to yield to: ours returns with the next decision', () => {
    for (const law of [LAW, CLIMB]) {
      let state = anchoredAt(500);
      for (const _ of [1, 2, 3]) {
        const adopted = adoptOutside(state, zeroed, MARKET, law);
        expect(adopted.yield).toBe(false);
        expect(adopted.state).toEqual({ ...state, sent: { ppm: 0, base: 0n, at: zeroed.at } });
        state = adopted.state;
      }
      const decision = decideFee(zeroed, state, MARKET, law);
      expect(decision.kind).toBe('set');
      expect(decision.target.ppm).toBeGreaterThan(LAW.minPpm);
    }
  });

  test('what the node sent today does not keep it there; what the channel sent does', () => {
    const { state } = adoptOutside(anchoredAt(500), zeroed, MARKET, LAW);
    const full = { ...MARKET, gossipSentToday: 900, gossipMaxPerDay: 900 };
    expect(decideFee(zeroed, state, full, LAW).kind).toBe('set');
    const spent = { ...state, gossip: { tokens: 0, at: zeroed.at } };
    expect(decideFee(zeroed, spent, MARKET, LAW)).toMatchObject({
      kind: 'hold',
      binding: 'gossip: token',
    });
  });

  test('on a channel of a member it is the price: nothing is sent', () => {
    const member = { ...zeroed, policy: { ...DYNAMIC, strategy: 'hive' as const } };
    const { state, yield: yields } = adoptOutside(anchoredAt(500), member, MARKET, LAW);
    expect(yields).toBe(false);
    expect(decideFee(member, state, MARKET, LAW)).toMatchObject({
      kind: 'hold',
      target: { ppm: 0, base: 0n },
    });
  });

  test('found at first sight it is no price either; of anybody else it is one', () => {
    expect(newFeeState(zeroed, MARKET, LAW)).toEqual(newFeeState(zeroed, MARKET, LAW, 'opened'));
    expect(newFeeState(asking(0), MARKET, LAW).target).toBe(LAW.minPpm);
    for (const other of [asking(0), asking(1, { fleet: true })])
      expect(adoptOutside(anchoredAt(500), other, MARKET, LAW).state.outsideChanges).toHaveLength(
        1,
      );
  });
});
