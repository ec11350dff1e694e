/** Our books and the node's do not agree (SPEC 7.6, 6.3): nothing more is spent on numbers that may be wrong. */
import { DAY_MS, fromSat, type Msat } from '../units.ts';
import { sats } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6. */
const MOST = fromSat(1000);

/** `unexplained`: sum of the amounts, without sign, that neither a forward nor a payment explains; undefined: not known. */
export function unexplainedBooks(unexplained: Msat | undefined): Trigger | undefined {
  if (unexplained === undefined || unexplained <= MOST) return undefined;
  return trigger({
    name: 'unexplained books',
    scope: 'rebalance',
    cause: `balances changed by more than ${sats(MOST)} that nothing explains`,
    numbers: `${sats(unexplained)} unexplained`,
    holdsMs: DAY_MS,
  });
}
