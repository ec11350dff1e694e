import { z } from 'zod';
import type { ForwardIndex } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { wireCount } from './wire-values.ts';

const answerOf = {
  created: z.object({ subsystem: z.literal('forwards'), created: wireCount }),
  updated: z.object({ subsystem: z.literal('forwards'), updated: wireCount }),
};

export function readForwardIndex(index: ForwardIndex, answer: unknown): number {
  if (index === 'created') return readAnswer(answerOf.created, 'wait', answer).created;
  return readAnswer(answerOf.updated, 'wait', answer).updated;
}

/** nextvalue 0 answers at once with the present value. */
export const askForwardIndex = async (node: NodeCaller, index: ForwardIndex): Promise<number> =>
  readForwardIndex(
    index,
    await node.call('wait', { subsystem: 'forwards', indexname: index, nextvalue: 0 }),
  );
