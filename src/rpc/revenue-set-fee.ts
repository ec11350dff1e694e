import { z } from 'zod';
import { ppm } from '../core/units.ts';
import type { ManualFeeRequest } from '../cycles/services.ts';
import { rate } from './answers.ts';
import { actRow, actRowOf, actStatus, sentenceOf, statusOf } from './fee-acts.ts';
import { defineMethod } from './method.ts';
import { findSubject, labels } from './names.ts';
import { flag, text, wholeNumber } from './parameters.ts';

/** As max_fee_ppm: ten per cent. */
const MAX_PPM = 100_000;
/** SPEC 5. */
const MAX_HOURS = 720;

const answer = z.strictObject({
  status: actStatus,
  success: z.boolean(),
  channel: z.string().describe('as asked'),
  channel_id: z.string().describe('short channel id of the first channel'),
  fee_ppm: rate,
  new_fee_ppm: rate.describe('what the first channel asks now, or would'),
  old_fee_ppm: rate.optional(),
  expires_in_hours: z.int().optional(),
  message: z.string(),
  results: z.array(actRow),
});

/** Pins a price through a static policy and sends it at once (SPEC 3.9). */
export const revenueSetFee = defineMethod({
  name: 'revenue-set-fee',
  description: 'Pins the fee of a channel, or of all channels of a peer, and sends it at once.',
  longDescription:
    'The price stays until the policy is deleted or expires; then it is decided by the rules again. It is kept within the bounds of the peer. status says what really happened: success only when lightningd confirmed every price.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-set-fee 800148x28x0 250',
    'lightning-cli revenue-set-fee 800148x28x0 250 24',
    'lightning-cli check revenue-set-fee 800148x28x0 250',
  ],
  params: {
    channel_id: text('short channel id, alias, channel id, or peer id for all its channels'),
    fee_ppm: wholeNumber(0, MAX_PPM, 'the price, parts per million'),
    expires_in_hours: wholeNumber(1, MAX_HOURS, 'after which the rules decide again').optional(),
    force: flag('accepted for callers of the Python plugin; an order is always sent').optional(),
  },
  answer,
  handle: async (params, context, { check }) => {
    const subject = findSubject(context, 'channel_id', params.channel_id);
    const request: ManualFeeRequest = {
      subject:
        subject.kind === 'channel' ? { channelId: subject.channelId } : { peerId: subject.peerId },
      ppm: ppm(params.fee_ppm),
      expiresInHours: params.expires_in_hours,
    };
    const results = await context.fees.setFee(request, check);
    const labelOf = labels(context);
    const [first] = results;
    const status = statusOf(results);
    return {
      status,
      success: status === 'success',
      channel: params.channel_id,
      channel_id: first ? labelOf(first.channelId).name : params.channel_id,
      fee_ppm: params.fee_ppm,
      new_fee_ppm: first?.to ?? params.fee_ppm,
      old_fee_ppm: first?.from,
      expires_in_hours: params.expires_in_hours,
      message: sentenceOf(results, `pinned at ${params.fee_ppm} ppm`),
      results: results.map((result) => actRowOf(result, labelOf(result.channelId))),
    };
  },
});
