/**
 * One plugin a database. The lock is an exclusive transaction held open on an empty file beside the database: the
 * operating system ends it with the process, so kill −9 leaves nothing that blocks the next start; and since it
 * stands beside the *real* file, a symlink leads to the same lock.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreRefused } from './store-refused.ts';

const MAX_LINKS = 40;

/** The file behind a path, whether it exists yet or not. Its folder must exist. */
export function realFile(path: string): string {
  let file = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    file = join(realpathSync(dirname(file)), basename(file));
    if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return file;
    file = resolve(dirname(file), readlinkSync(file));
  }
  throw new StoreRefused(`${path} is a symbolic link that leads nowhere`);
}

/** Throws StoreRefused while another process (or another store of this one) has the database open. */
export function lockInstance(file: string): { release(): void } {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const because = error instanceof Error ? error.message : String(error);
    if (/locked/.test(because))
      throw new StoreRefused(`${file} is in use by another plugin process: two must not share it`);
    throw new StoreRefused(`the lock beside ${file} cannot be taken: ${because}`);
  }
  return { release: () => lock.close() };
}
