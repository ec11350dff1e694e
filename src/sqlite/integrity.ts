/** SQLite's own look at every page of a file, in a thread of its own: it takes seconds where the file is large. */
import { Worker } from 'node:worker_threads';

/** Complaints of SQLite's that are handed on. */
const MOST_COMPLAINTS = 3;

/** A text, since the plugin may be one bundled file that has no other file to start a thread from. */
const LOOK = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const look = () => {
  const db = new DatabaseSync(workerData, { readOnly: true });
  try {
    const found = db.prepare('PRAGMA integrity_check(${MOST_COMPLAINTS})').all();
    return found.map((row) => String(row.integrity_check)).join('; ');
  } catch (error) {
    return error.message;
  } finally {
    db.close();
  }
};
parentPort.postMessage(look());
`;

/** `ok`, or what is wrong with the file in SQLite's words. Rejects where it cannot be opened. */
export function integrityOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(LOOK, { eval: true, workerData: file });
    worker.once('message', (found: unknown) => resolve(String(found)));
    worker.once('error', reject);
    // After a message this changes nothing any more.
    worker.once('exit', (code) => reject(new Error(`the look at ${file} ended with ${code}`)));
  });
}
