import { z } from 'zod';
import { subjectName } from '../core/policy/subject.ts';
import { unixMs } from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import { seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { labels } from './names.ts';
import { wholeNumber, word } from './parameters.ts';
import { applyOrders, deniedAnswer } from './policy-acts.ts';
import { isOfHive } from './policy-author.ts';
import { batchOrders, orderOf, updatesParam } from './policy-orders.ts';
import {
  channelParam,
  patchParams,
  policySubject,
  subjectParam,
  tagText,
} from './policy-parameters.ts';
import { changeRow, changeRowOf, policyRow, policyRowOf } from './policy-rows.ts';
import { ruledChannel, ruledChannels } from './policy-ruling.ts';

const MAX_ROWS = 20_000;
const ROWS = 1000;
/** From here on `since` is a time: no log grows so long. */
const FIRST_MOMENT = 1_000_000_000;
const LAST_MOMENT = 4_102_444_800;

const params = {
  action: word(
    ['list', 'get', 'set', 'delete', 'tag', 'untag', 'find', 'changes', 'batch'],
    'list, get, set, delete, tag, untag, find, changes or batch',
  ),
  peer_id: subjectParam.optional(),
  ...patchParams,
  tag: tagText('with tag, untag and find').optional(),
  since: wholeNumber(
    0,
    LAST_MOMENT,
    `with changes: after this sequence number; from ${FIRST_MOMENT} on it is unix seconds`,
  ).optional(),
  updates: updatesParam.optional(),
  limit: wholeNumber(
    1,
    MAX_ROWS,
    `with list, find and changes: rows, ${ROWS} unless given`,
  ).optional(),
  channel_id: channelParam.optional(),
};
type Given = z.output<z.ZodObject<typeof params>>;
type Action = Given['action'];

const PATCH = Object.keys(patchParams);
const WHO = ['peer_id', 'channel_id'];
/** What goes with each action, the first ones in the order in which they come without a name. */
const WITH: Readonly<Record<Action, readonly string[]>> = {
  list: ['limit'],
  get: WHO,
  set: ['peer_id', ...PATCH, 'channel_id'],
  delete: WHO,
  tag: ['peer_id', 'tag', 'channel_id'],
  untag: ['peer_id', 'tag', 'channel_id'],
  find: ['tag', 'limit'],
  changes: ['since', 'limit'],
  batch: ['updates'],
};
const isAction = (said: string): said is Action => said in WITH && Object.hasOwn(WITH, said);

/** `tag <peer> whale` and `find whale`: the action says what the next words are. */
function positions(first: unknown): readonly string[] {
  const [named, said] =
    /^(action=)?(.*)$/s.exec(String(first).trim().toLowerCase())?.slice(1) ?? [];
  const names = said !== undefined && isAction(said) ? WITH[said] : WITH.set;
  return named === undefined ? ['action', ...names] : names;
}

function refuseForeign({ action, ...given }: Given): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !WITH[action].includes(name))
      throw new BadRequest(name, `does not go with ${action}`);
}

const status = z.enum(['success', 'would']).describe('would: this was a check');
const rows = z.array(policyRow);
const answer = z.union([
  z.strictObject({ policies: rows, count: z.int(), total: z.int() }).describe('list'),
  z.strictObject({ policy: policyRow, channels: z.array(ruledChannel) }),
  z.strictObject({ status, policy: policyRow, message: z.string() }),
  z.strictObject({
    status: z.enum(['success', 'would', 'noop']),
    subject: z.string(),
    peer_id: z.string().optional(),
    message: z.string(),
  }),
  z.strictObject({
    status,
    subject: z.string(),
    peer_id: z.string().optional(),
    tags: z.array(z.string()),
    message: z.string(),
  }),
  z.strictObject({ peers: rows, count: z.int(), tag: z.string() }),
  z.strictObject({
    changes: z.array(changeRow).describe('oldest first'),
    count: z.int(),
    since: z.int(),
    last_change_timestamp: unixSeconds.nullable(),
    last_sequence: z.int().describe('give it as since the next time'),
    more: z.boolean(),
    complete: z
      .boolean()
      .describe('false: some between since and here are not kept, or since is of another database'),
  }),
  z.strictObject({ status, updated: z.int(), policies: rows, message: z.string() }),
  deniedAnswer,
]);
type Answer = z.input<typeof answer>;
type Act = { readonly by: 'operator' | 'hive'; readonly check: boolean };

/** What the operator wants for peers and channels (SPEC 5). */
export const revenuePolicy = defineMethod({
  name: 'revenue-policy',
  description:
    'Policies of peers and channels: list, get, set, delete, tag, untag, find, changes, batch.',
  longDescription:
    'A change counts at once and names only what changes. With expires_in_hours it lies on top of what holds and gives it back at its end; without, it is for good. The policy of a channel replaces that of its peer as a whole; where neither says anything, tag:NAME, default:private and default:new decide, in this order. Saying the same again is a success and costs nothing; a peer may be changed 10 times a minute. What the operator said stands against cl-hive.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-policy list',
    `lightning-cli revenue-policy set 02${'a'.repeat(64)} strategy=static fee_ppm=100`,
    `lightning-cli -k revenue-policy action=set peer_id=02${'a'.repeat(64)} strategy=passive expires_in_hours=24`,
    'lightning-cli revenue-policy set 800148x28x0 rebalance=source_only max_ppm=800',
    'lightning-cli revenue-policy set default:new rebalance=disabled',
    `lightning-cli revenue-policy tag 02${'a'.repeat(64)} whale`,
    'lightning-cli revenue-policy find whale',
    'lightning-cli revenue-policy changes 0',
  ],
  params,
  positions,
  answer,
  handle: (given, context, { check, named }) => {
    refuseForeign(given);
    const act: Act = { by: named && isOfHive(given, context) ? 'hive' : 'operator', check };
    switch (given.action) {
      case 'list':
        return list(given, context);
      case 'get':
        return get(given, context);
      case 'set':
        return set(given, context, act);
      case 'delete':
        return remove(given, context, act);
      case 'tag':
      case 'untag':
        return tag(given, given.action, context, act);
      case 'find':
        return find(given, context);
      case 'changes':
        return changes(given, context);
      case 'batch':
        return batch(given, context, act);
    }
  },
});

