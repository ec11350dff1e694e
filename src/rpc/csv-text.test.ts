import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cell, csvText } from './csv-text.ts';

/** RFC 4180, as strictly as it is written: undefined for text that is none. */
function parsed(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(text.slice(at));
      if (!field) return undefined;
      row.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '');
      at += field[0].length;
      if (field[3] === '\r\n') break;
    }
    rows.push(row);
  }
  return rows;
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(...['"', ',', '\r', '\n', '=', '+', '-', '@', '\t', ' ', 'x']),
  }),
);
const cell: fc.Arbitrary<Cell> = fc.oneof(
  nasty,
  fc.bigInt(),
  fc.integer(),
  fc.boolean(),
  fc.constant(undefined),
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((columns) =>
    fc.tuple(
      fc.array(nasty, { minLength: columns, maxLength: columns }),
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }),
    ),
  );
const STARTS_FORMULA = /^[=+\-@\t\r]/;
const plain = (one: Cell): string =>
  one === undefined
    ? ''
    : typeof one === 'string' && STARTS_FORMULA.test(one)
      ? `'${one}`
      : String(one);

describe('CSV', () => {
  test('whatever is in the cells, a strict reader finds the same rows again', () =>
    fc.assert(
      fc.property(table, ([titles, rows]) => {
        expect(parsed(csvText(titles, rows))).toEqual([titles, ...rows].map((r) => r.map(plain)));
      }),
    ));

  test('no text can be taken for a formula; a negative amount stays a number', () =>
    fc.assert(
      fc.property(table, ([titles, rows]) => {
        const read = parsed(csvText(titles, rows)) ?? [];
        for (const [y, row] of [titles, ...rows].entries())
          for (const [x, one] of row.entries()) {
            const field = read[y]?.[x] ?? '';
            if (typeof one === 'string') expect(field).not.toMatch(STARTS_FORMULA);
            if (typeof one === 'bigint') expect(BigInt(field)).toBe(one);
          }
      }),
    ));

  test('as it looks', () =>
    expect(
      csvText(
        ['a', 'b'],
        [
          ['=1+1', -5n],
          ['say "x", y', undefined],
        ],
      ),
    ).toBe(`a,b\r\n'=1+1,-5\r\n"say ""x"", y",\r\n`));
});
