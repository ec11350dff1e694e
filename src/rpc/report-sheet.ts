/** A report as rows and columns, for a file and for people. */
import { type Cell, csvText } from './csv-text.ts';
import { textTable } from './text-table.ts';

export type Column<Row> = {
  /** Name of the column in CSV; absent: not there. */
  readonly csv?: string;
  /** Title of the column for people; absent: not shown. */
  readonly title?: string;
  readonly of: (row: Row) => Cell;
};

export type Sheet = { readonly csv: () => string; readonly table: () => string };
/** What each kind of report gives: the answer for programs, and the same as a sheet. */
export type Report<Answer> = { readonly answer: Answer; readonly sheet: Sheet };

/** `heading`: the lines above the table for people. */
export function sheetOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  heading: readonly string[] = [],
): Sheet {
  const cells = (some: readonly Column<Row>[]) => rows.map((row) => some.map(({ of }) => of(row)));
  return {
    csv: () => {
      const filed = columns.filter(({ csv }) => csv !== undefined);
      return csvText(
        filed.map(({ csv = '' }) => csv),
        cells(filed),
      );
    },
    table: () => {
      const shown = columns.filter(({ title }) => title !== undefined);
      const table = textTable(
        shown.map(({ title = '' }) => title),
        cells(shown),
      );
      return [...heading, table].join('\n');
    },
  };
}
