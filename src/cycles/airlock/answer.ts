/** What a neighbour said, or that it did not: a failure that passes is a value here, a defect of ours stays an error. */
import { NodeRefused, RetryLater } from '../../ports/errors.ts';
import { StoreFailed } from '../../ports/store.ts';

export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'refused'; readonly because: string; readonly code: number }
  | { readonly kind: 'silent'; readonly because: string };

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

/**
 * What could not be written while something that matters more was done: money is stopped also on a full disk. The
 * first failure is thrown at the end.
 */
export class Unwritten {
  #failed: StoreFailed | undefined;

  /** false: the disk failed. Every other error passes through. */
  write(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }
  /** undefined: the disk failed. */
  async after<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  throwIfAny(): void {
    const failed = this.#failed;
    this.#failed = undefined;
    if (failed) throw failed;
  }

  #note(error: unknown): void {
    if (!(error instanceof StoreFailed)) throw error;
    this.#failed ??= error;
  }
}
