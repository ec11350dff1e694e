import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ancestorsAt } from '../../../src/sqlite/ancestor-places.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { ancestorFile } from '../../doubles/ancestor-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('only a database of another program is one; each file once; nothing is made beside it', () => {
  const at = (name: string): string => join(folder, name);
  const there = ancestorFile(at('there.db'), 'v1.4');
  symlinkSync(there, at('link.db'));
  openStore(at('ours.db'), { onProblem: () => undefined }).close();
  writeFileSync(at('text.db'), 'no database at all, however long this text may be. '.repeat(10));
  writeFileSync(at('empty.db'), '');
  mkdirSync(at('folder.db'));
  // No file, and it could be read for ever.
  symlinkSync('/dev/zero', at('device.db'));
  symlinkSync('/nowhere/at/all', at('dangling.db'));
  const names = readdirSync(folder);
  expect(ancestorsAt([...names.toSorted(), 'missing.db', 'there.db/x'].map(at))).toEqual([
    at('link.db'),
  ]);
  expect(ancestorsAt([there, at('link.db')])).toEqual([there]);
  expect(readdirSync(folder)).toEqual(names);
});

test('no places, none found', () => {
  expect(ancestorsAt([])).toEqual([]);
});
