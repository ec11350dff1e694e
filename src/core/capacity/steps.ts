/** The plan as what to do first, second, third: for the operator to do, or not (SPEC 6.5). */
import type { Msat } from '../units.ts';
import { percent, plain, sats } from '../wording.ts';
import type { Payback } from './payback.ts';
import type { CapacityChannel, CapacityPlan, Loser, Pair, Winner } from './types.ts';

export const STEP_ACTIONS = [
  'HOLD',
  'CLOSE',
  'SPLICE_IN',
  'OPEN',
  'DEFIBRILLATE',
  'REBALANCE',
  'GROW',
] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

export type PlanStep = {
  readonly action: StepAction;
  /** undefined: of no channel. */
  readonly channel: CapacityChannel | undefined;
  /** What comes out or goes in; undefined: that is for the operator to say. */
  readonly amount: Msat | undefined;
  /** Of the move this step belongs to: a close and what follows it share one. */
  readonly payback: Payback | undefined;
  readonly because: string;
};

export const planSteps = (plan: CapacityPlan): readonly PlanStep[] => [
  ...holdStep(plan),
  ...plan.pairs.flatMap(pairSteps),
  ...plan.unpaired.map(closeAlone),
  ...plan.losers.flatMap(patientStep),
  ...plan.growing.map(growStep),
];

/** Only where something that follows would pay for block space. */
const holdStep = ({ mempool, pairs, unpaired, growing }: CapacityPlan): readonly PlanStep[] =>
  mempool.kind === 'HOLD' && pairs.length + unpaired.length + growing.length > 0
    ? [step('HOLD', undefined, mempool.because)]
    : [];

function pairSteps({ close, into, how, payback }: Pair): readonly PlanStep[] {
  const { channel } = into;
  const unknown =
    channel.splices === undefined
      ? '; whether its peer can splice is not known while it is away'
      : '';
  const reason =
    how === 'splice'
      ? `STRATEGIC REDEPLOYMENT: ${winning(into)}${unknown}`
      : 'UPGRADE REQUIRED: its peer cannot splice, so by a second channel to it, or ask the peer to upgrade';
  return [
    {
      action: 'CLOSE',
      channel: close.channel,
      amount: payback.moved,
      payback,
      because: `${close.reason}: ${close.because}; what comes out goes to ${channel.name}`,
    },
    {
      action: how === 'splice' ? 'SPLICE_IN' : 'OPEN',
      channel,
      amount: payback.moved,
      payback,
      because: `${reason}; ${paybackSentence(payback)}`,
    },
  ];
}

const closeAlone = (loser: Loser): PlanStep => {
  const { channel, because, reason } = loser;
  const goes =
    channel.toUs > 0n
      ? 'no winner is there to take what comes out'
      : 'nothing in it is ours, closing it frees no sats';
  return {
    ...step('CLOSE', channel, `${reason}: ${because}; ${goes}`),
    amount: channel.toUs,
  };
};

function patientStep({ channel, action, reason, because }: Loser): readonly PlanStep[] {
  switch (action) {
    case 'CLOSE':
      return [];
    case 'DEFIBRILLATE':
      return [step('DEFIBRILLATE', channel, `${reason} ALERT: ${because}`)];
    case 'REBALANCE':
      return [step('REBALANCE', channel, `${reason}: ${because}`)];
  }
}

const growStep = (winner: Winner): PlanStep =>
  step(
    'GROW',
    winner.channel,
    `GROWTH POTENTIAL: ${winning(winner)}; no channel may be closed for it, so from the wallet${winner.channel.splices === false ? ' by a second channel: its peer cannot splice' : ''}`,
  );

const winning = ({ channel, turnover }: Winner): string =>
  `it sold ${plain(turnover)} times its capacity in 30 days, marginal return ${percent(channel.marginalRoi)}`;

/** When the move has earned back what it costs. */
export function paybackSentence(payback: Payback): string {
  const { cost, monthlyGain } = payback;
  const price = cost === undefined ? '' : ` ${sats(cost)}`;
  switch (payback.kind) {
    case 'days':
      return `pays back${price} in ${plain(payback.days, 1)} days at ${sats(monthlyGain)} more a month`;
    case 'never':
      return `never pays back${price}: ${payback.because}`;
    case 'unknown':
      return `when it pays back is not known: ${payback.because}`;
  }
}

const step = (
  action: StepAction,
  channel: CapacityChannel | undefined,
  because: string,
): PlanStep => ({ action, channel, amount: undefined, payback: undefined, because });
