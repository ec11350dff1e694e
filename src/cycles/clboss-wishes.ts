/**
 * What clboss shall leave to us now, by peer (SPEC 7.8): `lnfee` where we price a channel of the peer, `balance` where
 * we may move its liquidity. Nothing below authority `fees`, and nothing where the operator keeps us away from it.
 */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { daysSince, openedAt } from '../core/books/age.ts';
import { inCanary } from '../core/fees/canary.ts';
import { type ChannelClaim, type OurTag, wantedTags } from '../core/neighbours/clboss-tags.ts';
import type { PolicyFacts, Ruling } from '../core/policy/effective-policy.ts';
import { modeUnder, type Policy } from '../core/policy/policy.ts';
import { type NodeId, share, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { LightningNode, PeerChannel } from '../ports/node.ts';
import type { ChannelDirectory } from '../ports/store.ts';
import { isAnnounced, isManaged } from './managed.ts';
import { policyFacts } from './policy-facts.ts';
import type { Authority } from './services.ts';

export type ClbossWishes = {
  readonly wanted: ReadonlyMap<NodeId, readonly OurTag[]>;
  /** Nothing is known of these now: they stay as they are. */
  readonly unseen: ReadonlySet<NodeId>;
};

export type WishParts = {
  readonly node: Pick<LightningNode, 'peerChannels' | 'leftOut'>;
  /** The open channels as last seen; empty before the first look. */
  readonly channels: () => readonly PeerChannel[];
  readonly known: Pick<ChannelDirectory, 'get'>;
  readonly rulings: () => (facts: PolicyFacts) => Ruling;
  readonly authority: () => Authority;
  readonly config: () => ConfigSnapshot;
  readonly clock: Pick<Clock, 'now'>;
};

/** `held`: peers that have a tag of ours. Where one of them is in no picture the node is asked before it is let go. */
export async function clbossWishes(
  parts: WishParts,
  held: ReadonlySet<NodeId>,
): Promise<ClbossWishes> {
  const config = parts.config();
  const authority = parts.authority();
  if (!config.clboss_enabled || authority === 'observe')
    return { wanted: new Map(), unseen: new Set() };
  const { channels, unseen } = await seenChannels(parts, held);
  const rulingOf = parts.rulings();
  const at = parts.clock.now();
  const claims = channels.filter(isManaged).map((channel): ChannelClaim<NodeId> => {
    const age = daysSince(openedOf(channel, parts), at);
    const { policy } = rulingOf(policyFacts(channel, age, config.new_channel_grace_days));
    return {
      peerId: channel.peerId,
      priced:
        policy.strategy !== 'passive' && inCanary(channel.channelId, share(config.canary_share)),
      rebalanced: authority === 'full' && mayBeMoved(channel, policy),
    };
  });
  return { wanted: wantedTags(claims), unseen };
}

async function seenChannels(
  { channels, node }: WishParts,
  held: ReadonlySet<NodeId>,
): Promise<{
  readonly channels: readonly PeerChannel[];
  readonly unseen: ReadonlySet<NodeId>;
}> {
  const picture = channels();
  if (picture.length > 0 && missing(held, picture).size === 0)
    return { channels: picture, unseen: new Set() };
  const fresh = await node.peerChannels();
  // A row that could not be read is no closed channel.
  return { channels: fresh, unseen: node.leftOut() > 0 ? missing(held, fresh) : new Set() };
}

function missing(held: ReadonlySet<NodeId>, picture: readonly PeerChannel[]): ReadonlySet<NodeId> {
  const there = new Set(picture.map(({ peerId }) => peerId));
  return new Set([...held].filter((peerId) => !there.has(peerId)));
}

const openedOf = (
  { channelId, stateChanges }: PeerChannel,
  { known }: WishParts,
): UnixMs | undefined => openedAt(stateChanges) ?? known.get(channelId)?.openedAt;

/** An unannounced channel is moved only when a policy says a word about it (SPEC, words). */
const mayBeMoved = (channel: PeerChannel, policy: Policy): boolean =>
  modeUnder(policy) !== 'disabled' && (isAnnounced(channel) || policy.mode !== undefined);
