import { z } from 'zod';
import type { ChannelId } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { SetChannelAnswer } from '../../ports/node.ts';
import { readAnswer } from './read-answer.ts';
import { wireChannelId, wireMsat, wirePpm } from './wire-values.ts';

const answerShape = z.object({
  channels: z.array(
    z.object({
      channel_id: wireChannelId,
      fee_base_msat: wireMsat,
      fee_proportional_millionths: wirePpm,
      maximum_htlc_out_msat: wireMsat,
    }),
  ),
});

/** What the node says the asked channel has now; an answer without that channel leaves the outcome unknown. */
export function readFeesSet(answer: unknown, channelId: ChannelId): SetChannelAnswer {
  const { channels } = readAnswer(answerShape, 'setting fees', answer);
  const row = channels.find((channel) => channel.channel_id === channelId);
  if (!row) throw new RetryLater(`setting fees: the answer does not name ${channelId}`);
  return {
    channelId,
    base: row.fee_base_msat,
    ppm: row.fee_proportional_millionths,
    htlcMax: row.maximum_htlc_out_msat,
  };
}
