import { z } from 'zod';
import { defineMethod } from './method.ts';

/** Releases the brake (SPEC 1). */
export const revenueResume = defineMethod({
  name: 'revenue-resume',
  description: 'Ends every revenue-pause.',
  longDescription:
    'Deciding goes on at once with a fee cycle. Locks of single channels are not touched.',
  effect: 'acts',
  examples: ['lightning-cli revenue-resume'],
  params: {},
  answer: z.strictObject({
    status: z.enum(['resumed', 'noop', 'would']),
    released: z.int(),
    message: z.string(),
  }),
  handle: (_, { brake }, { check }) => {
    const active = brake.active().length;
    if (active === 0) return { status: 'noop' as const, released: 0, message: 'nothing is paused' };
    if (check)
      return { status: 'would' as const, released: 0, message: `${active} would be released` };
    return { status: 'resumed' as const, released: brake.resume(), message: 'deciding goes on' };
  },
});
