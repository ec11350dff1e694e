import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NOTHING_HELD } from '../core/neighbours/clboss-tags.ts';
import { type Store, StoreFailed } from '../ports/store.ts';
import { nodeId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

let folder: string;
let store: Store;
const open = (): Store => openStore(join(folder, 'db'), { onProblem: () => undefined });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clboss-'));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const ASKED = { ours: ['lnfee'], asked: { adding: ['balance'], whole: ['lnfee', 'balance'] } };
const EMPTIED = { ours: ['lnfee'], asked: { adding: [], whole: [] } };

test('what was remembered is there after the process died, an empty set as well as none', () => {
  store.clboss.save(nodeId(1), ASKED);
  store.clboss.save(nodeId(2), EMPTIED);
  store.clboss.save(nodeId(3), { ours: ['lnfee'], asked: undefined });
  store.close();
  store = open();
  expect([...store.clboss.all().values()]).toEqual([
    ASKED,
    EMPTIED,
    { ours: ['lnfee'], asked: undefined },
  ]);
  expect(store.clboss.get(nodeId(1))).toEqual(ASKED);
});

test('a peer that holds nothing of ours is forgotten', () => {
  store.clboss.save(nodeId(1), ASKED);
  store.clboss.save(nodeId(1), NOTHING_HELD);
  expect(store.clboss.all().size).toBe(0);
  expect(store.clboss.get(nodeId(1))).toBeUndefined();
});

test('a row without a node id is damage, not a peer', () => {
  const db = new DatabaseSync(join(folder, 'db'));
  db.exec("INSERT INTO clboss_peer VALUES ('nobody', 'lnfee', NULL, NULL)");
  db.close();
  expect(() => store.clboss.all()).toThrow(StoreFailed);
});
