import { z } from 'zod';
import type { PolicyPatch } from '../core/policy/policy-patch.ts';
import { defineMethod } from './method.ts';
import { word } from './parameters.ts';
import { deniedAnswer } from './policy-acts.ts';
import { change, deprecation, peerParam } from './policy-ignore.ts';

const TAGS = ['all', 'lnfee', 'balance', 'open', 'close'] as const;
const answer = z.union([
  z.strictObject({
    status: z.enum(['success', 'would', 'noop']).describe('noop: there was nothing to give back'),
    peer_id: z.string(),
    tag: z.enum(TAGS),
    action: z.literal('remanage'),
    success: z.boolean(),
    message: z.string(),
    warning: z.string(),
  }),
  deniedAnswer,
]);

/** What giving back one of clboss's tags means for us; undefined: we never took it. */
function patchFor(tag: (typeof TAGS)[number]): PolicyPatch | undefined {
  switch (tag) {
    case 'all':
      return { strategy: 'passive', mode: 'disabled' };
    case 'lnfee':
      return { strategy: 'passive' };
    case 'balance':
      return { mode: 'disabled' };
    case 'open':
    case 'close':
      return undefined;
  }
}

export const revenueRemanage = defineMethod({
  name: 'revenue-remanage',
  description: 'Leaves a peer to clboss again. Use revenue-policy set instead.',
  longDescription:
    'lnfee and all: the policy becomes passive; all and balance: nothing is rebalanced. Opening and closing were never taken from clboss. revenue-policy set or delete takes the peer back. Kept for callers of the Python plugin.',
  effect: 'acts',
  deprecated: true,
  examples: [`lightning-cli revenue-remanage 02${'a'.repeat(64)}`],
  params: { peer_id: peerParam, tag: word(TAGS, 'what to give back; all unless given').optional() },
  answer,
  handle: ({ peer_id, tag = 'all' }, context, { check }): z.input<typeof answer> => {
    const patch = patchFor(tag);
    const rest = { peer_id, tag, action: 'remanage' as const };
    const warning = deprecation('revenue-policy set');
    if (patch === undefined)
      return {
        status: 'noop',
        ...rest,
        success: false,
        message: `${tag} was never taken from clboss`,
        warning,
      };
    const done = change(context, peer_id, patch, check);
    if (done.kind === 'denied') return done.answer;
    return {
      status: check ? 'would' : 'success',
      ...rest,
      success: !check,
      message: `Peer ${peer_id}: ${tag === 'balance' ? 'its liquidity is' : 'its fees and liquidity are'} left alone from now on`,
      warning,
    };
  },
});
