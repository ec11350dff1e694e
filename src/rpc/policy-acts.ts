/** What changing policies answers: done, nothing to do, or why not. */
import { z } from 'zod';
import { holding, liveLayers, type PolicyLayer } from '../core/policy/policy-stack.ts';
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import type { PolicyOrder } from '../cycles/policy-changes.ts';
import type { PolicyOutcome } from '../cycles/policy-service.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';

export const deniedAnswer = z.strictObject({
  status: z.literal('error'),
  error: z.string(),
  retry_after_seconds: z.int().optional(),
});

export type Applied =
  | {
      readonly kind: 'applied';
      /** Really changed, or would be. */
      readonly changed: number;
      /** What holds for a subject now, or would. */
      readonly layer: (subject: PolicySubject) => PolicyLayer | undefined;
    }
  | { readonly kind: 'denied'; readonly answer: z.input<typeof deniedAnswer> };

/** `fieldOf`: how the caller knows a field of one of the orders. Throws BadRequest for what is malformed. */
export function applyOrders(
  context: RpcContext,
  orders: readonly PolicyOrder[],
  by: 'operator' | 'hive',
  check: boolean,
  fieldOf: (index: number, field: string) => string,
): Applied {
  const outcome: PolicyOutcome = context.policies.apply(orders, by, check);
  switch (outcome.kind) {
    case 'refused':
      throw new BadRequest(fieldOf(outcome.index, outcome.field), outcome.because);
    case 'denied': {
      const { because, retryAfterMs } = outcome;
      const retry_after_seconds = retryAfterMs === undefined ? undefined : retryAfterMs / 1000;
      return { kind: 'denied', answer: { status: 'error', error: because, retry_after_seconds } };
    }
    case 'same':
      return { kind: 'applied', changed: 0, layer: (subject) => context.policies.get(subject) };
    case 'changed': {
      const at = context.clock.now();
      const after = new Map(outcome.writes.map((one) => [subjectName(one.subject), one.stack]));
      return {
        kind: 'applied',
        changed: outcome.writes.length,
        layer: (subject) => {
          const stack = after.get(subjectName(subject));
          return stack ? holding(liveLayers(stack, at), at) : context.policies.get(subject);
        },
      };
    }
  }
}
