import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell } from './csv-text.ts';
import { textTable } from './text-table.ts';

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.bigInt(),
  fc.integer(),
  fc.boolean(),
  fc.constant(undefined),
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((columns) =>
    fc.tuple(
      fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: columns, maxLength: columns }),
      fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }),
    ),
  );

describe('a table for people', () => {
  test('whatever is in the cells, one line a row, none ending in blanks or with a control character', () =>
    fc.assert(
      fc.property(table, ([titles, rows]) => {
        const lines = textTable(titles, rows).split('\n');
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) {
          expect(line).toBe(line.trimEnd());
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
    ));

  test('every column begins where its dashes begin', () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 3, maxLength: 3 })),
        (rows) => {
          const [, dashes = '', ...lines] = textTable(['a', 'b', 'c'], rows).split('\n');
          const starts = [...dashes.matchAll(/-+/g)].map(({ index }) => index);
          for (const [y, line] of lines.entries())
            for (const [x, start] of starts.entries())
              expect(line.slice(start).split(' ')[0]).toBe(rows[y]?.[x]);
        },
      ),
    ));

  test('numbers stand to the right, what is not known is a dash', () =>
    expect(
      textTable(
        ['channel', 'sat'],
        [
          ['1x1x1', 1_234_567n],
          ['22x22x22', -5],
          ['3x3x3', undefined],
        ],
      ),
    ).toBe(
      [
        'channel         sat',
        '--------  ---------',
        '1x1x1     1 234 567',
        '22x22x22         -5',
        '3x3x3             –',
      ].join('\n'),
    ));
});
