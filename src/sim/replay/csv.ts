/** Comma-separated text with a header, perhaps gzipped, whose errors name line and column. No quoting: our files have none. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A file that does not say what it should; `line` counts from 1, the header included. */
export class MalformedCsv extends Error {
  override name = 'MalformedCsv';
  readonly line: number;
  readonly column: string;
  constructor(line: number, column: string, because: string) {
    super(`line ${line}, ${column}: ${because}`);
    this.line = line;
    this.column = column;
  }
}

const GZIP_MAGIC = 0x1f8b;

/** The text of a file, unpacked when it is gzip. */
export function readText(path: string): string {
  const bytes = readFileSync(path);
  const gzipped = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP_MAGIC;
  return (gzipped ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** A row that knows where it stands. */
export type CsvRow = {
  readonly line: number;
  /** Never empty. */
  text(column: string): string;
  /** A whole number from 0 to 2^53. */
  whole(column: string): number;
};

const WHOLE = /^\d{1,16}$/;

/** Hands every row to `visit`; empty lines at the end are no rows. */
export function eachRow(
  text: string,
  columns: readonly string[],
  visit: (row: CsvRow) => void,
): void {
  const lines = text.split(/\r?\n/);
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const header = (lines[0] ?? '').split(',');
  const place = new Map(header.map((name, at) => [name, at]));
  for (const column of columns)
    if (!place.has(column)) throw new MalformedCsv(1, column, 'this column is missing');
  for (let at = 1; at < lines.length; at++) {
    const cells = (lines[at] ?? '').split(',');
    const line = at + 1;
    if (cells.length !== header.length)
      throw new MalformedCsv(line, '*', `${cells.length} cells, the header has ${header.length}`);
    visit(row(line, cells, place));
  }
}

function row(line: number, cells: readonly string[], place: ReadonlyMap<string, number>): CsvRow {
  const cell = (column: string): string => {
    const text = cells[place.get(column) ?? -1];
    if (text === undefined || text === '') throw new MalformedCsv(line, column, 'empty');
    return text;
  };
  return {
    line,
    text: cell,
    whole: (column) => {
      const text = cell(column);
      const value = Number(text);
      if (!WHOLE.test(text) || !Number.isSafeInteger(value))
        throw new MalformedCsv(line, column, `'${text}' is no whole number`);
      return value;
    },
  };
}
