/** Which channel or peer a word means: scid (also with : or /), alias, any earlier name, channel id, peer id. */
import { shown } from '../config/read-value.ts';
import {
  type ChannelId,
  type NodeId,
  parseChannelId,
  parseNodeId,
  parseScid,
} from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { RpcContext } from './context.ts';

export type Subject =
  | { readonly kind: 'channel'; readonly channelId: ChannelId }
  | { readonly kind: 'peer'; readonly peerId: NodeId };

/** A channel, or a peer with any channel of ours. Throws BadRequest(field) for anything else. */
export function findSubject(context: RpcContext, field: string, asked: string): Subject {
  const word = normalised(asked);
  const peerId = parseNodeId(word);
  if (peerId !== undefined) {
    if (channelsOf(context, peerId).length > 0) return { kind: 'peer', peerId };
    throw new BadRequest(field, `there is no open channel with the peer ${word}`);
  }
  const channelId = resolved(context, word);
  if (channelId !== undefined) return { kind: 'channel', channelId };
  throw new BadRequest(
    field,
    looksLikeName(word)
      ? `no channel is known as ${word}`
      : `must be a short channel id, a channel id or a peer id, not ${shown(asked)}`,
  );
}

/** One channel. A peer id is enough while the peer has one open channel. */
export function findChannel(context: RpcContext, field: string, asked: string): ChannelId {
  const subject = findSubject(context, field, asked);
  if (subject.kind === 'channel') return subject.channelId;
  const [first, ...others] = channelsOf(context, subject.peerId);
  if (first !== undefined && others.length === 0) return first.channelId;
  const names = [first, ...others].flatMap((channel) => (channel ? [displayName(channel)] : []));
  throw new BadRequest(
    field,
    `the peer has ${names.length} channels, say which: ${names.join(', ')}`,
  );
}

/** 800148:28:0 and 800148/28/0 are spellings of 800148x28x0. */
const normalised = (asked: string): string =>
  asked
    .trim()
    .toLowerCase()
    .replace(/^(\d+)[:/](\d+)[:/](\d+)$/, '$1x$2x$3');

const looksLikeName = (word: string): boolean =>
  parseScid(word) !== undefined || parseChannelId(word) !== undefined;

/** Whether it is spelled like a channel's name, but no channel was ever known by it. */
export function isUnknownName(context: RpcContext, asked: string): boolean {
  const word = normalised(asked);
  return looksLikeName(word) && resolved(context, word) === undefined;
}

function resolved(context: RpcContext, word: string): ChannelId | undefined {
  const { channels } = context.store;
  if (parseScid(word) !== undefined)
    return (
      channels.resolve(word) ??
      context.board
        .channels()
        .find((c) => c.scid === word || c.aliasLocal === word || c.aliasRemote === word)?.channelId
    );
  const id = parseChannelId(word);
  if (id === undefined) return undefined;
  return channels.get(id)?.channelId ?? openChannel(context, id)?.channelId;
}

const channelsOf = (context: RpcContext, peerId: NodeId): readonly PeerChannel[] =>
  context.board.channels().filter((channel) => channel.peerId === peerId);

/** The channel in the last picture of the node; undefined: not open, or not seen yet. */
export const openChannel = (context: RpcContext, id: ChannelId): PeerChannel | undefined =>
  context.board.channels().find(({ channelId }) => channelId === id);

/** What people call it: the short channel id, else an alias, else the channel id. */
const displayName = ({
  scid,
  aliasLocal,
  channelId,
}: Pick<PeerChannel, 'scid' | 'aliasLocal' | 'channelId'>): string =>
  scid ?? aliasLocal ?? channelId;

/** Name and peer of any channel, open or closed. */
export type ChannelLabel = { readonly name: string; readonly peerId: NodeId | undefined };

/** Looks up many channels at once: the open ones from memory, others from the directory. */
export function labels(context: RpcContext): (channelId: ChannelId) => ChannelLabel {
  const open = new Map(context.board.channels().map((channel) => [channel.channelId, channel]));
  return (channelId) => {
    const channel = open.get(channelId);
    if (channel) return { name: displayName(channel), peerId: channel.peerId };
    const known = context.store.channels.get(channelId);
    return { name: known?.names[0] ?? channelId, peerId: known?.peerId };
  };
}
