import { z } from 'zod';
import { fromSat, type Msat, msat } from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RebalanceJob } from '../ports/spending.ts';
import type { Lock } from '../ports/store.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { labels } from './names.ts';
import { wholeNumber, word } from './parameters.ts';
import { holdRow, holdRowOf } from './rebalance-rows.ts';
import { lock, lockRow } from './status-parts.ts';
import { grouped } from './wording.ts';

const ACTIONS = ['list', 'remove', 'settle'] as const;
const MAX_SATS = 2_100_000_000_000;

const answer = z.strictObject({
  status: z
    .enum(['ok', 'removed', 'settled', 'would', 'noop'])
    .describe('noop: there was nothing of that id to do it to'),
  message: z.string(),
  locks: z.array(lock),
  holds: z.array(holdRow).describe('money promised to rebalances that are not settled'),
  unknown: z.array(z.int()).describe('ids of the holds that wait for settle'),
});
type Done = Pick<z.input<typeof answer>, 'status' | 'message'>;

const params = {
  action: word(ACTIONS, 'list, remove, or settle; list unless given').optional(),
  id: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'of the lock, or of the rebalance').optional(),
  spent_sats: wholeNumber(0, MAX_SATS, 'with settle: all that it cost, satoshi').optional(),
  spent_msat: wholeNumber(0, MAX_SATS * 1000, 'the same in millisatoshi').optional(),
};
type Given = z.output<z.ZodObject<typeof params>>;

/** What holds us back, and the two ways to end it by hand (SPEC 7.6, 4.6). */
export const revenueLocks = defineMethod({
  name: 'revenue-locks',
  description: 'Locks with reason and expiry, money held; removes a lock, settles a rebalance.',
  longDescription:
    'remove ends a lock early; its cause does not set it again for a day. settle is for a rebalance whose outcome is unknown: say what it cost in all, as listsendpays of the node shows it; the rest of its hold is released. A pause is ended by revenue-resume.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-locks',
    'lightning-cli revenue-locks remove 1',
    'lightning-cli revenue-locks settle 9 spent_sats=12',
    'lightning-cli check revenue-locks settle 9 spent_sats=12',
  ],
  params,
  answer,
  handle: (given, context, { check }) => {
    const done = act(given, context, check);
    const labelOf = labels(context);
    const { jobs } = context.rebalance.state();
    return {
      ...done,
      locks: context.lockBook
        .active()
        .map((one) =>
          lockRow(one, one.channelId === undefined ? undefined : labelOf(one.channelId).name),
        ),
      holds: jobs.map((job) => holdRowOf(job, labelOf)),
      unknown: jobs.filter(({ state }) => state === 'unknown').map(({ id }) => id),
    };
  },
});

function act(given: Given, context: RpcContext, check: boolean): Done {
  const { action = 'list', id } = given;
  if (action !== 'settle') refuseSpent(given);
  switch (action) {
    case 'list':
      if (id !== undefined) throw new BadRequest('id', 'goes with remove or settle');
      return { status: 'ok', message: summary(context) };
    case 'remove':
      if (id === undefined) throw new BadRequest('id', 'is missing: which lock, see the list');
      return removeLock(id, context, check);
    case 'settle':
      if (id === undefined) throw new BadRequest('id', 'is missing: which rebalance, see holds');
      return settleJob(id, spentOf(given), context, check);
  }
}

function refuseSpent({ spent_sats, spent_msat }: Given): void {
  if (spent_sats !== undefined) throw new BadRequest('spent_sats', 'goes with settle only');
  if (spent_msat !== undefined) throw new BadRequest('spent_msat', 'goes with settle only');
}

type Spent = { readonly field: 'spent_sats' | 'spent_msat'; readonly amount: Msat };

/** The same amount is never read in two units. */
function spentOf({ spent_sats, spent_msat }: Given): Spent {
  if (spent_sats !== undefined && spent_msat !== undefined)
    throw new BadRequest('spent_msat', 'spent_sats is given too: say one of them');
  if (spent_sats !== undefined) return { field: 'spent_sats', amount: fromSat(spent_sats) };
  if (spent_msat !== undefined) return { field: 'spent_msat', amount: msat(BigInt(spent_msat)) };
  throw new BadRequest('spent_sats', 'is missing: what it cost in all, 0 if nothing was paid');
}

function summary(context: RpcContext): string {
  const locks = context.lockBook.active().length;
  const { jobs } = context.rebalance.state();
  const unknown = jobs.filter(({ state }) => state === 'unknown').length;
  return `${locks} locks, ${jobs.length} holds, ${unknown} of them with unknown outcome`;
}

function removeLock(id: number, context: RpcContext, check: boolean): Done {
  const found = context.lockBook.active().find((one) => one.id === id);
  if (found === undefined) return { status: 'noop', message: `there is no lock ${id} now` };
  if (isPause(found, context)) throw new BadRequest('id', 'is a pause: revenue-resume ends it');
  const what = `lock ${id} (${found.scope}: ${found.reason})`;
  if (check) return { status: 'would', message: `${what} would be removed` };
  return context.lockBook.remove(id)
    ? { status: 'removed', message: `${what} is removed` }
    : { status: 'noop', message: `there is no lock ${id} now` };
}

/** The brake keeps its own rows there, and taking one away would leave the cycles asleep. */
const isPause = ({ channelId, scope, since }: Lock, { brake }: RpcContext): boolean =>
  channelId === undefined &&
  brake.active().some((pause) => pause.scope === scope && pause.since === since);

function settleJob(id: number, spent: Spent, context: RpcContext, check: boolean): Done {
  const { field, amount } = spent;
  const job = context.rebalance.state().jobs.find((one) => one.id === id);
  if (job?.state !== 'unknown')
    return {
      status: 'noop',
      message: `rebalance ${id} does not wait for it: only an unknown outcome is settled by hand`,
    };
  if (amount < job.spent)
    throw new BadRequest(
      field,
      `is less than the ${sat(job.spent)} that the node recorded for it already`,
    );
  const settled = context.rebalance.settle(id, amount, check);
  if (!settled) return { status: 'noop', message: `rebalance ${id} is not unknown any more` };
  return {
    status: check ? 'would' : 'settled',
    message: `rebalance ${id} ${check ? 'would be' : 'is'} settled at ${sat(amount)}${beyond(amount, job)}`,
  };
}

const sat = (amount: Msat): string => `${grouped(Number(amount) / 1000)} sat`;
const beyond = (spent: Msat, { cap }: RebalanceJob): string =>
  spent > cap ? `, more than the ${sat(cap)} it was allowed` : '';
