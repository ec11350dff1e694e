/** The forms in which an answer is given: data for programs, text for people, text for a file. */

import type { z } from 'zod';
import { asText, type plainText } from './answers.ts';
import { word } from './parameters.ts';
import type { Report } from './report-sheet.ts';

/** Of what is rows as well. */
export const rowsFormat = word(
  ['json', 'table', 'csv'],
  'json unless given; csv and table are text',
).optional();
/** Of what is no rows. */
export const tableFormat = word(
  ['json', 'table'],
  'json unless given; table is for people',
).optional();

/** As it was asked for; data unless told. */
export function shownAs<Answer>(
  { answer, sheet }: Report<Answer>,
  format: z.output<typeof rowsFormat> = 'json',
): Answer | z.input<typeof plainText> {
  switch (format) {
    case 'json':
      return answer;
    case 'csv':
      return asText(sheet.csv());
    case 'table':
      return asText(sheet.table());
  }
}
