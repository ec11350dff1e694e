/**
 * Who is who (SPEC, words): a channel is its channel_id, and every name it ever had leads to it. Read before the
 * first page of forwards and again whenever channels open, close or splice; forwards under a name that nobody
 * has are kept by the store and find their channel when it turns up.
 */
import { openedAt } from '../core/books/age.ts';
import type { ChannelId } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClosedChannel, LightningNode, PeerChannel } from '../ports/node.ts';
import type { ChannelDirectory, KnownChannel } from '../ports/store.ts';

export class Directory {
  readonly #node: Pick<LightningNode, 'peerChannels' | 'closedChannels' | 'leftOut'>;
  readonly #channels: Pick<ChannelDirectory, 'learn' | 'all'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onPicture: (open: readonly PeerChannel[]) => void;
  #refreshing: Promise<readonly PeerChannel[]> | undefined;

  /** `onPicture` hears of the open channels as they were seen. */
  constructor(
    node: Pick<LightningNode, 'peerChannels' | 'closedChannels' | 'leftOut'>,
    channels: Pick<ChannelDirectory, 'learn' | 'all'>,
    clock: Pick<Clock, 'now'>,
    onPicture: (open: readonly PeerChannel[]) => void = () => undefined,
  ) {
    this.#onPicture = onPicture;
    this.#node = node;
    this.#channels = channels;
    this.#clock = clock;
  }

  /** Learns all open and closed channels; answers the open ones. Calls while one runs share its answer. */
  refresh(): Promise<readonly PeerChannel[]> {
    this.#refreshing ??= this.#learn().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #learn(): Promise<readonly PeerChannel[]> {
    const open = await this.#node.peerChannels();
    const leftOut = this.#node.leftOut();
    this.#onPicture(open);
    const closed = await this.#node.closedChannels();
    const earlier = this.#channels.all();
    const known = knownChannels(open, closed, earlier);
    // A row that could not be read is missing from the answer, but its channel is not closed.
    const unseen = leftOut > 0 ? stillOpen(earlier, known) : [];
    this.#channels.learn([...known.open, ...unseen], known.closed, this.#clock.now());
    return open;
  }
}

type Known = { readonly open: readonly KnownChannel[]; readonly closed: readonly KnownChannel[] };

function stillOpen(earlier: readonly KnownChannel[], known: Known): readonly KnownChannel[] {
  const named = new Set([...known.open, ...known.closed].map(({ channelId }) => channelId));
  return earlier.filter(({ channelId, closed }) => !closed && !named.has(channelId));
}

type Named = PeerChannel | ClosedChannel;

/** What the node shows now, joined with what was known before: earlier names, times and origins are kept. */
export function knownChannels(
  open: readonly PeerChannel[],
  closed: readonly ClosedChannel[],
  earlier: readonly KnownChannel[],
): { readonly open: readonly KnownChannel[]; readonly closed: readonly KnownChannel[] } {
  const before = new Map(earlier.map((channel) => [channel.channelId, channel]));
  const isOpen = new Set(open.map(({ channelId }) => channelId));
  const gone = closed.filter(({ channelId }) => !isOpen.has(channelId));
  const owners = ownersOfNames([...gone, ...open], earlier);
  const join = (channel: Named, dated: Pick<KnownChannel, 'openedAt' | 'closed'>): KnownChannel => {
    const old = before.get(channel.channelId);
    const { channelId, peerId, opener, capacity } = channel;
    return {
      channelId,
      peerId: peerId ?? old?.peerId,
      names: namesOf(channel, old, owners),
      capacity,
      openedByPeer: opener === undefined ? old?.openedByPeer : opener === 'remote',
      openedAt: dated.openedAt ?? old?.openedAt,
      closed: dated.closed,
    };
  };
  return {
    open: open.map((c) => join(c, { openedAt: openedAt(c.stateChanges), closed: false })),
    closed: gone.map((c) => join(c, { openedAt: undefined, closed: true })),
  };
}

/**
 * Whose each name is. A peer picks its own alias freely, even to equal another channel's name: those that come from
 * the chain or from us go first, and what a channel had before stays with it.
 */
function ownersOfNames(
  channels: readonly Named[],
  earlier: readonly KnownChannel[],
): ReadonlyMap<string, ChannelId> {
  const owners = new Map<string, ChannelId>();
  for (const { channelId, names } of earlier) for (const name of names) owners.set(name, channelId);
  for (const { channelId, scid, aliasLocal } of channels)
    for (const name of [scid, aliasLocal]) if (name !== undefined) owners.set(name, channelId);
  for (const { channelId, aliasRemote } of channels)
    if (aliasRemote !== undefined && !owners.has(aliasRemote)) owners.set(aliasRemote, channelId);
  return owners;
}

function namesOf(
  { channelId, scid, aliasLocal, aliasRemote }: Named,
  old: KnownChannel | undefined,
  owners: ReadonlyMap<string, ChannelId>,
): readonly string[] {
  const names = [...(old?.names ?? []), scid, aliasLocal, aliasRemote];
  const own = names.flatMap((name) =>
    name !== undefined && owners.get(name) === channelId ? [name] : [],
  );
  return [...new Set(own)];
}
