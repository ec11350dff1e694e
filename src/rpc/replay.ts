/** A journaled decision once more: its stored inputs through today's rules (SPEC 7.4). */
import { z } from 'zod';
import type { DiagnosticVerdict } from '../core/rebalance/diagnostic.ts';
import type { RebalanceVerdict } from '../core/rebalance/types.ts';
import type { Decision } from '../ports/store.ts';
import type { RpcContext } from './context.ts';

export const replayed = z.strictObject({
  same: z.boolean().optional().describe('absent: it cannot be replayed'),
  number: z.number().optional(),
  because: z.string(),
});
type Replayed = z.infer<typeof replayed>;

const SAME = 'its inputs give the same number again';

/** An entry of another version may not fit today's rules: that is said. */
export function replay(context: RpcContext, decision: Decision): Replayed {
  const again = REPLAYS[decision.kind];
  if (again === undefined)
    return { because: 'only what the cycles decide on fees and rebalances is replayed' };
  try {
    return again(context, decision);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { because: `its inputs cannot be replayed: ${words}` };
  }
}

type Replay = (context: RpcContext, decision: Decision) => Replayed;
function moves({ rebalance }: RpcContext, { inputs, number, rule }: Decision): Replayed {
  return ofVerdict(rebalance.replay(inputs), number, rule);
}
const REPLAYS: Readonly<Record<Decision['kind'], Replay | undefined>> = {
  fee: ({ fees }, { inputs, number }) => {
    const again = fees.replay(inputs).target.ppm;
    return again === number
      ? { same: true, number: again, because: SAME }
      : { same: false, number: again, because: `its inputs give ${again} with today's rules` };
  },
  rebalance: moves,
  diagnostic: moves,
  'fee-manual': undefined,
  'rebalance-manual': undefined,
  config: undefined,
  alert: undefined,
};

/** A refusal has no number: there its reason code must be the same. */
function ofVerdict(
  verdict: RebalanceVerdict | DiagnosticVerdict,
  number: number | undefined,
  rule: string,
): Replayed {
  switch (verdict.kind) {
    case 'plan': {
      const { maxPpm } = verdict.plan;
      return number === maxPpm
        ? { same: true, number: maxPpm, because: SAME }
        : {
            same: false,
            number: maxPpm,
            because: `its inputs give a plan at ${maxPpm} ppm with today's rules`,
          };
    }
    case 'refused':
      return number === undefined && verdict.code === rule
        ? { same: true, because: `its inputs give ${rule} again` }
        : { same: false, because: `its inputs give ${verdict.code} with today's rules` };
  }
}
