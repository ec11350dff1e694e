/**
 * Copies of the database while it is written to. A connection of its own holds one moment of it (WAL), so the copy is
 * of that moment and nothing written meanwhile starts it anew; pages are copied by SQLite's backup in slices, away from
 * our thread. The copy bears its name only once it was looked over and opened as a memory of ours.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { UnixMs } from '../core/units.ts';
import { type BackupFault, type BackupFile, BackupRefused, type Backups } from '../ports/backup.ts';
import { isSqliteError } from './database.ts';
import { integrityOf } from './integrity.ts';
import { StoreRefused } from './store-refused.ts';

/** One slice: 1 MiB. */
const SLICE_PAGES = 256;
const BESIDE = ['-wal', '-shm', '-journal', '.lock'] as const;
/** Copies of one second with names of our own. */
const MOST_OF_ONE_NAME = 100;

export class SqliteBackups implements Backups {
  readonly #file: string | undefined;
  readonly #tryOpen: (copy: string) => void;
  #busy = false;
  #closed = false;

  /** `file`: the database, undefined in memory. `tryOpen` opens a copy as a memory and throws where it is none. */
  constructor(file: string | undefined, tryOpen: (copy: string) => void) {
    this.#file = file;
    this.#tryOpen = tryOpen;
  }

  target(path: string | undefined, at: UnixMs): string {
    const target = path ?? this.#freeName(at);
    if (!isAbsolute(target)) throw new BackupRefused('unfit', 'must be an absolute path');
    try {
      insistOnFree(target);
      // The folder of our own is made when it is needed.
      if (path !== undefined || existsSync(dirname(target))) insistOnFolder(dirname(target));
    } catch (error) {
      throw refusal(target, error);
    }
    return target;
  }

  async write(path: string | undefined, at: UnixMs): Promise<BackupFile> {
    if (this.#busy) throw new BackupRefused('busy', 'another backup is being written');
    const target = this.target(path, at);
    this.#busy = true;
    try {
      return await this.#write(target);
    } catch (error) {
      throw refusal(target, error);
    } finally {
      this.#busy = false;
    }
  }

  /** Breaks off the copy that is being written. True: one is, and its connection still reads. */
  close(): boolean {
    this.#closed = true;
    return this.#busy;
  }

  async #write(target: string): Promise<BackupFile> {
    if (!existsSync(dirname(target))) mkdirSync(dirname(target), { mode: 0o700 });
    const part = `${target}.unfinished`;
    // Readable by nobody else from its first byte on, and never a file that is there already.
    closeSync(openSync(part, 'wx', 0o600));
    try {
      await this.#copy(part);
      await this.#verify(part);
      await flush(part);
      await removeBeside(part);
      const { size } = statSync(part);
      closeSync(openSync(target, 'wx', 0o600));
      await rename(part, target);
      await flush(dirname(target));
      return { path: target, bytes: size };
    } catch (error) {
      await rm(part, { force: true });
      await removeBeside(part);
      throw error;
    }
  }

  async #copy(part: string): Promise<void> {
    const source = new DatabaseSync(this.#own(), { readOnly: true });
    try {
      source.exec('BEGIN');
      // A transaction begins with its first read.
      source.prepare('SELECT count(*) FROM sqlite_schema').get();
      const progress = (): void => this.#insistOpen();
      await backup(source, part, { rate: SLICE_PAGES, progress });
    } finally {
      source.close();
    }
  }

  async #verify(part: string): Promise<void> {
    this.#insistOpen();
    const found = await integrityOf(part);
    if (found !== 'ok')
      throw new BackupRefused('not_verified', `the copy is damaged, as is the database: ${found}`);
    this.#insistOpen();
    this.#tryOpen(part);
  }

  #insistOpen(): void {
    if (this.#closed) throw new BackupRefused('failed', 'the plugin is stopping');
  }

  #own(): string {
    if (this.#file === undefined)
      throw new BackupRefused('failed', 'this memory is in no file: there is nothing to copy');
    return this.#file;
  }

  #folder(): string {
    return join(dirname(this.#own()), 'backups');
  }

  #freeName(at: UnixMs): string {
    const moment = new Date(at)
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replaceAll(':', '-');
    const stem = join(this.#folder(), `${basename(this.#own(), '.db')}-${moment}`);
    for (let n = 1; n < MOST_OF_ONE_NAME; n += 1) {
      const name = n === 1 ? `${stem}.db` : `${stem}-${n}.db`;
      if (!existsSync(name)) return name;
    }
    throw new BackupRefused(
      'exists',
      `there are ${MOST_OF_ONE_NAME} copies of that second already`,
    );
  }
}

/** Nothing of that name, nor anything beside it that SQLite would take for a part of the copy. */
function insistOnFree(target: string): void {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found)
    throw found.isDirectory()
      ? new BackupRefused('folder', `${target} is a folder: name a file in it`)
      : new BackupRefused('exists', `${target} exists already, and nothing is overwritten`);
  const beside = [...BESIDE, '.unfinished'].find((end) =>
    lstatSync(`${target}${end}`, { throwIfNoEntry: false }),
  );
  if (beside !== undefined)
    throw new BackupRefused('exists', `${target}${beside} is in the way: remove it first`);
}

function insistOnFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory())
    throw new BackupRefused('no_folder', `there is no folder ${folder}: make it first`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new BackupRefused('permission', `${folder} may not be written to`, { cause: error });
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What SQLite and our lock made beside a copy while it was looked at. */
async function removeBeside(part: string): Promise<void> {
  for (const end of BESIDE) await rm(`${part}${end}`, { force: true });
}

/** Of the system and of SQLite: the result code's low byte. */
const FAULTS: Readonly<Record<string, BackupFault>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EFBIG: 'disk_full',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'permission',
  ENOTDIR: 'no_folder',
  ENOENT: 'no_folder',
  EEXIST: 'exists',
  EISDIR: 'folder',
  ENAMETOOLONG: 'unfit',
  ELOOP: 'unfit',
  13: 'disk_full',
  3: 'permission',
  8: 'permission',
  14: 'permission',
};
/** Growing a file beyond what may be is no full disk to SQLite, but a write that failed. */
const IO_ERROR = 10;

function faultOf(
  error: Error & { readonly code?: unknown; readonly errcode?: unknown },
): BackupFault {
  const code =
    isSqliteError(error) && typeof error.errcode === 'number' ? error.errcode & 0xff : error.code;
  if (code === IO_ERROR) return 'disk_full';
  return FAULTS[String(code)] ?? 'failed';
}

const SENTENCES: Partial<Record<BackupFault, string>> = {
  disk_full: 'the disk is full or may not be written to any more',
};

/** The words of the system become a sentence about the file; a defect stays what it is. */
function refusal(target: string, error: unknown): unknown {
  if (error instanceof BackupRefused) return error;
  if (error instanceof StoreRefused)
    return new BackupRefused('not_verified', `the copy cannot be used: ${error.message}`, {
      cause: error,
    });
  if (!(error instanceof Error) || !('code' in error)) return error;
  const fault = faultOf(error);
  const because = SENTENCES[fault] ?? error.message;
  return new BackupRefused(fault, `${target} cannot be written: ${because}`, { cause: error });
}
