/**
 * What may be spent (SPEC 4.6): every msat of a rebalance, automatic, manual or diagnostic, is asked for here before
 * it is offered to the backend. Held + spent + this one stays within every cap, or nothing is granted; what is not
 * known refuses. Pure: the caller reads the account and writes the hold in one transaction.
 */
import { type Msat, msat, type UnixMs } from '../units.ts';
import { type Account, type Cap, capsFor, heldIn } from './caps.ts';
import { reserveBreach, sats } from './reserve.ts';
import type { CapName, Funds, Grant, Hold, Spend, SpendLaw, SpendRequest } from './types.ts';

/** Grants the request's amount (msat) as a hold, or says which cap refuses it. */
export function grant(
  request: SpendRequest,
  holds: readonly Hold[],
  spends: readonly Spend[],
  funds: Funds,
  law: SpendLaw,
  at: UnixMs,
): Grant {
  const account = { holds, spends };
  const open = unsettled(request, account);
  if (open) return open;
  const caps = capsFor(request, account, funds, law, at);
  if ('missing' in caps)
    return refused('unknown', `${caps.missing} is not known: nothing is spent`);
  const going = msat(heldIn(holds) + request.amount);
  const breach = reserveBreach(funds, going, law);
  const broken = caps.filter((cap) => roomIn(cap) < request.amount);
  const [first] = broken;
  const forced = request.force === true && request.kind === 'manual';
  if (breach && !(forced && breach.cap !== 'unknown')) return { kind: 'refused', ...breach };
  if (first && !forced) return refused(first.name, exceeded(first, request));
  const lifted = [...(breach ? [breach.cap] : []), ...broken.map(({ name }) => name)];
  const because =
    lifted.length > 0
      ? `forced by the operator against: ${lifted.join(', ')}`
      : `within ${caps.map(({ name }) => name).join(', ')} and the reserve`;
  return { kind: 'granted', hold: request.amount, because };
}

/**
 * The most (msat) that would be granted now, 0 when nothing would; so that a plan can ask for no more. The request's
 * own amount does not matter.
 */
export function largestGrant(
  request: Omit<SpendRequest, 'amount' | 'force'>,
  holds: readonly Hold[],
  spends: readonly Spend[],
  funds: Funds,
  law: SpendLaw,
  at: UnixMs,
): Msat {
  const asked = { ...request, amount: msat(0n) };
  const account = { holds, spends };
  const caps = capsFor(asked, account, funds, law, at);
  if ('missing' in caps || unsettled(asked, account)) return msat(0n);
  const held = heldIn(holds);
  if (reserveBreach(funds, held, law)) return msat(0n);
  const owned = (funds.confirmedOnchain ?? 0n) + (funds.spendable ?? 0n);
  const spare = owned - held - law.minWalletReserve;
  const rooms = [spare, ...caps.map(roomIn)];
  const least = rooms.reduce((low, one) => (one < low ? one : low));
  return msat(least > 0n ? least : 0n);
}

const roomIn = ({ limit, used }: Cap): bigint => limit - used;

/** Numbers that cannot be true, and a job into this destination whose outcome nobody knows. */
function unsettled(request: SpendRequest, { holds, spends }: Account): Grant | undefined {
  const amounts = [request, ...holds, ...spends];
  if (amounts.some(({ amount }) => amount < 0n))
    return refused('unknown', 'an amount is below zero: the account cannot be trusted');
  return holds.some((hold) => hold.unknown && hold.destination === request.destination)
    ? refused(
        'unknown_outcome',
        'the outcome of an earlier job is not known: it must be settled first',
      )
    : undefined;
}

const exceeded = ({ name, limit, used }: Cap, { amount }: SpendRequest): string =>
  `${name}: ${sats(used)} are held or spent of ${sats(limit)}, ${sats(amount)} more are asked`;

const refused = (cap: CapName, because: string): Grant => ({ kind: 'refused', cap, because });
