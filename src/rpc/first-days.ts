/** What observe held back, for the operator who thinks about authority fees (SPEC 1, first days). */
import { z } from 'zod';
import type { FirstDays } from '../cycles/services.ts';
import { rate, secondsOrAbsent, unixSeconds } from './answers.ts';

export const firstDaysAnswer = z.strictObject({
  since: unixSeconds.optional().describe('when the first channel was seen'),
  channels: z.int(),
  would_raise: z.int(),
  would_lower: z.int(),
  median_now_ppm: rate.optional(),
  median_wanted_ppm: rate.optional(),
  decided_not_sent: z.int().describe('verdicts journaled as would'),
});

export const firstDaysOf = (report: FirstDays): z.input<typeof firstDaysAnswer> => ({
  since: secondsOrAbsent(report.since),
  channels: report.channels,
  would_raise: report.raise,
  would_lower: report.lower,
  median_now_ppm: report.medianNow,
  median_wanted_ppm: report.medianWanted,
  decided_not_sent: report.unsent,
});
