import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DYNAMIC, type Policy } from '../core/policy/policy.ts';
import type { PolicyAuthor, PolicyLayer } from '../core/policy/policy-stack.ts';
import { parseSubject } from '../core/policy/subject.ts';
import { ppm, unixMs } from '../core/units.ts';
import type { PolicyWrite } from '../ports/policies.ts';
import { type Store, StoreFailed } from '../ports/store.ts';
import { channelId, nodeId } from './forward-world.testing.ts';
import { APPLICATION_ID } from './migrate.ts';
import { MIGRATIONS } from './migrations/in-order.ts';
import { openStore } from './open-store.ts';
import { KEEP_POLICY_CHANGES } from './table-retention.ts';

const AT = unixMs(1_750_000_000_000);
const at = (ms: number) => unixMs(AT + ms);
const PEER = { peerId: nodeId(1) };
const CHANNEL = { channelId: channelId(1) };

let folder: string;
let file: string;
let store: Store;
let problems: string[];
const open = () => openStore(file, { onProblem: (sentence) => problems.push(sentence) });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  file = join(folder, 'revenue-ops.db');
  problems = [];
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const layer = (change: Partial<Policy>, by: PolicyAuthor = 'operator'): PolicyLayer => ({
  policy: { ...DYNAMIC, ...change },
  rules: true,
  by,
  at: AT,
});
const set = (change: Partial<PolicyWrite>): PolicyWrite => ({
  subject: PEER,
  peerId: nodeId(1),
  action: 'set',
  by: 'operator',
  stack: [layer({ strategy: 'passive' })],
  ...change,
});
const WHOLE: Partial<Policy> = {
  strategy: 'static',
  mode: 'sink_only',
  feePpm: ppm(7),
  minPpm: ppm(1),
  maxPpm: ppm(9),
  tags: ['big fish', 'ü'],
};

describe('what is said', () => {
  test('every field of every layer comes back, also after a restart', () => {
    const stack = [layer(WHOLE, 'hive'), { ...layer({ expiresAt: at(9) }), rules: false }];
    store.policies.write([set({ stack })], AT);
    store.close();
    store = open();
    expect(store.policies.stack(PEER)).toEqual(stack);
    expect(store.policies.stack(CHANNEL)).toEqual([]);
    expect([...store.policies.held(at(8))]).toEqual([[nodeId(1), stack[1]]]);
    expect([...store.policies.held(at(9))]).toEqual([[nodeId(1), stack[0]]]);
  });

  test('each subject for itself; ends and numbers of them', () => {
    for (const name of [nodeId(1), channelId(1), 'tag:a', 'default:new']) {
      const subject = parseSubject(name) ?? PEER;
      const stack = [layer({ expiresAt: name === nodeId(1) ? at(5) : undefined })];
      store.policies.write([set({ subject, stack })], AT);
    }
    expect([...store.policies.held(AT).keys()]).toHaveLength(4);
    expect(store.policies.count()).toBe(4);
    expect(store.policies.ended(at(4))).toEqual([]);
    expect(store.policies.ended(at(5))).toEqual([PEER]);
    expect([...store.policies.held(at(5)).keys()]).not.toContain(nodeId(1));
    store.policies.write([set({ stack: [], action: 'delete' })], AT);
    expect(store.policies.count()).toBe(3);
  });

  test('original 4.15, an unknown word in the table broke all peers: only its own is left alone, and it is said once', () => {
    store.policies.write([set({}), set({ subject: CHANNEL })], AT);
    const db = new DatabaseSync(file);
    db.exec(`UPDATE policy SET strategy = 'kalman' WHERE subject = '${nodeId(1)}'`);
    db.close();
    for (const _ of [1, 2])
      expect(store.policies.held(AT).get(nodeId(1))).toMatchObject({
        rules: true,
        policy: { strategy: 'passive', mode: 'disabled' },
      });
    expect(store.policies.held(AT).get(channelId(1))?.policy).toEqual({
      ...DYNAMIC,
      strategy: 'passive',
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(nodeId(1));
  });
});

describe('the log', () => {
  test('numbers without a gap, deletions included, also over a restart', () => {
    const [one, two] = store.policies.write([set({}), set({ subject: CHANNEL })], AT);
    expect([one?.sequence, two?.sequence]).toEqual([1, 2]);
    store.close();
    store = open();
    store.policies.write([set({ stack: [], action: 'delete' })], at(10));
    const log = store.policies.changes({ sequence: 0 }, 10);
    expect(log.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(log[0]).toEqual(one);
    expect(log[2]).toEqual({
      sequence: 3,
      at: at(10),
      subject: PEER,
      action: 'delete',
      by: 'operator',
      policy: undefined,
    });
    expect(store.policies.changes({ sequence: 1 }, 1).map((row) => row.sequence)).toEqual([2]);
    expect(store.policies.changes({ at: AT }, 9).map((row) => row.sequence)).toEqual([3]);
    expect(store.policies.logRange()).toEqual({ first: 1, last: 3 });
  });

  test('a write that fails in its middle leaves no line, no policy and no gap', () => {
    const broken = layer({
      tags: ['x'],
      feePpm: Number.NaN as never,
      strategy: undefined as never,
    });
    expect(() =>
      store.policies.write([set({}), set({ subject: CHANNEL, stack: [broken] })], AT),
    ).toThrow();
    expect(store.policies.count()).toBe(0);
    expect(store.policies.logRange()).toBeUndefined();
    expect(store.policies.write([set({})], AT)[0]?.sequence).toBe(1);
  });

  test('changes by command are counted by peer; those of pins, imports and ends are not', () => {
    for (const by of ['operator', 'hive', 'set-fee', 'undo', 'import', 'expiry'] as const)
      store.policies.write([set({ by, subject: CHANNEL })], at(5));
    const of = { subject: PEER, peerId: nodeId(1) };
    expect(store.policies.commanded(of, AT, at(5))).toBe(2);
    expect(store.policies.commanded(of, at(5), at(9))).toBe(0);
    expect(store.policies.commanded(of, AT, at(4))).toBe(0);
    const fallback = { subject: { fallback: 'new' as const }, peerId: undefined };
    store.policies.write([set({ ...fallback })], at(5));
    expect(store.policies.commanded(fallback, AT, at(5))).toBe(1);
  });

  test('old lines go, the newest keep their numbers', () => {
    store.policies.write([set({}), set({})], AT);
    const db = new DatabaseSync(file);
    db.exec(`UPDATE policy_change SET sequence = ${KEEP_POLICY_CHANGES + 1} WHERE sequence = 2`);
    db.close();
    store.policies.write([set({})], AT);
    expect(store.policies.logRange()).toEqual({
      first: KEEP_POLICY_CHANGES + 1,
      last: KEEP_POLICY_CHANGES + 2,
    });
  });

  test('a line nobody can read is no line of something else', () => {
    store.policies.write([set({})], AT);
    const db = new DatabaseSync(file);
    db.exec("UPDATE policy_change SET policy = '{'");
    db.close();
    expect(() => store.policies.changes({ sequence: 0 }, 1)).toThrow(StoreFailed);
  });
});

test('policies of the first schema are kept', () => {
  store.close();
  rmSync(file);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
  for (const sql of MIGRATIONS.slice(0, 2)) db.exec(sql);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 2;
    INSERT INTO policy VALUES (1, '${nodeId(1)}', 'static', 5, NULL, NULL, NULL, ${AT});`);
  db.close();
  store = open();
  expect(store.policies.stack(PEER)).toEqual([layer({ strategy: 'static', feePpm: ppm(5) })]);
});
