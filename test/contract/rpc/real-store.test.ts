/** The methods over the real memory: what they may not do to it, and what settings survive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseOptions } from '../../../src/config/parse-options.ts';
import { fromSat, laterBy, msat, ppm } from '../../../src/core/units.ts';
import { ConfigService } from '../../../src/cycles/config-service.ts';
import { BadRequest } from '../../../src/ports/errors.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { RpcContext } from '../../../src/rpc/context.ts';
import { METHODS } from '../../../src/rpc/methods.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { ALICE, BOBS, FIRST, NOW, rpcWorld, stateOf } from '../../doubles/rpc-world.ts';

const clock = { now: () => NOW, elapsed: () => 0, at: () => () => undefined };
let folder: string;
let file: string;
let store: Store;
let context: RpcContext;

const serviceFor = (memory: Store): ConfigService =>
  new ConfigService(memory.settings, parseOptions(new Map()).values, clock);
const open = (): Store =>
  openStore(file, {
    onProblem: (sentence) => {
      throw new Error(sentence);
    },
  });

function fill(memory: Store): void {
  const channel = {
    channelId: FIRST.id,
    peerId: ALICE,
    names: [FIRST.scid, FIRST.alias],
    capacity: fromSat(1_000_000),
    openedByPeer: false,
    openedAt: undefined,
    closed: false,
  };
  memory.channels.learn([channel], [], NOW);
  const policy = { base: msat(0n), htlcMax: fromSat(990_000) };
  memory.fees.record({
    state: stateOf(FIRST.id),
    decision: {
      at: laterBy(NOW, -60_000),
      kind: 'fee',
      channelId: FIRST.id,
      configVersion: 0,
      rule: 'price',
      binding: 'anchor',
      number: 165,
      trail: [{ rule: 'price', verdict: 'applies', because: 'the anchor holds' }],
      inputs: '165',
      outcome: 'done',
      error: undefined,
    },
    change: {
      channelId: FIRST.id,
      at: laterBy(NOW, -60_000),
      from: { ppm: ppm(150), ...policy },
      to: { ppm: ppm(165), ...policy },
      by: 'price',
      cycle: memory.fees.nextCycle(),
      gossiped: true,
    },
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rpc-store-'));
  file = join(folder, 'revenue-ops.db');
  store = open();
  fill(store);
  context = rpcWorld({ store, config: serviceFor(store) }).context;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Changes whenever any other connection has written anything. */
function dataVersion(watcher: DatabaseSync): unknown {
  return Object.values(watcher.prepare('PRAGMA data_version').get() ?? {})[0];
}

const CALLS: readonly unknown[] = [
  ...[[], [FIRST.scid], [FIRST.id], ['1'], ['baseline'], { json: true }, { restore: true }],
  ...[['list'], ['get'], ['diff'], ['list-mutable'], ['get', 'min_fee_ppm'], ['junk'], [{}]],
  ...[['set', 'min_fee_ppm', 20], ['reset', 'min_fee_ppm'], [FIRST.scid, 250], ['change=1']],
  ...[
    ['remove', 1],
    ['settle', 9, 5],
    [BOBS.scid, FIRST.scid, 50_000],
  ],
];

describe('reading', () => {
  test('no reading method and no check writes a single byte, whatever it is asked', async () => {
    using watcher = new DatabaseSync(file, { readOnly: true });
    const before = dataVersion(watcher);
    let answered = 0;
    for (const method of METHODS)
      for (const params of CALLS) {
        const check = method.effect === 'acts';
        try {
          const answer = await method.run(params, context, { check });
          expect(method.answer.safeParse(answer).error).toBeUndefined();
          answered += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(BadRequest);
        }
      }
    expect(answered).toBeGreaterThan(20);
    expect(dataVersion(watcher)).toBe(before);
    context.config.set('min_fee_ppm', 20);
    expect(dataVersion(watcher)).not.toBe(before);
  });

  test('explains from the journal as it is stored', async () => {
    const explain = METHODS.find(({ name }) => name === 'revenue-explain');
    expect(
      await explain?.run({ subject: '800148:28:0', json: true }, context, { check: false }),
    ).toMatchObject({
      sent_ppm: 165,
      decision: { number: 165, outcome: 'done', replay: { same: true } },
    });
  });

  test('a rebalance entry beside the fee entry: each is asked for by its kind', async () => {
    store.journal.append({
      at: NOW,
      kind: 'rebalance',
      channelId: FIRST.id,
      configVersion: 0,
      rule: 'cool_down',
      binding: 'cool_down',
      number: undefined,
      trail: [{ rule: 'cool_down', verdict: 'applies', because: 'was filled, rests' }],
      inputs: 'cool_down',
      outcome: 'none',
      error: undefined,
    });
    const world = rpcWorld({ store });
    world.rebalance.spending = { jobs: [] };
    const ask = async (subject: string): Promise<unknown> =>
      METHODS.find(({ name }) => name === 'revenue-explain')?.run(
        { subject, json: true },
        world.context,
        { check: false },
      );
    expect(await ask(FIRST.scid)).toMatchObject({
      decision: { id: 1, kind: 'fee', number: 165 },
      no_rebalance: expect.stringContaining('cool_down: was filled, rests (decision 2,'),
    });
    expect(await ask('2')).toMatchObject({ kind: 'rebalance', replay: { same: true } });
  });
});

describe('settings', () => {
  test('survive a restart with their version, and a reset never lowers it', () => {
    context.config.set('fee_interval', 900);
    context.config.set('enable_kelly', 'yes');
    context.config.reset('fee_interval');
    store.close();
    store = open();
    const again = serviceFor(store).snapshot();
    expect(again).toMatchObject({ fee_interval: 1800, enable_kelly: true, version: 3 });
  });

  test('a database that is gone changes nothing in memory', () => {
    context.config.set('min_fee_ppm', 20);
    const before = context.config.snapshot();
    store.close();
    expect(() => context.config.set('min_fee_ppm', 30)).toThrow();
    expect(context.config.snapshot()).toBe(before);
    store = open();
  });
});
