import type { z } from 'zod';
import { RetryLater } from '../../ports/errors.ts';

/** Told about every row that had to be left out, with what was wrong with it. */
export type OnProblem = (text: string) => void;

/** The answer through its schema. An answer of the wrong shape is garbage: RetryLater naming the place. */
export function readAnswer<T>(schema: z.ZodType<T>, method: string, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new RetryLater(`${method} answered something else: ${whatIsWrong(read.error)}`);
}

/** The first issue in one line: place and expectation, never the value. */
export function whatIsWrong(error: z.ZodError): string {
  const first = error.issues[0];
  if (first === undefined) return 'unknown';
  const place = first.path.map(String).join('.');
  return place === '' ? first.message : `${place}: ${first.message}`;
}
