/**
 * A private copy of another program's database. The file is opened for reading only, by its own handle, and nothing
 * is made beside it; what SQLite has to do to read it (its log, its shared memory) happens beside the copy, in a
 * folder of ours. Copying is asynchronous, so the plugin goes on meanwhile.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  realpath,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { AncestorRefused } from '../ports/ancestor.ts';
import { APPLICATION_ID } from './migrate.ts';

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
export const HEADER_BYTES = 100;
const APPLICATION_ID_AT = 68;
const CHUNK_BYTES = 262_144;
/** Some 40 million forwards; the old plugin keeps those of eight days. */
const MOST_BYTES = 8 * 1024 ** 3;
/** The log is read in one go when the copy is opened; the old plugin's is a few megabytes. */
const MOST_LOG_BYTES = 64 * 1024 ** 2;
/** Must stay free beside our own database, whatever is copied. */
const ROOM_BYTES = 256 * 1024 ** 2;

export type SourceCopy = {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the database and its log. */
  readonly fingerprint: string;
  readonly remove: () => Promise<void>;
};

/** `own`: our database, undefined in memory; the copy lies beside it. Throws AncestorRefused. */
export async function copyAncestor(path: string, own: string | undefined): Promise<SourceCopy> {
  if (!isAbsolute(path) || path.includes('\0'))
    throw new AncestorRefused('must be an absolute path: /home/you/.lightning/revenue_ops.db');
  return await refusing(path, async () => {
    const real = await realpath(path);
    await insistOnFile(real, own);
    const source = await open(
      real,
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    );
    try {
      return await copyWhole(source, real, own);
    } finally {
      await source.close();
    }
  });
}

/** The system's own words become a sentence about the file. */
async function refusing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'ENOENT') throw new AncestorRefused(`there is no file ${path}`);
    throw new AncestorRefused(`${path} cannot be read: ${error.message}`, { cause: error });
  }
}

async function insistOnFile(real: string, own: string | undefined): Promise<void> {
  const found = await stat(real, { bigint: true });
  if (found.isDirectory()) throw new AncestorRefused(`${real} is a folder: name the file in it`);
  if (!found.isFile()) throw new AncestorRefused(`${real} is no file`);
  if (own === undefined) return;
  const ours = await stat(own, { bigint: true });
  if (ours.ino === found.ino && ours.dev === found.dev) throw ourOwn(real);
}

const ourOwn = (real: string): AncestorRefused =>
  new AncestorRefused(`${real} is a database of this plugin, not of the Python plugin`);

async function copyWhole(
  source: FileHandle,
  real: string,
  own: string | undefined,
): Promise<SourceCopy> {
  const before = await state(source, real);
  await checkHeader(source, real);
  const log = await openLog(`${real}-wal`);
  const folder = await emptyFolder(own);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const logBytes = log === undefined ? 0 : Number((await log.stat()).size);
    if (logBytes > MOST_LOG_BYTES)
      throw new AncestorRefused(`${real}-wal is too large: let sqlite3 checkpoint it first`);
    await insistOnRoom(folder, before.bytes + logBytes, real);
    const hash = createHash('sha256');
    const file = join(folder, 'source.db');
    const took = await copy(source, file, before.bytes, hash);
    const tookLog = log === undefined ? 0 : await copy(log, `${file}-wal`, logBytes, hash);
    const after = await state(source, real);
    if (took !== before.bytes || tookLog !== logBytes || after.text !== before.text)
      throw new AncestorRefused(`${real} is being written: stop the Python plugin first`);
    return { file, bytes: took + tookLog, fingerprint: hash.digest('hex'), remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await log?.close();
  }
}

/** How large it is, and a text that changes with every write to it or to its log. */
async function state(source: FileHandle, real: string) {
  const { size, mtimeNs, ino } = await source.stat({ bigint: true });
  if (size > BigInt(MOST_BYTES))
    throw new AncestorRefused(`${real} is too large to be a database of the Python plugin`);
  const beside = await Promise.all(
    ['-wal', '-journal'].map(async (end) => {
      const found = await statOr(`${real}${end}`);
      if (end === '-journal' && found && found.size > 0n)
        throw new AncestorRefused(
          `${real} was left in the middle of a write (${real}-journal): open it once with sqlite3`,
        );
      return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : '';
    }),
  );
  return { bytes: Number(size), text: [ino, size, mtimeNs, ...beside].join(' | ') };
}

async function statOr(file: string) {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function checkHeader(source: FileHandle, real: string): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await source.read(header, 0, HEADER_BYTES, 0);
  const kind = ancestorHeader(header.subarray(0, bytesRead));
  if (kind === 'other') throw new AncestorRefused(`${real} is no SQLite database`);
  if (kind === 'ours') throw ourOwn(real);
}

/** What the first bytes of a file say that it is. */
export function ancestorHeader(head: Buffer): 'sqlite' | 'ours' | 'other' {
  if (head.length < HEADER_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return 'other';
  return head.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID ? 'ours' : 'sqlite';
}

/** The old plugin is killed, not stopped: what it wrote last is in the log. undefined: there is none. */
async function openLog(file: string): Promise<FileHandle | undefined> {
  const found = await statOr(file);
  if (!found || found.size === 0n) return undefined;
  if (!found.isFile()) throw new AncestorRefused(`${file} is no file`);
  return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** What an import that was killed left there goes. */
async function emptyFolder(own: string | undefined): Promise<string> {
  if (own === undefined) return await mkdtemp(join(tmpdir(), 'revenue-import-'));
  const folder = `${own}.import`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

async function insistOnRoom(folder: string, bytes: number, real: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + ROOM_BYTES)
    throw new AncestorRefused(
      `there is no room for a copy of ${real} in ${dirname(folder)}: free some first`,
    );
}

/** At most `bytes` of it; how many there were. */
async function copy(
  source: FileHandle,
  to: string,
  bytes: number,
  hash: ReturnType<typeof createHash>,
): Promise<number> {
  const target = await open(to, 'wx', 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let at = 0;
    while (at < bytes) {
      const { bytesRead } = await source.read(chunk, 0, Math.min(CHUNK_BYTES, bytes - at), at);
      if (bytesRead === 0) break;
      const part = chunk.subarray(0, bytesRead);
      hash.update(part);
      await target.writeFile(part);
      at += bytesRead;
    }
    return at;
  } finally {
    await target.close();
  }
}
