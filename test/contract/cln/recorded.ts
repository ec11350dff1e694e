import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseLossless } from '../../../src/cln/lossless-json.ts';

/** Transcripts of a real lightningd and its official schemas; they lie beside the repository, not in it. */
const shared = resolve(import.meta.dirname, '../../../../shared');
export const RECORDED = join(shared, 'recorded/cln-v26.06.6');
export const SCHEMAS = join(shared, 'schemas/cln-v26.06.6');

/** Says loudly when the transcripts are missing: the tests that need them are then skipped. */
export function isThere(folder: string): boolean {
  if (existsSync(folder)) return true;
  console.warn(`NOT TESTED against recorded answers: ${folder} is missing`);
  return false;
}

export type Recorded = {
  /** Folder and file, for the test's title. */
  readonly name: string;
  readonly method: string;
  readonly params: unknown;
  readonly result: unknown;
  readonly error: unknown;
};
type Request = { readonly method: string; readonly params: unknown };
type Answer = { readonly result?: unknown; readonly error?: unknown };

/** Every transcript with exact bytes: request line `>>>`, answer line `<<<`; and the circular payments. */
export function recordedAnswers(): readonly Recorded[] {
  return [...transcripts('raw'), ...transcripts('no-deprecated/raw'), ...circular()];
}

function transcripts(folder: string): Recorded[] {
  const dir = join(RECORDED, folder);
  return readdirSync(dir).map((file) => {
    const lines = readFileSync(join(dir, file), 'utf8').split('\n');
    const after = (mark: string) =>
      parseLossless(lines.find((line) => line.startsWith(mark))?.slice(mark.length) ?? '{}');
    const { method, params } = after('>>> ') as Request;
    const { result, error } = after('<<< ') as Answer;
    return { name: `${folder}/${file}`, method, params, result, error };
  });
}

function circular(): Recorded[] {
  const dir = join(RECORDED, 'circular');
  const read = (file: string) => parseLossless(readFileSync(join(dir, file), 'utf8'));
  const requests = read('_requests.json') as Record<string, Request | undefined>;
  return readdirSync(dir).flatMap((file) => {
    const request = requests[basename(file, '.json')];
    if (!request || file === '_requests.json') return [];
    const { result, error } = read(file) as Answer;
    return [{ name: `circular/${file}`, ...request, result, error }];
  });
}

export type Notification = { readonly topic: string; readonly payload: unknown };
type WireLine = {
  readonly dir: string;
  readonly raw?: string;
  readonly msg?: {
    readonly method?: string;
    readonly params?: Record<string, unknown>;
    id?: string;
  };
};

/** Everything lightningd wrote to a plugin during its life, as it came: raw text and what it said. */
export function pluginWire(file: 'plugin-wire.log' | 'plugin-wire-lifecycle.log') {
  return readFileSync(join(RECORDED, file), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => parseLossless(line) as WireLine)
    .filter(({ dir, raw }) => dir === 'in' && raw !== undefined)
    .map(({ raw, msg }) => ({ raw: raw ?? '', msg: msg ?? {} }));
}

/** Notifications a plugin got while payments went in a circle. */
export function circularNotifications(): readonly (Notification & { readonly name: string })[] {
  const dir = join(RECORDED, 'circular');
  return readdirSync(dir)
    .filter((file) => file.includes('-notification-'))
    .map((file) => {
      const message = parseLossless(readFileSync(join(dir, file), 'utf8')) as WireLine['msg'];
      const topic = message?.method ?? '';
      return { name: file, topic, payload: message?.params?.[topic] ?? message?.params };
    });
}

/**
 * The examples inside an official schema. Their names are stand-ins ("nodeid0101…", "channelid01…", block
 * heights of 30000001), and 2^64 − 1 went through a double; replaced here by values of the right form.
 */
export function schemaExamples(method: string): readonly { request: Request; response: unknown }[] {
  const text = readFileSync(join(SCHEMAS, `${method}.json`), 'utf8')
    .replaceAll('nodeid', '020000')
    .replaceAll('channelid', 'c00000000')
    .replaceAll('channeltxid', 'c000000000')
    .replaceAll('18446744073709552000', '18446744073709551615')
    .replaceAll(/\b\d(\d{7})x\d(\d{7})x(\d{1,5})\b/g, '$1x$2x$3');
  const { examples } = parseLossless(text) as {
    examples?: readonly { request: Request; response: unknown }[];
  };
  return examples ?? [];
}
