/** Lines of the trail. */
import type { RebalanceStep } from './types.ts';

export const passes = (rule: string, because: string, value?: number): RebalanceStep =>
  step(rule, 'passes', because, value);
export const refuses = (rule: string, because: string, value?: number): RebalanceStep =>
  step(rule, 'refuses', because, value);

function step(
  rule: string,
  verdict: RebalanceStep['verdict'],
  because: string,
  value: number | undefined,
): RebalanceStep {
  return { rule, verdict, because, ...(value === undefined ? {} : { value }) };
}
