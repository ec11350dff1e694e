import { z } from 'zod';
import { type Msat, msat } from '../../core/units.ts';
import type { Wallet } from '../../ports/payments.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { wireMsat } from './wire-values.ts';

const answerShape = z.object({
  outputs: z.array(
    z.object({
      amount_msat: wireMsat,
      // `immature`, or a state of a later version, is not ours to spend now.
      status: z.string(),
      reserved: z.boolean(),
    }),
  ),
});

/** One output that cannot be read makes the whole sum unknown: RetryLater, never less or more than there is. */
export function readWallet(answer: unknown): Wallet {
  const { outputs } = readAnswer(answerShape, 'listfunds', answer);
  const confirmed = outputs
    .filter(({ status, reserved }) => status === 'confirmed' && !reserved)
    .reduce((sum: Msat, { amount_msat }) => msat(sum + amount_msat), msat(0n));
  return { confirmed };
}

export const askWallet = async (node: NodeCaller): Promise<Wallet> =>
  readWallet(await node.call('listfunds', {}));
