/**
 * What a channel will ask once sats were moved (SPEC 4.5): scarcity falls where they arrive and rises where they came
 * from, and a mempool spike is over before they are sold. Asked of the fee decision itself, so both agree.
 */
import { decideFee } from '../core/fees/alpha-sequence.ts';
import { isWorthSending } from '../core/fees/gossip.ts';
import type {
  ChannelFeeState,
  FeeMarket,
  FeeObservation,
  FeeSettings,
} from '../core/fees/types.ts';
import { type Msat, msat, type Ppm, share } from '../core/units.ts';

export type Priced = {
  readonly seen: FeeObservation;
  readonly state: ChannelFeeState;
  readonly market: FeeMarket;
  readonly law: FeeSettings;
};

/**
 * The price of a sat here, ppm, when `moved` (msat) more are ours; fewer when it is negative. The price on the node
 * stands unless the move changes it: more of our sats can only make it cheaper, fewer only dearer. What else may move
 * it by then is nobody's gain yet.
 */
export function priceAfter({ seen, state, market, law }: Priced, moved: Msat): Ppm {
  const now = seen.onNode.ppm;
  if (moved === 0n) return now;
  const later = Number(moved) / Number(seen.capacity);
  const spendable = seen.spendable + moved;
  const after: FeeObservation = {
    ...seen,
    share: share(seen.share + later),
    spendable: msat(spendable > 0n ? spendable : 0n),
    // Entering a bargain is up to the defibrillator, not to a forecast.
    probeGranted: false,
  };
  const decision = decideFee(after, state, { ...market, vegasIntensity: 0 }, law);
  const { ppm: wanted } = decision.target;
  if (decision.kind === 'leave' || !isWorthSending(now, wanted)) return now;
  const dearer = wanted > now;
  return dearer === moved < 0n ? wanted : now;
}
