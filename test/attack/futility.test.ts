/** SPEC 4.3, 4.10, 11: a way that does not exist is not tried for ever, and what was only simulated leaves no trace. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/core/units.ts';
import { asRecord } from '../../src/sim/embedded-node/json-text.ts';
import { decisions } from '../e2e/answers.ts';
import { type Life, memoryFolder, readDatabase } from '../e2e/harness.ts';
import {
  jobs,
  ordersSent,
  rebalancingLife,
  rows,
  sellingLife,
  sellingWorld,
} from '../e2e/rebalance-world.ts';

const DEAR = 1; // The channel that sells.

/** Writes a record of failures as earlier jobs would have left it, while the plugin is not there. */
async function remember(life: Life, failures: number, agoMs: number): Promise<void> {
  await life.stopPlugin();
  const db = new DatabaseSync(life.database);
  const key = db
    .prepare('SELECT key FROM channel WHERE channel_id = ?')
    .get(life.channel(DEAR).channelId)?.key;
  db.prepare('INSERT OR REPLACE INTO job_record VALUES (?, ?, ?, NULL, 0, NULL)').run(
    Number(key),
    failures,
    life.now - agoMs,
  );
  db.close();
  await life.restartPlugin();
}

async function verdict(life: Life): Promise<Record<string, unknown>> {
  const { channel } = await life.call('revenue-rebalance-debug', [life.channel(DEAR).scid]);
  return asRecord(channel) ?? {};
}

describe('futility', () => {
  test('eleven recent failures are skipped before any value is asked; ten are not, nor are eleven old ones', async () => {
    await using life = await sellingLife({ database: `${memoryFolder()}/futile.db` });
    await remember(life, 11, 3 * HOUR_MS);
    expect(await verdict(life)).toMatchObject({
      verdict: 'refused',
      code: 'futility',
      because: 'Futility Circuit Breaker active: 11 failures in a row',
    });
    await life.hours(4);
    expect(ordersSent(life)).toBe(0);
    const skipped = decisions(life.database).filter(({ rule }) => rule === 'futility');
    expect(skipped.length).toBeGreaterThan(0);
    for (const { trail } of skipped) expect(trail).not.toMatch(/negative_ev|too_dear/);
    const { result } = await life.call('revenue-explain', [life.channel(DEAR).scid]);
    expect(String(result)).toContain('Futility Circuit Breaker active');

    await remember(life, 10, 3 * HOUR_MS);
    expect(await verdict(life)).toMatchObject({ verdict: 'plan' });
    await remember(life, 11, 2 * DAY_MS + HOUR_MS);
    expect(await verdict(life)).toMatchObject({ verdict: 'plan' });
    await life.hours(2);
    expect(ordersSent(life)).toBe(1);
    expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'moved' }]);
  });

  test('one failure is one job that had all its time; refusals and stops are none', async () => {
    await using life = await sellingLife({ sling: 'stalls' });
    const failures = () =>
      readDatabase(life.database, (db) =>
        Number(db.prepare('SELECT coalesce(sum(failures), 0) AS n FROM job_record').get()?.n),
      );
    await life.hours(1);
    expect(jobs(life)).toHaveLength(1);
    await life.call('revenue-pause', ['rebalance']);
    await life.hours(1);
    expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'not tried' }]);
    expect(failures()).toBe(0);
    await life.call('revenue-resume');
    await life.hours(4);
    expect(jobs(life).at(1)).toMatchObject({ state: 'settled', outcome: 'nothing moved' });
    expect(failures()).toBe(1);
  });
});

describe('cool-down untouched by dry run', () => {
  test.each([
    ['observe', { 'revenue-ops-authority': 'observe' }],
    ['dry-run', { 'revenue-ops-authority': 'full', 'revenue-ops-dry-run': 'true' }],
    ['fees', { 'revenue-ops-authority': 'fees' }],
  ])('%s: it is journaled as it would be, and leaves nothing behind', async (_, options) => {
    await using life = await rebalancingLife({ market: sellingWorld(), options });
    await life.call('revenue-config', ['set', 'inbound_fee_estimate_ppm', 150]);
    await life.hours(6);
    const would = decisions(life.database).filter(
      ({ kind, outcome }) => kind === 'rebalance' && outcome === 'would',
    );
    expect(would.length).toBeGreaterThan(0);
    const { rebalance_id: id, status } = await life.call('revenue-rebalance', [
      life.channel(0).scid,
      life.channel(DEAR).scid,
      100_000,
      100,
      true,
    ]);
    expect([id, status]).toEqual([undefined, 'would']);
    const left = readDatabase(life.database, (db) =>
      ['rebalance_job', 'job_record', 'job_source', 'circular_payment', 'rebalance_total'].map(
        (table) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n),
      ),
    );
    expect(left).toEqual([0, 0, 0, 0, 0]);
    expect(rows((await life.call('revenue-status')).holds)).toEqual([]);
    const acts = new Set(['sling-once', 'sling-job', 'sling-go', 'sling-stop', 'sling-deletejob']);
    expect(life.called.filter(({ method }) => acts.has(method))).toEqual([]);
    // Nothing rests from what never was: with authority it is done at once.
    expect(await verdict(life)).toMatchObject({ verdict: 'plan' });
  });
});
