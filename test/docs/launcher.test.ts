/** The launcher as lightningd starts it, with and without a usable Node (SPEC 13: never keeps lightningd from starting). */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fallbackManifest } from '../../src/config/fallback-manifest.ts';
import { manifestOptions } from '../../src/config/parse-options.ts';

const root = join(import.meta.dirname, '../..');
const answer = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.unknown(),
  result: z.looseObject({}),
});

/** A copy of the launcher in a folder whose name has a blank, and a PATH of our own. */
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'launcher-')), 'my plugins');
  mkdirSync(join(folder, 'src/config'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  cpSync(join(root, 'cl-revenue-ops'), join(folder, 'cl-revenue-ops'));
  cpSync(
    join(root, 'src/config/fallback-manifest.json'),
    join(folder, 'src/config/fallback-manifest.json'),
  );
  for (const tool of ['dirname', 'readlink', 'find'])
    symlinkSync(`/usr/bin/${tool}`, join(folder, 'bin', tool));
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

/** A program named node that says which version it is and, started with a file, which one. */
function fakeNode(at: string, version: string): void {
  mkdirSync(join(folder, at, '..'), { recursive: true });
  const body = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else for last; do :; done; echo "${version} runs $last"; fi\n`;
  writeFileSync(join(folder, at), body, { mode: 0o755 });
}
const launch = (input: string) =>
  spawnSync('/bin/sh', [join(folder, 'cl-revenue-ops')], {
    input,
    encoding: 'utf8',
    env: { PATH: join(folder, 'bin') },
    timeout: 20_000,
  });
const replies = (stdout: string) =>
  stdout
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => answer.parse(JSON.parse(text)));

describe('without a usable Node', () => {
  test.each([
    ['no node at all', undefined],
    ['a node that is too old', 'v20.20.2'],
    ['24 before 15', 'v24.2.0'],
  ])('%s: every option is registered, then it disables itself with the reason', (_, version) => {
    if (version !== undefined) fakeNode('bin/node', version);
    const { stdout, stderr, status } = launch(
      '{"jsonrpc":"2.0","method":"getmanifest","id":"cln:getmanifest#7","params":{}}\n\n' +
        '{ "id": 12, "jsonrpc":"2.0","method":"init","params":{"options":{}}}\n\n',
    );
    expect(replies(stdout)).toEqual([
      {
        jsonrpc: '2.0',
        id: 'cln:getmanifest#7',
        result: expect.objectContaining({ options: manifestOptions() }),
      },
      {
        jsonrpc: '2.0',
        id: 12,
        result: { disable: expect.stringContaining('npm install --omit=dev') },
      },
    ]);
    expect(stderr).toContain(folder);
    expect(status).toBe(0);
  });

  test('a closed stdin ends it well, as reckless asks', () => expect(launch('').status).toBe(0));
});

describe('which Node and which code', () => {
  const bundle = 'dist/cl-revenue-ops.mjs';
  const ran = () => launch('').stdout.trim().replace(folder, '.');

  test("npm's own Node comes before the system's", () => {
    fakeNode('bin/node', 'v26.0.0');
    fakeNode('node_modules/.bin/node', 'v24.21.0');
    expect(ran()).toBe('v24.21.0 runs ./src/plugin.ts');
  });
  test("the system's Node runs where npm's cannot", () => {
    fakeNode('bin/node', 'v24.15.0');
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/.bin/node'), 'not for this machine', { mode: 0o755 });
    expect(ran()).toBe('v24.15.0 runs ./src/plugin.ts');
  });
  test('a bundle runs while it is newer than the source, and no longer', () => {
    fakeNode('bin/node', 'v24.21.0');
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, bundle), '');
    expect(ran()).toBe(`v24.21.0 runs ./${bundle}`);
    const tomorrow = new Date(Date.now() + 86_400_000);
    writeFileSync(join(folder, 'src/plugin.ts'), '');
    utimesSync(join(folder, 'src/plugin.ts'), tomorrow, tomorrow);
    expect(ran()).toBe('v24.21.0 runs ./src/plugin.ts');
  });
});

test('src/config/fallback-manifest.json is fresh (npm run docs)', () =>
  expect(readFileSync(join(root, 'src/config/fallback-manifest.json'), 'utf8')).toBe(
    fallbackManifest(),
  ));
