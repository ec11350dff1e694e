/** Parts that several answers share. Times are unix seconds; amounts are msat unless the name says sats. */
import { z } from 'zod';
import type { Step } from '../core/fees/types.ts';
import type { UnixMs } from '../core/units.ts';

export const seconds = (at: UnixMs): number => Math.floor(at / 1000);
export const secondsOrAbsent = (at: UnixMs | undefined): number | undefined =>
  at === undefined ? undefined : seconds(at);

export const unixSeconds = z.int();
export const amountMsat = z.bigint();
export const rate = z.int();

/** A text for people: lightning-cli prints it as it is. */
export const plainText = z.strictObject({
  'format-hint': z.literal('simple'),
  result: z.string(),
});
export const asText = (result: string): z.input<typeof plainText> => ({
  'format-hint': 'simple',
  result,
});

export const step = z.strictObject({
  rule: z.string(),
  verdict: z.enum(['applies', 'passes']),
  value: z.number().optional(),
  because: z.string(),
});
export const stepAnswer = (one: Step): z.input<typeof step> => ({
  rule: one.rule,
  verdict: one.verdict,
  because: one.because,
  ...(one.value === undefined ? {} : { value: one.value }),
});

/** A step of the trail as a line for people. */
export const stepSentence = (one: z.infer<typeof step>): string =>
  `${one.rule} ${one.verdict}: ${one.because}`;
