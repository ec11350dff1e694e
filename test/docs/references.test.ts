import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { optionsReference } from '../../src/config/reference.ts';
import { OPTION_KEYS } from '../../src/config/snapshot.ts';
import { METHODS } from '../../src/rpc/methods.ts';
import { rpcReference } from '../../src/rpc/reference.ts';

const written = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the generated references (npm run docs)', () => {
  test('docs/options.md is fresh', () => expect(written('options.md')).toBe(optionsReference()));
  test('docs/rpc.md is fresh', () => expect(written('rpc.md')).toBe(rpcReference()));

  test('every key and every method has its place', () => {
    for (const key of OPTION_KEYS) expect(written('options.md')).toContain(`| \`${key}\` |`);
    for (const { name } of METHODS) expect(written('rpc.md')).toContain(`\n## ${name}`);
  });

  test('no field of an answer is without a type a reader knows', () => {
    expect(rpcReference()).not.toMatch(/: (undefined|unknown|pipe|transform|custom)/);
  });
});
