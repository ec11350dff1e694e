/** Where a database of the Python plugin lies. Looked at only: a hundred bytes are read, nothing is made. */
import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { ancestorHeader, HEADER_BYTES } from './ancestor-copy.ts';

/** Those of the places that hold one, each file once. */
export function ancestorsAt(places: readonly string[]): readonly string[] {
  const found = places.filter(holdsOne);
  return found.filter((place, n) => found.findIndex((other) => same(place, other)) === n);
}

const same = (one: string, other: string): boolean => realpathSync(one) === realpathSync(other);

/** What cannot be read is none of ours to offer. */
function holdsOne(place: string): boolean {
  try {
    // A pipe would wait for somebody to write: only a file is opened.
    return statSync(place).isFile() && ancestorHeader(headOf(place)) === 'sqlite';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function headOf(place: string): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  const file = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return head.subarray(0, readSync(file, head, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(file);
  }
}
