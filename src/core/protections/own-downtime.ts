/**
 * We were away (SPEC 7.6): balances, connections and prices are learnt anew before anything is moved on them. The
 * very first start is none: there is nothing that could be old.
 */
import { HOUR_MS } from '../units.ts';
import { span } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6: shorter gaps of a process that goes on are harmless. */
const LONG_MS = HOUR_MS;
const LEARN_MS = HOUR_MS / 2;

export type DowntimeFacts = {
  readonly firstStart: boolean;
  /** Since this process began, ms of real time. */
  readonly ranMs: number;
  /** The latest time in which we were not there. */
  readonly gap: { readonly lengthMs: number; readonly endedMsAgo: number } | undefined;
};

export function ownDowntime({ firstStart, ranMs, gap }: DowntimeFacts): Trigger | undefined {
  const sinceStart = firstStart || !(ranMs >= 0) ? LEARN_MS : ranMs;
  const counts = gap !== undefined && gap.lengthMs > LONG_MS && gap.endedMsAgo >= 0;
  const sinceGap = counts ? gap.endedMsAgo : LEARN_MS;
  return trigger({
    name: 'own downtime',
    scope: 'rebalance',
    cause: 'balances and connections are learnt anew',
    numbers: counts ? `we were away for ${span(gap.lengthMs)}` : 'we have just started',
    holdsMs: LEARN_MS - Math.min(sinceStart, sinceGap),
    routine: true,
  });
}
