/** What the tests of the Alpha Sequence ask it, and who they ask it about. */
import { DYNAMIC } from '../policy/policy.ts';
import { ppm, share } from '../units.ts';
import { decideFee } from './alpha-sequence.ts';
import { anchoredAt, CLIMB, MARKET } from './channel.fixture.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings } from './types.ts';

export const decide = (
  seen: FeeObservation,
  state: ChannelFeeState = anchoredAt(100),
  law: FeeSettings = CLIMB,
  market = MARKET,
) => decideFee(seen, state, market, law);

export const full = (use: number, secondLook = true) => ({
  slots: { use: share(use), secondLook, weighted: share(0.1) },
});

export const ZOMBIE = {
  idleDays: 40,
  books: { class: 'ZOMBIE' as const, roi: -0.2, marginalRoi: 0 },
};

export const policy = (change: Partial<typeof DYNAMIC>) => ({ policy: { ...DYNAMIC, ...change } });
export const STATIC = policy({ strategy: 'static', feePpm: ppm(777) });
