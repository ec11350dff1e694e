/** Makes an executable of the fake plugin, and reads what it wrote down. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FakeBehaviour } from './fake-plugin.ts';

const SOURCE = fileURLToPath(new URL('./fake-plugin.ts', import.meta.url));
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

type FakeRecord = { readonly what: string; readonly text: string };

const made: string[] = [];

/** Removes the files of every fake plugin; call it when their processes are gone. */
export function removeFakePlugins(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export type FakePlugin = {
  readonly path: string;
  readonly records: () => FakeRecord[];
  /** The messages it read, each parsed. */
  readonly received: () => Record<string, unknown>[];
};

function isRecord(value: unknown): value is FakeRecord {
  return typeof value === 'object' && value !== null && 'what' in value && 'text' in value;
}

export function fakePlugin(behaviour: FakeBehaviour = {}, name = 'fake-plugin'): FakePlugin {
  const directory = mkdtempSync(join(tmpdir(), 'fake-'));
  made.push(directory);
  const [path, record] = [join(directory, name), join(directory, 'record')];
  writeFileSync(
    path,
    `#!/bin/sh
export FAKE_PLUGIN=${quoted(JSON.stringify(behaviour))} FAKE_RECORD=${quoted(record)}
exec ${quoted(process.execPath)} ${quoted(SOURCE)} "$@"
`,
  );
  chmodSync(path, 0o755);
  const records = (): FakeRecord[] => {
    if (!existsSync(record)) return [];
    const lines = readFileSync(record, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line))
      .filter(isRecord);
  };
  const received = (): Record<string, unknown>[] =>
    records()
      .filter(({ what }) => what === 'in')
      .map(({ text }) => text)
      .join('')
      .split('\n\n')
      // What stands behind the last end of a message is not complete.
      .slice(0, -1)
      .map((text) => JSON.parse(text));
  return { path, records, received };
}
