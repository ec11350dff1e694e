/** For the contract tests: what a real lightningd answered, and the official schemas, when they are at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asRecord, parseLossless } from './json-text.ts';

const shared = join(import.meta.dirname, '../../../../shared');
const recordings = join(shared, 'recorded/cln-v26.06.6/raw');
const schemas = join(shared, 'schemas/cln-v26.06.6');

/** Says loudly what is not tested when the references are not beside the repository. */
export function referencesAbsent(): boolean {
  const absent = !existsSync(recordings) || !existsSync(schemas);
  if (absent) console.warn(`NOT TESTED: no recorded lightningd answers or schemas in ${shared}`);
  return absent;
}

/** A request and its answer as exact text. */
export function recorded(name: string): { readonly request: string; readonly answer: string } {
  const text = readFileSync(join(recordings, `${name}.txt`), 'utf8');
  const line = (mark: string): string =>
    text
      .split('\n')
      .find((one) => one.startsWith(mark))
      ?.slice(mark.length) ?? '';
  return { request: line('>>> '), answer: line('<<< ') };
}

/** Of the circular payments that were made on a real node: the result, or a notification's content. */
export function recordedCircular(name: string): unknown {
  const file = join(shared, 'recorded/cln-v26.06.6/circular', `${name}.json`);
  const message = asRecord(parseLossless(readFileSync(file, 'utf8')));
  const topic = String(message?.method);
  return message?.result ?? asRecord(message?.params)?.[topic];
}

const integer = (max: number): object => ({ type: 'integer', minimum: 0, maximum: max });
const text = (pattern: string): object => ({ type: 'string', pattern });
const HEX_64 = text('^[0-9a-f]{64}$');

/** lightningd's own types in JSON schema. */
const TYPES = new Map<unknown, object>([
  ['msat', integer(2 ** 64)],
  ['u64', integer(2 ** 64)],
  ['u32', integer(2 ** 32 - 1)],
  ['u16', integer(2 ** 16 - 1)],
  ['u8', integer(2 ** 8 - 1)],
  ['hex', text('^([0-9a-f]{2})*$')],
  ['hash', HEX_64],
  ['txid', HEX_64],
  ['secret', HEX_64],
  ['pubkey', text('^0[23][0-9a-f]{64}$')],
  ['short_channel_id', text('^\\d+x\\d+x\\d+$')],
  ['short_channel_id_dir', text('^\\d+x\\d+x\\d+/[01]$')],
  ['outpoint', text('^[0-9a-f]{64}:\\d+$')],
]);

function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain);
  if (typeof node !== 'object' || node === null) return node;
  const parts = Object.entries(node)
    .filter(([name]) => !['description', 'added', 'deprecated', 'default'].includes(name))
    .map(([name, value]) => [name, plain(value)]);
  const own = TYPES.get('type' in node ? node.type : undefined);
  return { ...Object.fromEntries(parts), ...own };
}

/** The official schema of a method's result, or of a notification's content (`notification/…`), as JSON schema. */
export function officialSchema(name: string): object {
  const file: unknown = JSON.parse(readFileSync(join(schemas, `${name}.json`), 'utf8'));
  const response =
    typeof file === 'object' && file !== null && 'response' in file ? file.response : {};
  const schema = plain(response);
  return typeof schema === 'object' && schema !== null ? { type: 'object', ...schema } : {};
}
