/** What a neighbour said, or that it did not: a failure that passes is a value here, a defect of ours stays an error. */
import { NodeRefused, RetryLater } from '../../ports/errors.ts';

export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'refused'; readonly because: string; readonly code: number }
  | { readonly kind: 'silent'; readonly because: string };

/** JSON-RPC: nobody offers this command. */
export const UNKNOWN_COMMAND = -32601;

export async function answerOf<T>(call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'answer', value: await call() };
  } catch (error) {
    if (error instanceof NodeRefused)
      return { kind: 'refused', because: error.message, code: error.code };
    if (error instanceof RetryLater) return { kind: 'silent', because: error.message };
    throw error;
  }
}
