import { z } from 'zod';
import { BadRequest } from '../ports/errors.ts';
import type { Decision } from '../ports/store.ts';
import { asText, plainText } from './answers.ts';
import type { RpcContext } from './context.ts';
import { channelAnswer, decisionAnswer, explainChannel, explainDecision } from './explanation.ts';
import { channelText, decisionText } from './explanation-text.ts';
import { defineMethod } from './method.ts';
import { findChannel } from './names.ts';
import { flag, text } from './parameters.ts';

const DECISION_ID = /^\d{1,15}$/;

function findDecision({ store }: RpcContext, asked: string): Decision {
  const decision = store.journal.get(Number(asked));
  if (decision !== undefined) return decision;
  throw new BadRequest('subject', `there is no decision ${asked} in the journal`);
}

/** Why this fee, what fixed it, what was rejected, why no rebalance, when next (SPEC 7.4). */
export const revenueExplain = defineMethod({
  name: 'revenue-explain',
  description: 'Why a channel costs what it costs, or why one decision was made.',
  longDescription:
    'For people by default; json=true gives the same as data. A decision is replayed: its stored inputs go through the rules once more, and the answer says whether the number is the same.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-explain 800148x28x0',
    'lightning-cli revenue-explain 4711',
    'lightning-cli revenue-explain 800148x28x0 json=true',
  ],
  params: {
    subject: text('short channel id, alias, channel id, a peer with one channel, or a decision id'),
    json: flag('true: data instead of text').optional(),
  },
  answer: z.union([plainText, channelAnswer, decisionAnswer]),
  handle: ({ subject, json = false }, context) => {
    const now = context.clock.now();
    if (DECISION_ID.test(subject)) {
      const decision = explainDecision(context, findDecision(context, subject));
      return json ? decision : asText(decisionText(decision, now));
    }
    const channel = explainChannel(context, findChannel(context, 'subject', subject));
    return json ? channel : asText(channelText(channel, now));
  },
});
