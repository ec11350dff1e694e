/** Why a channel is not being filled, in words: what stands above the rules, then what the rules said last. */
import type { ChannelId } from '../core/units.ts';
import type { Decision } from '../ports/store.ts';
import type { RpcContext } from './context.ts';
import { reasonOf } from './reason.ts';
import { fromNow } from './wording.ts';

export function noRebalance(context: RpcContext, channelId: ChannelId): string {
  const { board, store, clock, rebalance } = context;
  const open = rebalance.state().jobs.find((job) => job.destination === channelId);
  if (open?.state === 'unknown')
    return `what rebalance ${open.id} into it came to is not known; nothing goes there until it is settled`;
  if (open) return `rebalance ${open.id} into it is under way`;
  const [latest] = store.journal.latest(channelId, 1, 'rebalance');
  const said =
    latest === undefined
      ? 'nothing was decided about filling it yet'
      : `${verdictOf(latest)} (decision ${latest.id}, ${fromNow(latest.lastAt, clock.now())})`;
  const authority = board.authority();
  if (authority !== 'full')
    return `authority is ${authority}: nothing is spent below full; ${said}`;
  const { readiness } = rebalance.state();
  return readiness.ready ? said : `${readiness.because}; ${said}`;
}

function verdictOf(decision: Decision): string {
  const { number, outcome, error } = decision;
  if (number === undefined) return reasonOf(decision);
  const plan = `it pays at up to ${number} ppm`;
  switch (outcome) {
    case 'done':
      return `${plan} and was ordered`;
    case 'would':
      return `${plan} and would be ordered`;
    case 'unknown':
      return `${plan}; the order got no answer${words(error)}`;
    case 'failed':
      return `${plan}; it was not taken${words(error)}`;
    case 'none':
      return `${plan}; not ordered: ${reasonOf(decision)}${words(error)}`;
  }
}

const words = (error: string | undefined): string => (error === undefined ? '' : `: ${error}`);
