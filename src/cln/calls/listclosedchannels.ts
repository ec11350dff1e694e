import { z } from 'zod';
import type { ClosedChannel } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { type OnProblem, readAnswer, whatIsWrong } from './read-answer.ts';
import { ifKnown, wireChannelId, wireMsat, wireNodeId, wireScid, wireSide } from './wire-values.ts';

const METHOD = 'listclosedchannels';
const answerShape = z.object({ closedchannels: z.array(z.unknown()) });
const closedChannel = z
  .object({
    channel_id: wireChannelId,
    peer_id: ifKnown(wireNodeId),
    short_channel_id: ifKnown(wireScid),
    alias: ifKnown(z.object({ local: ifKnown(wireScid), remote: ifKnown(wireScid) })),
    opener: ifKnown(wireSide),
    total_msat: wireMsat,
  })
  .transform(
    (row): ClosedChannel => ({
      channelId: row.channel_id,
      peerId: row.peer_id,
      scid: row.short_channel_id,
      aliasLocal: row.alias?.local,
      aliasRemote: row.alias?.remote,
      opener: row.opener,
      capacity: row.total_msat,
    }),
  );

/** Every row by itself: a malformed one is left out with a problem, the others live. */
export function readClosedChannels(
  answer: unknown,
  onProblem: OnProblem,
): readonly ClosedChannel[] {
  const channels: ClosedChannel[] = [];
  readAnswer(answerShape, METHOD, answer).closedchannels.forEach((row, at) => {
    const read = closedChannel.safeParse(row);
    if (read.success) channels.push(read.data);
    else onProblem(`${METHOD}: row ${at} left out, ${whatIsWrong(read.error)}`);
  });
  return channels;
}

export const askClosedChannels = async (
  node: NodeCaller,
  onProblem: OnProblem,
): Promise<readonly ClosedChannel[]> => readClosedChannels(await node.call(METHOD, {}), onProblem);
