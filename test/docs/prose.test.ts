/** README, guide and contributing against the tree: nothing they name may be missing. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OPTION_KEYS } from '../../src/config/snapshot.ts';
import { METHODS } from '../../src/rpc/methods.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const PROSE = ['README.md', 'CONTRIBUTING.md', 'docs/guide.md', 'docs/ARCHITECTURE.md'];
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json'))).scripts;
/** What the first group of a pattern finds, each once. */
const found = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? '')),
];

describe.each(PROSE)('%s', (name) => {
  const text = read(name);

  test('links and pictures lead somewhere', () => {
    const targets = found(text, /\]\((?!https?:)([^)#]+)[^)]*\)/g);
    expect(targets.filter((target) => !existsSync(join(root, name, '..', target)))).toEqual([]);
  });

  test('the npm scripts exist', () => {
    expect(found(text, /npm run ([\w:-]+)/g).filter((script) => !(script in scripts))).toEqual([]);
  });

  test('the methods and settings exist', () => {
    const methods = found(text, /lightning-cli (?:check )?(revenue-[a-z-]+)/g);
    expect(methods.filter((method) => !METHODS.some((one) => one.name === method))).toEqual([]);
    const keys = found(text, /revenue-config (?:set|reset|get) ([a-z_]+)/g);
    expect(keys.filter((key) => !OPTION_KEYS.some((one) => one === key))).toEqual([]);
  });
});

test('the README has a row for every method', () => {
  for (const { name } of METHODS)
    expect(read('README.md')).toMatch(new RegExp(`^\\| \`${name}[ \`]`, 'm'));
});

test('the root holds exactly one executable, and nothing that makes reckless choose Python', () => {
  const files = readdirSync(root).filter((name) => statSync(join(root, name)).isFile());
  expect(files.filter((name) => (statSync(join(root, name)).mode & 0o111) !== 0)).toEqual([
    'cl-revenue-ops',
  ]);
  expect(
    files.filter((name) => /\.py$|^requirements.*\.txt$|^pyproject\.toml$|^uv\.lock$/.test(name)),
  ).toEqual([]);
});
