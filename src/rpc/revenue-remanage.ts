import { z } from 'zod';
import type { PolicyPatch } from '../core/policy/policy-patch.ts';
import type { NodeId } from '../core/units.ts';
import type { ClbossPeer } from '../cycles/clboss-service.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { word } from './parameters.ts';
import { deniedAnswer } from './policy-acts.ts';
import { change, deprecation, peerParam } from './policy-ignore.ts';

const TAGS = ['all', 'lnfee', 'balance', 'open', 'close'] as const;
type RemanageTag = (typeof TAGS)[number];
const answer = z.union([
  z.strictObject({
    status: z.enum(['success', 'would', 'noop']).describe('noop: there was nothing to give back'),
    peer_id: z.string(),
    tag: z.enum(TAGS),
    action: z.literal('remanage'),
    success: z.boolean().describe('clboss looks after it again; read back from clboss'),
    message: z.string(),
    warning: z.string(),
  }),
  deniedAnswer,
]);

type Given = { readonly patch: PolicyPatch; readonly tags: readonly string[] };
/** What giving back one of clboss's tags means for us; undefined: we never took it. */
function givenBack(tag: RemanageTag): Given | undefined {
  switch (tag) {
    case 'all':
      return { patch: { strategy: 'passive', mode: 'disabled' }, tags: ['lnfee', 'balance'] };
    case 'lnfee':
      return { patch: { strategy: 'passive' }, tags: ['lnfee', 'balance'] };
    case 'balance':
      return { patch: { mode: 'disabled' }, tags: ['balance'] };
    case 'open':
    case 'close':
      return undefined;
  }
}

type Outcome = { readonly success: boolean; readonly message: string };
/** What we leave alone we do in any case; whether clboss does it from now on is read back. */
async function giveBack(
  peerId: NodeId,
  tags: readonly string[],
  { clboss }: RpcContext,
): Promise<Outcome> {
  try {
    return outcomeOf(await clboss.settle(peerId), tags);
  } catch (error) {
    if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
    return { success: false, message: `clboss did not answer usably: ${error.message}` };
  }
}

function outcomeOf(peer: ClbossPeer | undefined, tags: readonly string[]): Outcome {
  if (peer === undefined) return { success: false, message: 'clboss not available' };
  const left = tags.filter((tag) => peer.tags?.includes(tag) ?? true);
  if (left.length === 0)
    return { success: true, message: `clboss has ${tags.join(' and ')} of the peer again` };
  const ours = left.filter((tag) => peer.ours.includes(tag));
  return {
    success: false,
    message:
      ours.length > 0
        ? `${ours.join(' and ')} stay ours: clboss did not take them back, or a channel of the peer has a policy of its own`
        : `${left.join(' and ')} stay with whoever told clboss so: it was not this plugin`,
  };
}

export const revenueRemanage = defineMethod({
  name: 'revenue-remanage',
  description: 'Leaves a peer to clboss again. Use revenue-policy set instead.',
  longDescription:
    'lnfee and all: the policy becomes passive; all and balance: nothing is rebalanced; and clboss is told at once that the peer is its own again. What others told clboss to leave alone stays so. Opening and closing were never taken from clboss. revenue-policy set or delete takes the peer back. Kept for callers of the Python plugin.',
  effect: 'acts',
  deprecated: true,
  examples: [`lightning-cli revenue-remanage 02${'a'.repeat(64)}`],
  params: { peer_id: peerParam, tag: word(TAGS, 'what to give back; all unless given').optional() },
  answer,
  handle: async ({ peer_id, tag = 'all' }, context, { check }): Promise<z.input<typeof answer>> => {
    const given = givenBack(tag);
    const rest = { peer_id, tag, action: 'remanage' as const };
    const warning = deprecation('revenue-policy set');
    if (given === undefined) {
      const message = `${tag} was never taken from clboss`;
      return { status: 'noop', ...rest, success: false, message, warning };
    }
    const done = change(context, peer_id, given.patch, check);
    if (done.kind === 'denied') return done.answer;
    const left = tag === 'balance' ? 'its liquidity is' : 'its fees and liquidity are';
    const us = `Peer ${peer_id}: ${left} left alone from now on`;
    if (check) return { status: 'would', ...rest, success: false, message: us, warning };
    const { success, message } = await giveBack(peer_id, given.tags, context);
    return { status: 'success', ...rest, success, message: `${us}; ${message}`, warning };
  },
});
