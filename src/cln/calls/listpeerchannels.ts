import { z } from 'zod';
import type { ChannelId, NodeId } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { PeerChannel } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { peerChannel } from './peer-channel.ts';
import { type OnProblem, readAnswer, whatIsWrong } from './read-answer.ts';

const METHOD = 'listpeerchannels';
const answerShape = z.object({ channels: z.array(z.record(z.string(), z.unknown())) });
/** Before the funding is agreed lightningd leaves out what is not settled yet: not a channel to us, and no problem. */
const NOT_YET_A_CHANNEL = new Set([
  'OPENINGD',
  'DUALOPEND_OPEN_INIT',
  'DUALOPEND_OPEN_COMMIT_READY',
]);

type Read = {
  readonly channels: readonly PeerChannel[];
  /** channel_id, as text or undefined, and what is wrong. */
  readonly unreadable: readonly { readonly channelId: unknown; readonly problem: string }[];
};

/** Every row by itself: a malformed channel is left out, never guessed, and the others live. */
export function readPeerChannels(answer: unknown): Read {
  const channels: PeerChannel[] = [];
  const unreadable: { channelId: unknown; problem: string }[] = [];
  for (const row of readAnswer(answerShape, METHOD, answer).channels) {
    const read = peerChannel.safeParse(row);
    if (read.success) channels.push(read.data);
    else if (typeof row.state !== 'string' || !NOT_YET_A_CHANNEL.has(row.state)) {
      const name = String(row.short_channel_id ?? row.channel_id ?? 'a channel without name');
      const problem = `${METHOD}: ${name} left out, ${whatIsWrong(read.error)}`;
      unreadable.push({ channelId: row.channel_id, problem });
    }
  }
  return { channels, unreadable };
}

export async function askPeerChannels(
  node: NodeCaller,
  onProblem: OnProblem,
): Promise<readonly PeerChannel[]> {
  const { channels, unreadable } = readPeerChannels(await node.call(METHOD, {}));
  for (const { problem } of unreadable) onProblem(problem);
  return channels;
}

/** One channel; undefined: it is gone. A row that might be it but cannot be read is no sign that it is gone. */
export async function askPeerChannel(
  node: NodeCaller,
  peerId: NodeId,
  channelId: ChannelId,
): Promise<PeerChannel | undefined> {
  const { channels, unreadable } = readPeerChannels(await node.call(METHOD, { id: peerId }));
  const found = channels.find((channel) => channel.channelId === channelId);
  if (found) return found;
  const perhaps = unreadable.find((row) => row.channelId === channelId || !isHash(row.channelId));
  if (perhaps) throw new RetryLater(perhaps.problem);
  return undefined;
}

const isHash = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
