/** SPEC 10, 13: the same seed is the same life; and what the demo prints. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseLossless } from '../../src/sim/embedded-node/json-text.ts';
import { Life, readDatabase } from './harness.ts';

const DAY_MS = 86_400_000;
const NODE = process.execPath;
const DEMO = resolve(import.meta.dirname, '../../src/cli/demo.ts');

type Lived = { readonly hash: string; readonly sent: number };

/** Everything that was decided, with its inputs, and everything that was sent. */
function summary(life: Life): Lived {
  const hash = createHash('sha256');
  readDatabase(life.database, (db) => {
    for (const row of db.prepare('SELECT * FROM decision ORDER BY id').iterate())
      hash.update(JSON.stringify(row));
  });
  for (const { at, text } of life.sets) hash.update(`${at} ${text}\n`);
  return { hash: hash.digest('hex'), sent: life.sets.length };
}

async function lived(seed: number, days: number): Promise<Lived> {
  await using life = await Life.start({ seed, channels: 10 });
  await life.days(days);
  return summary(life);
}

test('one seed gives one life, byte for byte; another seed another', async () => {
  const first = await lived(7, 2);
  expect(await lived(7, 2)).toEqual(first);
  expect((await lived(8, 2)).hash).not.toBe(first.hash);
  expect(first.sent).toBeGreaterThan(5);
});

test('a life that is stopped every hour and asked about is the same life', async () => {
  const whole = await lived(7, 1);
  await using life = await Life.start({ seed: 7, channels: 10 });
  for (let hour = 0; hour < 24; hour += 1) {
    await life.hours(1);
    const { scid } = life.channel(hour % 10);
    await life.call('revenue-status');
    await life.call('revenue-explain', [scid]);
    await life.call('revenue-analyze', [scid]);
    await life.call('revenue-config', ['list']);
    await life.call('revenue-doctor');
  }
  expect(summary(life)).toEqual(whole);
});

test('ten days: never more than 4 channel updates of one channel in any 24 h', async () => {
  await using life = await Life.start({ seed: 4, channels: 12 });
  const announced = new Map(
    life.market.channels().map(({ channelId, isPrivate }) => [String(channelId), !isPrivate]),
  );
  await life.days(10);
  const sent = life.sets.filter(({ id }) => announced.get(id));
  expect(sent.length).toBeGreaterThan(40);
  for (const { id, at } of sent) {
    const day = sent.filter((other) => other.id === id && other.at >= at && other.at < at + DAY_MS);
    expect(day.length, `${id} from ${new Date(at).toISOString()}`).toBeLessThanOrEqual(4);
  }
});

test('the demo prints one object with the fields of SPEC 13', async () => {
  const flags = ['--days', '1', '--exit', '--json', '--seed', '3', '--channel-count', '6'];
  const { stdout } = await promisify(execFile)(NODE, [DEMO, ...flags]);
  const answer = Object(parseLossless(stdout));
  expect(Object.keys(answer)).toEqual([
    'seed',
    'days',
    'channels',
    'forwards',
    'fee_changes',
    'rebalances',
    'revenue_msat',
    'rebalance_cost_msat',
    'net_msat',
    'decisions',
    'gossip_per_channel_day_max',
    'budget_breaches',
    'journal_hash',
  ]);
  expect(answer).toMatchObject({
    seed: 3,
    days: 1,
    channels: 6,
    rebalances: 0,
    budget_breaches: 0,
  });
  expect(answer.forwards).toBeGreaterThan(0);
  expect(answer.fee_changes).toBeGreaterThan(0);
  expect(answer.gossip_per_channel_day_max).toBeLessThanOrEqual(4);
  expect(answer.journal_hash).toMatch(/^[0-9a-f]{64}$/);
});
