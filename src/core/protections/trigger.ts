/**
 * What a protection says when its condition holds (SPEC 7.6): which part of us stands still, for how long, and why.
 * Nothing fires on what is not known.
 */
import { type ChannelId, DAY_MS } from '../units.ts';

/** What a lock or a pause stops. */
export const LOCK_SCOPES = ['fees', 'rebalance', 'all'] as const;
export type LockScope = (typeof LOCK_SCOPES)[number];

/** How a lock's reason begins: the same words name the rule in the journal. */
export const PROTECTIONS = [
  'margin drawdown',
  'htlc near expiry',
  'fee_insufficient spike',
  'mempool spike',
  'flapping peer',
  'unexplained books',
  'outside fee setter',
  'own downtime',
] as const;
export type ProtectionName = (typeof PROTECTIONS)[number];

/** SPEC 7.6: a protection holds for a day at most, and says so anew if its cause goes on. */
export const LONGEST_MS = DAY_MS;

export type Trigger = {
  readonly name: ProtectionName;
  readonly scope: LockScope;
  /** undefined: the whole node. */
  readonly channelId: ChannelId | undefined;
  /** Without moving numbers: two of them with the same cause are the same event. */
  readonly cause: string;
  /** `name: cause; numbers` */
  readonly reason: string;
  /** More than 0, a day at most. */
  readonly holdsMs: number;
  /** What happens by itself on every node: locked and journaled, but no alarm. */
  readonly routine: boolean;
};

type Fired = Pick<Trigger, 'name' | 'scope' | 'cause' | 'holdsMs'> & {
  readonly channelId?: ChannelId;
  readonly numbers: string;
  readonly routine?: boolean;
};

/** undefined: there is no time left for which it would hold. */
export function trigger(fired: Fired): Trigger | undefined {
  const { name, scope, channelId, cause, numbers, routine = false } = fired;
  const holdsMs = Math.min(LONGEST_MS, Math.floor(fired.holdsMs));
  if (!(holdsMs > 0)) return undefined;
  const reason = `${name}: ${cause}; ${numbers}`;
  return { name, scope, channelId, cause, reason, holdsMs, routine };
}
