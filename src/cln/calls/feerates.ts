import { z } from 'zod';
import type { ChainFees } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount } from './wire-values.ts';

const feerates = z.object({
  perkb: z.object({
    opening: ifKnown(wireCount),
    mutual_close: ifKnown(wireCount),
    unilateral_close: ifKnown(wireCount),
  }),
});
const VBYTES_PER_KVBYTE = 1000;

/** The first of opening, mutual_close and unilateral_close that is known and not 0, in sat/vB (SPEC 3.4). */
export function readChainFees(answer: unknown): ChainFees {
  const { opening, mutual_close, unilateral_close } = readAnswer(
    feerates,
    'feerates',
    answer,
  ).perkb;
  const perKvbyte = [opening, mutual_close, unilateral_close].find(
    (rate) => rate !== undefined && rate > 0,
  );
  return { satPerVbyte: perKvbyte === undefined ? undefined : perKvbyte / VBYTES_PER_KVBYTE };
}

export const askChainFees = async (node: NodeCaller): Promise<ChainFees> =>
  readChainFees(await node.call('feerates', { style: 'perkb' }));
