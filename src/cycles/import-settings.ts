/** Which of another program's settings our own rules admit, and in which order they can be set. */
import { refusal } from '../config/cross-field.ts';
import type { OptionRow, OptionValue } from '../config/option-rows.ts';
import { OPTIONS } from '../config/options.ts';
import { readValue } from '../config/read-value.ts';
import { isOptionKey, type OptionKey } from '../config/snapshot.ts';
import type { Skip } from '../core/import/verdict.ts';
import type { ConfigService } from './config-service.ts';

export type AcceptedSetting = { readonly key: OptionKey; readonly value: OptionValue };
type Sorted = {
  readonly accepted: readonly AcceptedSetting[];
  readonly refused: readonly Skip[];
  /** Keys that are set here: those stand. */
  readonly standing: readonly string[];
};

/** A minimum may only fit after its maximum, and the other way round: tried until nothing fits any more. */
export function acceptSettings(
  wanted: ReadonlyMap<string, string>,
  config: Pick<ConfigService, 'get' | 'snapshot'>,
): Sorted {
  const accepted: AcceptedSetting[] = [];
  const refused: Skip[] = [];
  const standing: string[] = [];
  const waiting = new Map<OptionKey, OptionValue>();
  for (const [key, raw] of wanted) {
    const fit = readOne(key, raw, config);
    if ('because' in fit) refused.push({ reason: fit.because, example: `${key} = ${raw}` });
    if ('because' in fit && fit.because === SET_HERE) standing.push(key);
    if ('value' in fit) waiting.set(fit.key, fit.value);
  }
  let values = { ...config.snapshot() };
  let before: number;
  do {
    before = waiting.size;
    for (const [key, value] of waiting) {
      const then = { ...values, [key]: value };
      if (refusal(then) !== undefined) continue;
      values = then;
      accepted.push({ key, value });
      waiting.delete(key);
    }
  } while (waiting.size < before);
  for (const [key, value] of waiting)
    refused.push({
      reason: 'it does not go together with the others',
      example: `${key} = ${value}: ${refusal({ ...values, [key]: value }) ?? ''}`,
    });
  return { accepted, refused, standing };
}

const SET_HERE = 'it is set here already';
type Fit = AcceptedSetting | { readonly because: string };

function readOne(key: string, raw: string, config: Pick<ConfigService, 'get'>): Fit {
  if (!isOptionKey(key)) return { because: 'there is no such setting here' };
  const row: OptionRow = OPTIONS[key];
  if (!row.mutable) return { because: 'it is set in the config of lightningd only' };
  const read = readValue(row, raw);
  if ('problem' in read) return { because: 'its value is none that may be set' };
  const now = config.get(key);
  if (now.source === 'override') return { because: SET_HERE };
  if (now.value === read.value) return { because: 'it is so here anyway' };
  return { key, value: read.value };
}
