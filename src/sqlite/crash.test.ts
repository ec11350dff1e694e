/** kill −9 at any moment loses nothing that was answered (SPEC 7.10), and never blocks the next start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unixMs } from '../core/units.ts';
import { openStore } from './open-store.ts';
import { StoreRefused } from './store-refused.ts';

const WRITER = fileURLToPath(new URL('./writing-process.testing.ts', import.meta.url));
let folder: string;
let path: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crash-'));
  path = join(folder, 'revenue-ops.db');
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the writer; resolves with what it said once it has said enough lines, killed in mid-work. */
async function killAfter(lines: number, meanwhile?: () => void): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = writer;
  let said = '';
  let asked = false;
  writer.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    const count = said.split('\n').length - 1;
    if (meanwhile && !asked && count > 1) {
      asked = true;
      meanwhile();
    }
    if (count >= lines) writer.kill('SIGKILL');
  });
  await once(writer, 'close');
  expect(writer.signalCode).toBe('SIGKILL');
  return said.slice(0, said.lastIndexOf('\n')).split('\n');
}
const last = (lines: readonly string[], word: string): number =>
  Math.max(
    0,
    ...lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(' ')[1])),
  );

test('rows, cursor and sums agree after every kill, and hold all that was answered', async () => {
  for (const lines of [2, 17, 60, 133, 200]) {
    const said = await killAfter(lines);
    const store = openStore(path, { onProblem: () => undefined });
    const { created } = store.forwards.cursors();
    const totals = store.forwards.nodeTotals();
    const { version, values } = store.settings.overrides();
    const log = store.policies.changes({ sequence: 0 }, 10_000);
    const [held] = store.policies.held(unixMs(0)).values();
    store.close();
    expect(created).toBeGreaterThanOrEqual(last(said, 'created'));
    // A live batch may be ahead of the cursor, by itself or not at all.
    expect([created, created + 50]).toContain(totals.forwards);
    expect(totals.forwards).toBeGreaterThanOrEqual(last(said, 'live'));
    expect(totals.fees).toBe(BigInt(totals.forwards) * 100n);
    expect(version).toBeGreaterThanOrEqual(last(said, 'version'));
    expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1));
    expect(log.length).toBeGreaterThanOrEqual(last(said, 'policy'));
    expect(held?.policy).toEqual(log.at(-1)?.policy);
    if (version > 0) expect([created, created - 50].map(String)).toContain(values.get('progress'));
    const db = new DatabaseSync(path);
    expect(db.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
    expect(db.prepare('SELECT count(*) AS rows FROM settled').get()?.rows).toBe(totals.forwards);
    db.close();
  }
}, 60_000);

test('two processes never share a database', async () => {
  let refusal: unknown;
  await killAfter(30, () => {
    try {
      openStore(path, { onProblem: () => undefined }).close();
    } catch (error) {
      refusal = error;
    }
  });
  expect(refusal).toBeInstanceOf(StoreRefused);
  openStore(path, { onProblem: () => undefined }).close();
}, 60_000);
