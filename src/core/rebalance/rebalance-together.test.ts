import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromSat, msat, ppm, share } from '../units.ts';
import { channelNamed, destinationAs, historyAs, LAW, NOW, peerNamed } from './channel.fixture.ts';
import { planRebalances } from './rebalance-sequence.ts';
import { gives } from './source-gates.ts';
import { targetOf } from './targets.ts';

const sat = (max: number) => fc.integer({ min: 0, max }).map(fromSat);
const anyChannel = fc.record({
  peer: fc.integer({ min: 1, max: 4 }),
  spendable: fc.oneof(sat(500_000), sat(10_000_000)),
  hive: fc.boolean(),
  flow: fc.constantFrom('SOURCE' as const, 'BALANCED' as const),
  dailyVolume: sat(2_000_000),
  outPerRoutableHour: fc.option(sat(100_000), { nil: undefined, freq: 9 }),
  price: fc.integer({ min: 0, max: 3000 }).map(ppm),
  htlcLimitIn: sat(5_000_000),
  htlcLimitOut: sat(5_000_000),
  gossipInboundPpm: fc.integer({ min: 0, max: 800 }),
  budget: fc.option(sat(1000), { nil: undefined, freq: 1 }),
});
const anyNode = fc.array(anyChannel, { minLength: 2, maxLength: 9 }).map((all) =>
  all.map(({ peer, gossipInboundPpm, ...one }, i) =>
    destinationAs({
      ...one,
      channelId: channelNamed(i + 1),
      peerId: peerNamed(peer),
      receivable: msat(fromSat(10_000_000) - one.spendable),
      share: share(Number(one.spendable) / 1e10),
      history: historyAs({ gossipInboundPpm }),
    }),
  ),
);

test('no accepted rebalance can lose at its cap, and all of them can run together', () => {
  fc.assert(
    fc.property(anyNode, fc.boolean(), (channels, kelly) => {
      const named = new Map(channels.map((one) => [one.channelId, one]));
      const taken = new Map<string, bigint>();
      const verdicts = planRebalances(channels, { ...LAW, kelly }, NOW);
      expect(verdicts).toHaveLength(channels.length);
      for (const verdict of verdicts) {
        if (verdict.kind === 'refused') continue;
        const { plan } = verdict;
        const to = named.get(plan.destination);
        if (to === undefined) throw new Error('a plan for nobody');
        const least = to.hive ? -LAW.hiveTolerance : LAW.minProfit;
        expect(plan.income - plan.loss - plan.cap >= least).toBe(true);
        expect(plan.maxPpm >= plan.inboundPpm).toBe(true);
        expect(plan.amount % plan.chunk).toBe(0n);
        expect(plan.amount >= LAW.minAmount && plan.amount <= targetOf(to).lack).toBe(true);
        expect(to.budget === undefined || plan.cap <= to.budget).toBe(true);
        for (const id of plan.sources) {
          const from = named.get(id);
          if (from === undefined) throw new Error('a source nobody knows');
          expect(from.peerId).not.toBe(to.peerId);
          expect(plan.chunk * 2n <= from.htlcLimitOut && plan.chunk * 2n <= to.htlcLimitIn).toBe(
            true,
          );
          taken.set(id, (taken.get(id) ?? 0n) + plan.amount);
          expect((taken.get(id) ?? 0n) <= gives(from)).toBe(true);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
