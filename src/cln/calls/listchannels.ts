import { z } from 'zod';
import type { Msat, NodeId, Ppm, Scid } from '../../core/units.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { wireMsat, wireNodeId, wirePpm, wireScid } from './wire-values.ts';

/** One direction of a channel as gossip tells it. */
export type GossipChannel = {
  readonly scid: Scid;
  readonly source: NodeId;
  readonly destination: NodeId;
  readonly active: boolean;
  readonly base: Msat;
  readonly ppm: Ppm;
};

const gossipChannel = z
  .object({
    short_channel_id: wireScid,
    source: wireNodeId,
    destination: wireNodeId,
    active: z.boolean(),
    base_fee_millisatoshi: wireMsat,
    fee_per_millionth: wirePpm,
  })
  .transform(
    (row): GossipChannel => ({
      scid: row.short_channel_id,
      source: row.source,
      destination: row.destination,
      active: row.active,
      base: row.base_fee_millisatoshi,
      ppm: row.fee_per_millionth,
    }),
  );
const answerShape = z.object({ channels: z.array(gossipChannel) });

export const readChannels = (answer: unknown): readonly GossipChannel[] =>
  readAnswer(answerShape, 'listchannels', answer).channels;

/** What leads away from one node. Never without `source`: the whole network is 40 MB. */
export const askChannelsFrom = async (
  node: NodeCaller,
  source: NodeId,
): Promise<readonly GossipChannel[]> =>
  readChannels(await node.call('listchannels', { source })).filter((row) => row.source === source);
