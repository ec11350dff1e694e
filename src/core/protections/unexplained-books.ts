/** Our books and the node's do not agree, and go on doing so (SPEC 7.6, 6.3): nothing more is spent on numbers that may be wrong. */
import { DAY_MS, fromSat, type Msat, msat } from '../units.ts';
import { sats } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6. */
const MOST = fromSat(1000);

/** `unexplained`: what lasts of the differences between the books and the node's, signed; undefined: not known. */
export function unexplainedBooks(unexplained: Msat | undefined): Trigger | undefined {
  if (unexplained === undefined) return undefined;
  const off = unexplained < 0n ? msat(-unexplained) : unexplained;
  if (off <= MOST) return undefined;
  return trigger({
    name: 'unexplained books',
    scope: 'rebalance',
    cause: `the books and the node's own records are more than ${sats(MOST)} apart`,
    numbers: `${sats(off)} ${unexplained < 0n ? 'more in ours' : 'more in the node’s'} over the last days`,
    holdsMs: DAY_MS,
  });
}
