import { z } from 'zod';
import type { ClbossView } from '../cycles/clboss-service.ts';
import { defineMethod } from './method.ts';

const peer = z.strictObject({
  peer_id: z.string(),
  tags: z
    .array(z.string())
    .optional()
    .describe('what clboss leaves alone there now; absent: it does not say'),
  ours: z
    .array(z.string())
    .describe('of these, what this plugin added and takes away again when it lets the peer go'),
});
const answer = z.strictObject({
  clboss_enabled: z.boolean(),
  clboss_available: z.boolean().describe('it runs and says what it leaves alone'),
  unmanaged_peers: z
    .array(peer)
    .describe('peers that clboss leaves alone in some way, by whoever’s word'),
  message: z.string().optional().describe('why it is as it is, where that is not plain'),
  clboss_status: z
    .strictObject({ unmanaged: z.record(z.string(), z.string()) })
    .optional()
    .describe('the same in the words of clboss-status'),
});

function messageOf({ enabled, present, problem, peers }: ClbossView): string | undefined {
  if (!enabled && peers.every(({ ours }) => ours.length === 0))
    return 'clboss integration is disabled';
  if (!present) return 'clboss does not run on this node';
  return problem;
}

/** Which peers are taken from clboss, and how far (SPEC 7.8). */
export const revenueClbossStatus = defineMethod({
  name: 'revenue-clboss-status',
  description: 'What clboss leaves alone, peer by peer, and what of that is our doing.',
  longDescription:
    'lnfee: it sets no fees towards the peer. balance: it does not rebalance there. Others, as open and close, are yours and are never touched. It is asked for at most a few seconds; where it does not answer, ours is what this plugin remembers.',
  effect: 'reads',
  examples: ['lightning-cli revenue-clboss-status'],
  params: {},
  answer,
  handle: async (_, { clboss }): Promise<z.input<typeof answer>> => {
    const view = await clboss.look();
    const shown = view.peers.filter(({ ours, tags = [] }) => ours.length + tags.length > 0);
    const message = messageOf(view);
    return {
      clboss_enabled: view.enabled,
      clboss_available: view.answered,
      unmanaged_peers: shown.map(({ peerId, tags, ours }) => ({
        peer_id: peerId,
        ...(tags === undefined ? {} : { tags: [...tags] }),
        ours: [...ours],
      })),
      ...(message === undefined ? {} : { message }),
      ...(view.answered
        ? {
            clboss_status: {
              unmanaged: Object.fromEntries(
                shown.flatMap(({ peerId, tags = [] }) =>
                  tags.length > 0 ? [[peerId, tags.join(', ')] as const] : [],
                ),
              ),
            },
          }
        : {}),
    };
  },
});
