/**
 * What may be spent (SPEC 4.6): every msat of a rebalance, automatic, manual or diagnostic, is asked for here before
 * it is offered to the backend. Held + spent + this one stays within every cap, or nothing is granted; what is not
 * known refuses. Pure: the caller reads the account and writes the hold in one transaction.
 */
import { type ChannelId, type Msat, msat, type UnixMs } from '../units.ts';
import { sats } from '../wording.ts';
import { type Account, type Cap, capsFor, heldIn, nodeCaps, ownCap } from './caps.ts';
import { reserveBreach } from './reserve.ts';
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
  const early = refusedBefore(request, account);
  if (early) return early;
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
 * The most (msat) that would be granted now for each request on its own, 0 when nothing would; so that a plan can ask
 * for no more. A request's own amount does not matter. For a whole cycle: what was spent is looked through once, and
 * not once for every channel.
 */
export function largestGrants(
  account: Account,
  funds: Funds,
  law: SpendLaw,
  at: UnixMs,
): (request: Omit<SpendRequest, 'amount' | 'force'>) => Msat {
  const nothing = msat(0n);
  const node = nodeCaps(account, funds, law, at);
  const held = heldIn(account.holds);
  if ('missing' in node || untrusted(account) || reserveBreach(funds, held, law))
    return () => nothing;
  const owned = (funds.confirmedOnchain ?? 0n) + (funds.spendable ?? 0n);
  const spare = owned - held - law.minWalletReserve;
  const ofDestination = accountsByDestination(account);
  return (request) => {
    const mine = ofDestination(request.destination);
    if (unsettled(request, mine)) return nothing;
    // The fleet's sum is over all of them, every other one is the destination's own.
    const asked = { ...request, amount: nothing };
    const own = ownCap(asked, request.kind === 'hive' ? account : mine, law, at);
    if ('missing' in own) return nothing;
    const rooms = [spare, ...node.map(roomIn), roomIn(own)];
    const least = rooms.reduce((low, one) => (one < low ? one : low));
    return msat(least > 0n ? least : 0n);
  };
}

function accountsByDestination({ holds, spends }: Account): (destination: ChannelId) => Account {
  const held = Map.groupBy(holds, ({ destination }) => destination);
  const spent = Map.groupBy(spends, ({ destination }) => destination);
  return (destination) => ({
    holds: held.get(destination) ?? [],
    spends: spent.get(destination) ?? [],
  });
}

const roomIn = ({ limit, used }: Cap): bigint => limit - used;

/** Numbers that cannot be true, and a job into this destination whose outcome nobody knows. */
function refusedBefore(request: SpendRequest, account: Account): Grant | undefined {
  if (request.amount < 0n || untrusted(account))
    return refused('unknown', 'an amount is below zero: the account cannot be trusted');
  return unsettled(request, account)
    ? refused(
        'unknown_outcome',
        'the outcome of an earlier rebalance is not known: it must be settled first',
      )
    : undefined;
}

const untrusted = ({ holds, spends }: Account): boolean =>
  holds.some(({ amount }) => amount < 0n) || spends.some(({ amount }) => amount < 0n);

const unsettled = ({ destination }: Pick<SpendRequest, 'destination'>, { holds }: Account) =>
  holds.some((hold) => hold.unknown && hold.destination === destination);

const exceeded = ({ name, limit, used }: Cap, { amount }: SpendRequest): string =>
  `${name}: ${sats(used)} are held or spent of ${sats(limit)}, ${sats(amount)} more are asked`;

const refused = (cap: CapName, because: string): Grant => ({ kind: 'refused', cap, because });
