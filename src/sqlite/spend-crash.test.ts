/** kill −9 between any two writes of money leaves all of each or nothing of it (SPEC 4.6, 7.10). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { utcDay } from '../core/books/period.ts';
import { unixMs } from '../core/units.ts';
import { channelId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const SPENDER = fileURLToPath(new URL('./spending-process.testing.ts', import.meta.url));
let folder: string;
let path: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spend-'));
  path = join(folder, 'revenue-ops.db');
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves with what it said once it has said enough lines, killed in mid-work. */
async function killAfter(lines: number): Promise<readonly string[]> {
  const spender = spawn(process.execPath, [SPENDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = spender;
  let said = '';
  spender.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    if (said.split('\n').length > lines) spender.kill('SIGKILL');
  });
  await once(spender, 'close');
  expect(spender.signalCode).toBe('SIGKILL');
  return said.slice(0, said.lastIndexOf('\n')).split('\n');
}
const last = (lines: readonly string[], word: string): number =>
  Math.max(
    0,
    ...lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(' ')[1])),
  );

test('holds, payments, sums and cursor agree after every kill, and hold all that was answered', async () => {
  for (const lines of [2, 3, 4, 8, 21, 38, 55, 90]) {
    const said = await killAfter(lines);
    const store = openStore(path, { onProblem: () => undefined });
    const { spending } = store;
    const jobs = spending.jobs(100_000);
    const payments = spending.payments({ limit: 100_000 });
    const cost = payments.reduce((sum, one) => sum + one.cost, 0n);

    expect(jobs[0]?.id ?? 0).toBeGreaterThanOrEqual(last(said, 'opened'));
    expect(spending.cursors().moves).toBeGreaterThanOrEqual(last(said, 'paid'));
    for (const job of jobs) {
      const own = payments.filter(({ jobId }) => jobId === job.id);
      expect(job.sources).toEqual([channelId(2)]);
      expect(job.payments).toBe(own.length);
      expect(job.spent).toBe(own.reduce((sum, one) => sum + one.cost, 0n));
      expect(job.endedAt !== undefined).toBe(job.state === 'settled');
      if (job.id <= last(said, 'settled')) expect(job.state).toBe('settled');
    }
    const open = jobs.filter(({ state }) => state !== 'settled');
    expect(open.length).toBeLessThanOrEqual(1);
    const { holds, spends } = spending.account();
    expect(holds.map(({ amount }) => amount)).toEqual(open.map((job) => job.cap - job.spent));
    expect(spends.reduce((sum, { amount }) => sum + amount, 0n)).toBe(cost);
    const now = spending.lastAt() ?? unixMs(0);
    expect(spending.costs(now).get(channelId(1))?.life ?? 0n).toBe(cost);
    const day = utcDay(now);
    expect(store.books.node(0, day).costs.rebalance).toBe(cost);
    expect(store.books.nodeLedger(day)?.rebalances ?? 0n).toBe(
      store.books.node(day, day).costs.rebalance,
    );
    // A half that was stored without its cursor, or a cursor without its half, would show here.
    expect(BigInt(Math.floor(spending.cursors().moves / 2)) * 3_000n).toBe(cost);
    store.close();
  }
}, 60_000);
