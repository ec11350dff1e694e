/**
 * Which policies go with the prices that are undone (SPEC 3.9): a pin is taken away where it was said, and nothing
 * is left behind that would keep a later word for the peer from its channels.
 */
import type { PolicyPatch } from '../core/policy/policy-patch.ts';
import type { PolicyLayer, PolicyStack } from '../core/policy/policy-stack.ts';
import type { ChannelId, NodeId } from '../core/units.ts';
import type { PolicyStore } from '../ports/policies.ts';
import type { FeeLook } from './fee-look.ts';
import type { PolicyOrder } from './policy-changes.ts';

type Undone = Pick<ReadonlyMap<ChannelId, unknown>, 'has'>;
type Held = ReadonlyMap<string, PolicyLayer>;

export function unpinning(
  look: Pick<FeeLook, 'at' | 'channels'>,
  undone: Undone,
  policies: Pick<PolicyStore, 'held' | 'stack'>,
): readonly PolicyOrder[] {
  const held = policies.held(look.at);
  const freed = freedPeers(look, undone, held);
  const released = (who: Who, kept: PolicyPatch, mayGo: boolean): PolicyOrder =>
    mayGo && isOnlyPin(policies.stack(who.subject))
      ? { ...who, action: 'delete' }
      : { ...who, action: 'set', patch: { ...kept, strategy: 'dynamic', feePpm: 'none' } };
  const ofChannels = look.channels.flatMap(({ seen, channel: { peerId } }) => {
    const { channelId, policy } = seen;
    if (!undone.has(channelId) || policy.strategy !== 'static') return [];
    const isOwn = held.get(channelId)?.rules === true;
    if (freed.has(peerId) && !isOwn) return [];
    const peerPins = !freed.has(peerId) && held.get(peerId)?.policy.strategy === 'static';
    // What its peer says besides the price goes on for the channel: its own word replaces the peer's as a whole.
    const { mode, minPpm, maxPpm } = policy;
    const kept = isOwn ? {} : { mode, minPpm, maxPpm };
    return [released({ subject: { channelId }, peerId }, kept, !peerPins)];
  });
  const ofPeers = [...freed].map((peerId) => released({ subject: { peerId }, peerId }, {}, true));
  return [...ofChannels, ...ofPeers];
}

type Who = Pick<PolicyOrder, 'subject' | 'peerId'>;

/** Peers that revenue-set-fee pinned and all of whose channels are undone. */
function freedPeers(
  { channels }: Pick<FeeLook, 'channels'>,
  undone: Undone,
  held: Held,
): ReadonlySet<NodeId> {
  const pinned = channels.filter(({ channel: { peerId } }) => {
    const layer = held.get(peerId);
    return layer?.by === 'set-fee' && layer.policy.strategy === 'static';
  });
  const left = new Set(
    pinned.filter(({ seen }) => !undone.has(seen.channelId)).map(({ channel }) => channel.peerId),
  );
  return new Set(pinned.map(({ channel }) => channel.peerId).filter((one) => !left.has(one)));
}

/** Nothing but a pin was ever said of the subject: without it whoever else spoke decides again. */
const isOnlyPin = (stack: PolicyStack): boolean =>
  stack.length > 0 &&
  stack.every(
    ({ by, policy: { mode, minPpm, maxPpm, tags } }) =>
      by === 'set-fee' &&
      tags.length === 0 &&
      [mode, minPpm, maxPpm].every((said) => said === undefined),
  );
