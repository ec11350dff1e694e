import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromSat, share } from '../units.ts';
import { channelNamed, destinationAs, LAW, NOW, peerNamed } from './channel.fixture.ts';
import { type DiagnosticVerdict, decisiveChannels, planDiagnostic } from './diagnostic.ts';
import type { RebalanceChannel } from './types.ts';

/** Channels of every kind; few peers, so that some have several. */
const change = fc.record({
  peer: fc.integer({ min: 1, max: 6 }),
  balance: fc.integer({ min: 0, max: 100 }),
  eligible: fc.boolean(),
  mode: fc.constantFrom(
    'enabled' as const,
    'disabled' as const,
    'source_only' as const,
    'sink_only' as const,
  ),
  class: fc.constantFrom('STAGNANT_CANDIDATE' as const, 'ZOMBIE' as const, 'NEW' as const),
  busy: fc.boolean(),
  narrow: fc.boolean(),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const channelOf = (given: Change, index: number): RebalanceChannel => ({
  ...destinationAs({
    channelId: channelNamed(index + 1),
    peerId: peerNamed(given.peer),
    spendable: fromSat(given.balance * 100_000),
    receivable: fromSat((100 - given.balance) * 100_000),
    share: share(given.balance / 100),
    eligible: given.eligible,
    mode: given.mode,
    class: given.class,
    busy: given.busy,
    ...(given.narrow ? { htlcLimitIn: fromSat(60_000), htlcLimitOut: fromSat(60_000) } : {}),
  }),
});
/** What replaying compares, and the direction. */
const said = (verdict: DiagnosticVerdict) =>
  verdict.kind === 'refused'
    ? { code: verdict.code, because: verdict.because }
    : {
        direction: verdict.direction,
        plan: { ...verdict.plan, sources: verdict.plan.sources.slice(0, 8) },
      };

it('a shock is judged the same again from a few channels as from all of them', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (given) => {
      const channels = given.map(channelOf);
      for (const subject of channels) {
        const verdict = planDiagnostic(subject, channels, LAW, NOW);
        const few = decisiveChannels(subject, channels, verdict, LAW, NOW);
        expect(few.length).toBeLessThanOrEqual(9);
        expect(said(planDiagnostic(subject, few, LAW, NOW))).toEqual(said(verdict));
        seen.add(verdict.kind === 'refused' ? verdict.code : verdict.direction);
      }
    }),
    { numRuns: 500, seed: 7 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining(['pull', 'drain', 'no_source', 'no_other_peer', 'policy']),
  );
});
