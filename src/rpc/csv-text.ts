/** Rows as RFC 4180 text: lines end with CR LF, what needs quotes gets them, and no spreadsheet takes a text for a formula. */

/** undefined: not known, an empty field. A number or a switch is never quoted. */
export type Cell = string | number | bigint | boolean | undefined;

const LINE_END = '\r\n';
/** A text that begins so is run as a formula by spreadsheets. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

export const csvText = (titles: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [titles, ...rows].map((cells) => cells.map(field).join(',') + LINE_END).join('');

function field(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