function list({ limit = ROWS }: Given, context: RpcContext): Answer {
  const all = context.policies.list();
  const labelOf = labels(context);
  const policies = all
    .slice(0, limit)
    .map(({ subject, layer }) => policyRowOf(subject, layer, labelOf));
  return { policies, count: policies.length, total: all.length };
}

function get(given: Given, context: RpcContext): Answer {
  const { subject } = policySubject(context, given);
  return {
    policy: policyRowOf(subject, context.policies.get(subject), labels(context)),
    channels: [...ruledChannels(context, subject)],
  };
}

const itself = (_: number, field: string): string => field;

function set(given: Given, context: RpcContext, { by, check }: Act): Answer {
  const order = orderOf(context, 'set', given);
  const before = context.policies.get(order.subject);
  const done = applyOrders(context, [order], by, check, itself);
  if (done.kind === 'denied') return done.answer;
  const after = done.layer(order.subject);
  const inherits =
    before?.by === 'hive' && after?.by === 'operator' && given.strategy === undefined;
  const inherited = inherits
    ? `; with it "${after.policy.strategy}", which cl-hive said, is your word, and cl-hive cannot take it back`
    : '';
  return {
    status: check ? 'would' : 'success',
    policy: policyRowOf(order.subject, after, labels(context)),
    message: saying(context, subjectName(order.subject), done.changed) + inherited,
  };
}

function saying({ board, brake }: RpcContext, name: string, changed: number): string {
  if (changed === 0) return `${name} says so already: nothing changed`;
  if (board.authority() === 'observe')
    return `Policy of ${name} updated; authority is observe, so nothing is sent to the node`;
  return brake.active().some(({ scope }) => scope !== 'rebalance')
    ? `Policy of ${name} updated; fees are paused, so no price is sent until they go on`
    : `Policy of ${name} updated; it counts at once`;
}

function remove(given: Given, context: RpcContext, { by, check }: Act): Answer {
  const order = orderOf(context, 'delete', given);
  const done = applyOrders(context, [order], by, check, itself);
  if (done.kind === 'denied') return done.answer;
  const subject = subjectName(order.subject);
  const who = { subject, peer_id: order.peerId };
  return done.changed === 0
    ? { status: 'noop', ...who, message: `No policy exists for ${subject}` }
    : { status: check ? 'would' : 'success', ...who, message: `Policy of ${subject} deleted` };
}

function tag(
  given: Given,
  action: 'tag' | 'untag',
  context: RpcContext,
  { by, check }: Act,
): Answer {
  const order = orderOf(context, action, given);
  const done = applyOrders(context, [order], by, check, itself);
  if (done.kind === 'denied') return done.answer;
  const subject = subjectName(order.subject);
  return {
    status: check ? 'would' : 'success',
    subject,
    peer_id: order.peerId,
    tags: [...(done.layer(order.subject)?.policy.tags ?? [])],
    message: saying(context, subject, done.changed),
  };
}

function find({ tag: wanted, limit = ROWS }: Given, context: RpcContext): Answer {
  if (wanted === undefined) throw new BadRequest('tag', 'is missing');
  const labelOf = labels(context);
  const peers = context.policies
    .list()
    .filter(({ layer }) => layer.policy.tags.includes(wanted))
    .slice(0, limit)
    .map(({ subject, layer }) => policyRowOf(subject, layer, labelOf));
  return { peers, count: peers.length, tag: wanted };
}

function changes({ since = 0, limit = ROWS }: Given, context: RpcContext): Answer {
  const after = since < FIRST_MOMENT ? { sequence: since } : { at: unixMs(since * 1000 + 999) };
  const { changes: found, range } = context.policies.changes(after, limit);
  const labelOf = labels(context);
  const newest = found.at(-1);
  const last = range?.last ?? 0;
  return {
    changes: found.map((change) => changeRowOf(change, labelOf)),
    count: found.length,
    since,
    last_change_timestamp: newest === undefined ? null : seconds(newest.at),
    last_sequence: newest?.sequence ?? Math.max(last, 0),
    more: newest !== undefined && newest.sequence < last,
    complete:
      'at' in after || (after.sequence >= (range?.first ?? 1) - 1 && after.sequence <= last),
  };
}

function batch({ updates }: Given, context: RpcContext, { by, check }: Act): Answer {
  if (updates === undefined) throw new BadRequest('updates', 'is missing: a list of updates');
  const orders = batchOrders(context, updates);
  const done = applyOrders(
    context,
    orders,
    by,
    check,
    (index, field) => `updates[${index}].${field}`,
  );
  if (done.kind === 'denied') return done.answer;
  const labelOf = labels(context);
  const touched = new Map(orders.map(({ subject }) => [subjectName(subject), subject]));
  return {
    status: check ? 'would' : 'success',
    updated: done.changed,
    policies: [...touched.values()].map((one) => policyRowOf(one, done.layer(one), labelOf)),
    message: `${done.changed} of ${orders.length} updates changed something`,
  };
}
