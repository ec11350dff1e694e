/** Rows as aligned text for a terminal: numbers to the right, words to the left. */
import type { Cell } from './csv-text.ts';
import { grouped } from './wording.ts';

const GAP = '  ';
const UNKNOWN = '–';
/** What would break a line or move the cursor is shown as a question mark. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** One line of titles, one of dashes, one a row; every line has the same columns. Nothing ends in blanks. */
export function textTable(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const shown = [titles, ...rows].map((cells) => titles.map((_, column) => text(cells[column])));
  const width = titles.map((_, column) =>
    Math.max(...shown.map((cells) => lengthOf(cells[column] ?? ''))),
  );
  const right = titles.map((_, column) => isNumeric(rows.map((cells) => cells[column])));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padded(cell, width[column] ?? 0, right[column] ?? false))
      .join(GAP)
      .trimEnd();
  const dashes = width.map((wide) => '-'.repeat(wide));
  const [head = [], ...body] = shown;
  return [head, dashes, ...body].map(line).join('\n');
}

function text(cell: Cell): string {
  if (cell === undefined) return UNKNOWN;
  if (typeof cell === 'number') return Number.isInteger(cell) ? grouped(cell) : String(cell);
  if (typeof cell === 'bigint') return grouped(cell);
  return String(cell).replace(UNFIT, '?').trim();
}

const lengthOf = (shown: string): number => [...shown].length;

function padded(cell: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - lengthOf(cell)));
  return right ? blanks + cell : cell + blanks;
}

const isNumeric = (cells: readonly Cell[]): boolean =>
  cells.some((cell) => cell !== undefined) &&
  cells.every((cell) => cell === undefined || typeof cell === 'number' || typeof cell === 'bigint');
