/** What is ours in channels, from one look at the node (SPEC 6.4). */
import { type Msat, msat } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { isManaged } from './managed.ts';

export type Standing = {
  readonly local: Msat;
  readonly remote: Msat;
  readonly capacity: Msat;
  /** Channels that can route: normal ones and those being spliced. */
  readonly active: number;
};

/** Not funded yet, or already spent on the chain: what came of it is in the wallet, or on its way there. */
const NOT_IN_A_CHANNEL: ReadonlySet<string> = new Set([
  'OPENINGD',
  'DUALOPEND_OPEN_INIT',
  'DUALOPEND_OPEN_COMMIT_READY',
  'DUALOPEND_OPEN_COMMITTED',
  'ONCHAIN',
  'CLOSED',
]);

/** A channel that closes and is not settled on the chain yet is still ours to the balance it had. */
export function standingOf(channels: readonly PeerChannel[]): Standing {
  const held = channels.filter(({ state }) => !NOT_IN_A_CHANNEL.has(state));
  const sum = (of: (channel: PeerChannel) => Msat): Msat =>
    msat(held.reduce((total, channel) => total + of(channel), 0n));
  const [local, capacity] = [sum(({ toUs }) => toUs), sum((one) => one.capacity)];
  return {
    local,
    remote: msat(capacity - local),
    capacity,
    active: channels.filter(isManaged).length,
  };
}
