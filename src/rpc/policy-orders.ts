/** From what was asked to orders the engine understands; whatever is malformed is named (SPEC 5). */
import { z } from 'zod';
import { saysSomething } from '../core/policy/policy-patch.ts';
import type { PolicyOrder } from '../cycles/policy-changes.ts';
import { MAX_BATCH } from '../cycles/policy-service.ts';
import { BadRequest } from '../ports/errors.ts';
import { readArguments } from './arguments.ts';
import type { RpcContext } from './context.ts';
import { kind, word } from './parameters.ts';
import {
  channelParam,
  type PatchParams,
  patchOf,
  patchParams,
  policySubject,
  subjectParam,
  tagText,
} from './policy-parameters.ts';

const UPDATE_ACTIONS = ['set', 'delete', 'tag', 'untag'] as const;
export type OrderParams = PatchParams & {
  readonly peer_id?: string | undefined;
  readonly channel_id?: string | undefined;
  readonly tag?: string | undefined;
};

/** One order. Throws BadRequest naming the field. */
export function orderOf(
  context: RpcContext,
  action: (typeof UPDATE_ACTIONS)[number],
  given: OrderParams,
): PolicyOrder {
  const who = policySubject(context, given);
  switch (action) {
    case 'delete':
      return { ...who, action };
    case 'tag':
      return { ...who, action, patch: { addTag: needed(given.tag) } };
    case 'untag':
      return { ...who, action, patch: { dropTag: needed(given.tag) } };
    case 'set': {
      const patch = patchOf(given);
      if (!saysSomething(patch) && patch.tags === undefined)
        throw new BadRequest(
          'strategy',
          'is missing: say what to set, for instance strategy=static',
        );
      return { ...who, action, patch };
    }
  }
}

function needed(tag: string | undefined): string {
  if (tag !== undefined) return tag;
  throw new BadRequest('tag', 'is missing');
}

/** A list, or the JSON of one: lightning-cli passes text. */
export const updatesParam = kind(
  (raw): readonly unknown[] | undefined => {
    const list = typeof raw === 'string' ? parsed(raw) : raw;
    return Array.isArray(list) && list.length <= MAX_BATCH ? list : undefined;
  },
  `a list of at most ${MAX_BATCH} updates, or its JSON`,
  'a list of {"peer_id":…,"strategy":…}, with the fields of set, or with "action": delete, tag or untag',
);

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const update = z.object({
  peer_id: subjectParam.optional(),
  channel_id: channelParam.optional(),
  action: word(UPDATE_ACTIONS, 'set unless given').optional(),
  ...patchParams,
  tag: tagText('with tag and untag').optional(),
});

/** All orders of a batch; the field in a BadRequest says which update: `updates[3].strategy`. */
export const batchOrders = (
  context: RpcContext,
  updates: readonly unknown[],
): readonly PolicyOrder[] =>
  updates.map((raw, index) => {
    try {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
        throw new BadRequest('peer_id', 'is missing: an update is an object');
      const { action = 'set', ...given } = readArguments(update, raw);
      return orderOf(context, action, given);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      throw new BadRequest(
        `updates[${index}].${error.field}`,
        error.message.slice(error.field.length + 2),
      );
    }
  });
