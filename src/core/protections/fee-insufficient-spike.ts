/**
 * After a price of ours changed, payers keep failing for too low a fee (SPEC 7.6, 3.8): the network has not heard of
 * the price, or hears too many. The price stands still until it has.
 */
import { type ChannelId, HOUR_MS } from '../units.ts';
import { plain } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6: attempts in an hour. */
const MOST_IN_AN_HOUR = 20;
/** SPEC 7.6: times the channel's own mean. */
const TIMES_ITS_MEAN = 10;
/** A mean over less than a day is none. */
const LEAST_MEAN_HOURS = 24;
const HOLDS_MS = 2 * HOUR_MS;
/** Failures are blamed on a change for this long. */
export const BLAMED_MS = 2 * HOUR_MS;

/** Attempts that paid too little, and the hours they are counted over. */
export type Failures = { readonly count: number; readonly hours: number };
export type FeeInsufficientFacts = {
  readonly channelId: ChannelId;
  /** Since our change, an hour back at most. */
  readonly recent: Failures;
  /** Of the week before that; undefined: not known. */
  readonly before: Failures | undefined;
};

/** True: worth asking for the week before. Counts are by the hour, so `hours` may be up to two. */
export const isMany = ({ count, hours }: Failures): boolean =>
  count > MOST_IN_AN_HOUR * Math.max(1, hours);

export function feeInsufficientSpike(facts: FeeInsufficientFacts): Trigger | undefined {
  const { channelId, recent, before } = facts;
  if (!isMany(recent) || before === undefined) return undefined;
  if (!(before.hours >= LEAST_MEAN_HOURS) || !(before.count >= 0)) return undefined;
  const mean = before.count / before.hours;
  const now = recent.count / Math.max(1, recent.hours);
  if (!(now > TIMES_ITS_MEAN * mean)) return undefined;
  return trigger({
    name: 'fee_insufficient spike',
    scope: 'fees',
    channelId,
    cause: 'payers fail for too low a fee since our last change',
    numbers: `${plain(now, 1)} an hour, ${plain(mean, 1)} in the week before`,
    holdsMs: HOLDS_MS,
  });
}
