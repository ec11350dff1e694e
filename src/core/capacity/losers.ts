/** Channels whose capital does nothing, and what may be done about it now (SPEC 6.5, 4.9). */
import { ATTEMPTS } from '../books/diagnosis.ts';
import { isHopeless } from '../fees/fire-sale.ts';
import { targetOf } from '../rebalance/targets.ts';
import { plain } from '../wording.ts';
import type { CapacityChannel, Loser } from './types.ts';

/** A channel that earned this on what was put into it lately does something. */
const EARNS_ABOVE = 0.1;

/** undefined: it is none. Nothing but a ZOMBIE is ever named for closing. */
export function loserOf(channel: CapacityChannel): Loser | undefined {
  const { class: kind, roi, marginalRoi, ageDays, idleDays, watched } = channel;
  const sale = isHopeless({ idleDays, ageDays, watched, books: { class: kind, roi, marginalRoi } });
  const reason = sale.yes ? 'FIRE SALE' : 'STAGNANT';
  if (kind === 'ZOMBIE')
    return {
      channel,
      reason,
      action: 'CLOSE',
      because: `the defibrillator has tried it and nobody came; ${silence(channel)}`,
    };
  if (sale.yes || kind === 'STAGNANT_CANDIDATE')
    return {
      channel,
      reason,
      action: 'DEFIBRILLATE',
      because: `${silence(channel)}; ${channel.attempts} of ${ATTEMPTS} attempts to wake it in 14 days: not to be closed before`,
    };
  if (liesIdle(channel))
    return {
      channel,
      reason: 'STAGNANT',
      action: 'REBALANCE',
      because: 'balanced and hardly used: what lies idle in it is for rebalancing to move',
    };
  return undefined;
}

/** SPEC 4.2: balanced, hardly any turnover; and it earned little. A young one has not had its chance. */
function liesIdle(channel: CapacityChannel): boolean {
  const { dailyVolume, marginalRoi, class: kind, capacity, spendable, share } = channel;
  return (
    dailyVolume !== undefined &&
    kind !== 'NEW' &&
    kind !== 'PROFITABLE' &&
    marginalRoi < EARNS_ABOVE &&
    targetOf({ capacity, spendable, share, dailyVolume }).stagnant
  );
}

const silence = ({ idleDays }: CapacityChannel): string =>
  idleDays === undefined
    ? 'since when it is silent is not known'
    : `silent for ${plain(idleDays, 1)} days`;
