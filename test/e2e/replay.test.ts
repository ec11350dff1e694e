/** SPEC 13, 2.2: the history of a real node through the plugin, and its totals to the last millisatoshi. */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parseLossless } from '../../src/sim/embedded-node/json-text.ts';
import { channelIdFrom } from '../../src/sim/identities.ts';
import { type ChannelSums, readHistory, sumHistory } from '../../src/sim/replay/history.ts';
import { memoryFolder, readDatabase } from './harness.ts';

const DEMO = resolve(import.meta.dirname, '../../src/cli/demo.ts');
const DATA = resolve(import.meta.dirname, '../../../shared/data/forwards');
const FORWARDS = join(DATA, 'cln_node_forwards_to_2025-12.csv.gz');
const CHANNELS = join(DATA, 'cln_node_channels_2025-11-27.csv.gz');
const absent = !existsSync(FORWARDS);
if (absent) console.warn(`NOT TESTED on a real history: ${FORWARDS} is missing`);

describe.skipIf(absent)('the replay of a real node', () => {
  const folder = memoryFolder();
  const database = join(folder, 'revenue-ops.db');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const replay = async (): Promise<Record<string, unknown>> => {
    const flags = [
      '--days',
      '2',
      '--exit',
      '--json',
      '--forwards',
      FORWARDS,
      '--channels',
      CHANNELS,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [
      DEMO,
      ...flags,
      '--dir',
      folder,
    ]);
    return Object(parseLossless(stdout));
  };

  test('every forward once, every open channel analysed and priced', async () => {
    expect(await replay()).toMatchObject({ forwards: 9687, channels: 85, budget_breaches: 0 });
  });

  test('lived once more over the same database: nothing is counted twice', async () => {
    expect(await replay()).toMatchObject({ forwards: 9687, channels: 85 });
  });

  test('totals of every channel, open or closed, are those of the file', () => {
    const wanted = new Map<string, ChannelSums>(
      [...sumHistory(readHistory(FORWARDS))].map(([chan, sums]) => [
        String(channelIdFrom(`replay/${chan}`)),
        sums,
      ]),
    );
    const stored = readDatabase(database, (db) => {
      const rows = db.prepare('SELECT * FROM channel_total JOIN channel USING (key)');
      rows.setReadBigInts(true);
      return new Map(
        rows.all().map((row): [string, ChannelSums] => [
          String(row.channel_id),
          {
            inCount: Number(row.in_count),
            inMsat: Number(row.in_msat),
            outCount: Number(row.out_count),
            outMsat: Number(row.out_msat),
            feesMsat: Number(row.out_fee),
          },
        ]),
      );
    });
    expect(wanted.size).toBeGreaterThan(85);
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(wanted));
  });
});
