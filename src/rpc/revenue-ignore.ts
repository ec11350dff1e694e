import { z } from 'zod';
import { defineMethod } from './method.ts';
import { text } from './parameters.ts';
import { deniedAnswer } from './policy-acts.ts';
import { change, deprecation, ignoring, peerParam } from './policy-ignore.ts';

const answer = z.union([
  z.strictObject({
    status: z.enum(['success', 'would']),
    action: z.literal('ignore'),
    peer_id: z.string(),
    reason: z.string(),
    message: z.string(),
    warning: z.string(),
  }),
  deniedAnswer,
]);

export const revenueIgnore = defineMethod({
  name: 'revenue-ignore',
  description: 'Leaves a peer alone: no fees, no rebalancing. Use revenue-policy set instead.',
  longDescription:
    'Sets a passive policy with rebalancing disabled and the tags ignored and reason. Kept for callers of the Python plugin.',
  effect: 'acts',
  deprecated: true,
  examples: [`lightning-cli revenue-ignore 02${'a'.repeat(64)} too-expensive`],
  params: {
    peer_id: peerParam,
    reason: text('why, kept as a tag; manual unless given').optional(),
  },
  answer,
  handle: ({ peer_id, reason = 'manual' }, context, { check }): z.input<typeof answer> => {
    const done = change(context, peer_id, ignoring(reason), check);
    if (done.kind === 'denied') return done.answer;
    return {
      status: check ? 'would' : 'success',
      action: 'ignore',
      peer_id,
      reason,
      message: `Peer ${peer_id} set to passive strategy with rebalancing disabled.`,
      warning: deprecation('revenue-policy set'),
    };
  },
});
