/** A journaled decision in one sentence: what fixed its number, then how the number came about (SPEC 7.4). */
import type { Step } from '../core/fees/types.ts';
import type { Decision } from '../ports/store.ts';

/**
 * The binding constraint with its words, then the words of the rule that priced. `gossip: deadband` is explained by
 * the step `gossip`; a binding without a step of its own stands alone.
 */
export function reasonOf({
  rule,
  binding,
  trail,
}: Pick<Decision, 'rule' | 'binding' | 'trail'>): string {
  const bound = stepOf(trail, binding) ?? stepOf(trail, binding.split(':', 1)[0] ?? binding);
  const ruled = stepOf(trail, rule);
  const words = new Set([bound, ruled].flatMap((step) => (step ? [step.because] : [])));
  return words.size === 0 ? binding : `${binding}: ${[...words].join('; ')}`;
}

/** The last step of that name: a rule that was asked twice meant what it said last. */
const stepOf = (trail: readonly Step[], rule: string): Step | undefined =>
  trail.findLast((step) => step.rule === rule);
