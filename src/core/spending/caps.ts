/**
 * The sums that spending may reach (SPEC 4.6). What is held counts without age, what was spent counts for as long as
 * the cap's window, and a spend that seems to lie in the future counts as well: a clock that went back frees nothing.
 */
import { DAY_MS, fromSat, type Msat, msat, type UnixMs } from '../units.ts';
import type { CapName, Funds, Hold, Spend, SpendKind, SpendLaw, SpendRequest } from './types.ts';

/** SPEC 4.6. */
const WEEK_MS = 7 * DAY_MS;
const DAYS_IN_A_WEEKLY_BUDGET = 4n;
/** SPEC 4.6: half of what the destination earned in 30 days, and a start for one that earned nothing yet. */
const EARNED_MS = 30 * DAY_MS;
const EARNED_PARTS = 2n;
const START = fromSat(100);
/** SPEC 4.6: a channel's diagnostics. */
const DIAGNOSTIC_MS = 14 * DAY_MS;
const DIAGNOSTIC = fromSat(200);
const MILLION = 1_000_000n;

/** One sum and its limit, msat. */
export type Cap = {
  readonly name: CapName;
  readonly limit: Msat;
  /** Held and spent under it already. */
  readonly used: Msat;
};
/** What a limit cannot be computed without. */
export type Missing = { readonly missing: string };

export type Account = {
  readonly holds: readonly Hold[];
  readonly spends: readonly Spend[];
};
type Entry = Pick<Spend, 'destination' | 'kind'>;

/** Every cap this request stands under, or what is not known for it. */
export function capsFor(
  request: SpendRequest,
  account: Account,
  funds: Funds,
  law: SpendLaw,
  at: UnixMs,
): readonly Cap[] | Missing {
  const node = nodeCaps(account, funds, law, at);
  if ('missing' in node) return node;
  const own = ownCap(request, account, law, at);
  return 'missing' in own ? own : [...node, own];
}

/** The caps on everything together, whatever is asked. */
export function nodeCaps(
  account: Account,
  funds: Funds,
  law: SpendLaw,
  at: UnixMs,
): readonly Cap[] | Missing {
  const day = dailyLimit(funds, law);
  if (day === undefined) return { missing: 'the revenue of the last 24 h' };
  const week = law.weeklyBudget ?? msat(law.dailyBudget * DAYS_IN_A_WEEKLY_BUDGET);
  return [
    { name: 'daily', limit: day, used: used(account, () => true, DAY_MS, at) },
    { name: 'weekly', limit: week, used: used(account, () => true, WEEK_MS, at) },
  ];
}

/** Everything held, whatever it is for, msat. */
export const heldIn = (holds: readonly Hold[]): Msat =>
  msat(holds.reduce((sum, { amount }) => sum + amount, 0n));

/** `daily-budget-sats`, or a part of the revenue where that is more; undefined: asked for, and the revenue is not known. */
function dailyLimit({ revenue24h }: Funds, law: SpendLaw): Msat | undefined {
  if (!law.proportional) return law.dailyBudget;
  if (revenue24h === undefined || !Number.isFinite(law.proportionalPct)) return undefined;
  const millionths = BigInt(Math.round(law.proportionalPct * Number(MILLION)));
  const part = msat((revenue24h * millionths) / MILLION);
  return part > law.dailyBudget ? part : law.dailyBudget;
}

/** The cap that only this kind of spending has. It asks only for what was spent on the destination, or by the fleet. */
export function ownCap(
  { kind, destination, destinationFees30d }: SpendRequest,
  account: Account,
  law: SpendLaw,
  at: UnixMs,
): Cap | Missing {
  const here = (one: Entry): boolean => one.destination === destination;
  switch (kind) {
    case 'normal':
    case 'manual': {
      if (destinationFees30d === undefined || destinationFees30d < 0n)
        return { missing: 'what the destination earned in 30 days' };
      const limit = msat(destinationFees30d / EARNED_PARTS + START);
      const mine = (one: Entry): boolean => here(one) && isOrdinary(one.kind);
      return { name: 'destination', limit, used: used(account, mine, EARNED_MS, at) };
    }
    case 'diagnostic': {
      const mine = (one: Entry): boolean => here(one) && one.kind === 'diagnostic';
      const limit = DIAGNOSTIC;
      return { name: 'diagnostic', limit, used: used(account, mine, DIAGNOSTIC_MS, at) };
    }
    case 'hive':
      return hiveWeek(account, law, at);
  }
}

/** What moving sats towards the fleet may lose in a rolling week, whichever of its channels it is (SPEC 4.5). */
export function hiveWeek(account: Account, law: Pick<SpendLaw, 'hiveWeeklyLoss'>, at: UnixMs): Cap {
  const fleet = (one: Entry): boolean => one.kind === 'hive';
  const limit = law.hiveWeeklyLoss;
  return { name: 'hive_weekly', limit, used: used(account, fleet, WEEK_MS, at) };
}

const isOrdinary = (kind: SpendKind): boolean => kind === 'normal' || kind === 'manual';

/** Held (without age) and spent in the rolling window, msat. */
function used(
  { holds, spends }: Account,
  counts: (one: Entry) => boolean,
  windowMs: number,
  at: UnixMs,
): Msat {
  const held = heldIn(holds.filter(counts));
  const spent = spends
    .filter((one) => counts(one) && !(at - one.at >= windowMs))
    .reduce((sum, { amount }) => sum + amount, 0n);
  return msat(held + spent);
}
