/** docs/decisions/006: every defect of the ancestors names tests, and each of those tests exists and runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const ROWS = read('docs/decisions/006-ancestors-defects.md')
  .split('\n')
  .filter((line) => /^\| (?:original|lessons) /.test(line));

/** The tests a row names: `file` and title. */
const named = (row: string): readonly (readonly [file: string, title: string])[] =>
  [...row.matchAll(/`([^`]+\.test\.ts)` “([^”]+)”/g)].map(([, file = '', title = '']) => [
    file,
    title,
  ]);

/** Whether a source declares a test, a table of tests or a group under this title, and does not skip it. */
const declares = (source: string, title: string): boolean => {
  const at = source.indexOf(`'${title}'`);
  return at >= 0 && !/\.(?:skip|todo)\b[^\n]*$/.test(source.slice(0, at).trimEnd());
};

describe('the defects of the ancestors', () => {
  test('are all there', () => expect(ROWS.length).toBeGreaterThanOrEqual(85));

  test.each(ROWS.map((row) => [row.split('|')[2]?.trim() ?? '', row] as const))('%s', (_, row) => {
    const tests = named(row);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests).toHaveLength(row.split('“').length - 1);
    expect(tests.filter(([file, title]) => !declares(read(file), title))).toEqual([]);
  });
});
