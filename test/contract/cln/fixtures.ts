import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLossless } from '../../../src/cln/lossless-json.ts';

/** Small answers in lightningd's shape, for machines without the transcripts. Fresh at every call. */
export const fixture = (name: string): Record<string, Record<string, unknown>[]> =>
  parseLossless(
    readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8'),
  ) as Record<string, Record<string, unknown>[]>;
