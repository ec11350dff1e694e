/** How acts on fees are answered: one row a channel, and one honest word for all of them. */
import { z } from 'zod';
import type { FeeActResult } from '../cycles/services.ts';
import { rate } from './answers.ts';
import type { ChannelLabel } from './names.ts';

/**
 * success: every price is as wanted. would: authority is observe, nothing was sent. unknown: lightningd did not
 * answer, the node is asked again before anything is decided. partial, failed: some, none are as wanted.
 */
export const actStatus = z.enum(['success', 'would', 'unknown', 'partial', 'failed', 'noop']);
export const actRow = z.strictObject({
  channel_id: z.string(),
  short_channel_id: z.string().describe('or what else the channel is called'),
  outcome: z.enum(['done', 'failed', 'unknown', 'would', 'none']),
  old_fee_ppm: rate,
  new_fee_ppm: rate,
  because: z.string(),
});

export const actRowOf = (result: FeeActResult, { name }: ChannelLabel): z.input<typeof actRow> => ({
  channel_id: result.channelId,
  short_channel_id: name,
  outcome: result.outcome,
  old_fee_ppm: result.from,
  new_fee_ppm: result.to,
  because: result.because,
});

export function statusOf(results: readonly FeeActResult[]): z.infer<typeof actStatus> {
  const count = (outcome: FeeActResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const asWanted = count('done') + count('none');
  if (results.length === 0) return 'noop';
  if (asWanted === results.length) return 'success';
  if (count('would') === results.length) return 'would';
  if (count('unknown') > 0) return 'unknown';
  return asWanted > 0 ? 'partial' : 'failed';
}

/** The same for people. `wish` completes "…" after a count of channels. */
export function sentenceOf(results: readonly FeeActResult[], wish: string): string {
  const channels = results.length === 1 ? '1 channel' : `${results.length} channels`;
  const because = results.find(({ outcome }) => outcome === 'failed')?.because ?? '';
  switch (statusOf(results)) {
    case 'success':
      return `${channels}: ${wish}`;
    case 'would':
      return `${channels}: nothing was sent, authority is observe; otherwise: ${wish}`;
    case 'unknown':
      return `${channels}: lightningd did not answer for all of them; the node is asked again before the next decision`;
    case 'partial':
      return `${channels}: not all were accepted: ${because}`;
    case 'failed':
      return `${channels}: not accepted: ${because}`;
    case 'noop':
      return 'nothing to do';
  }
}
