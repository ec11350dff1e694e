import { z } from 'zod';
import type { Setting } from '../cycles/config-service.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { firstDaysAnswer, firstDaysOf } from './first-days.ts';
import { defineMethod } from './method.ts';
import { settingValue, text, word } from './parameters.ts';

const value = z.union([z.number(), z.boolean(), z.string()]);
const source = z.enum(['default', 'option', 'override']);
const setting = z.strictObject({
  key: z.string(),
  value,
  source: source.describe("default, lightningd's option, or an override of revenue-config set"),
  default: value,
  type: z.enum(['int', 'float', 'bool', 'enum', 'path']),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.string()).optional(),
  unit: z.string().optional(),
  option: z.string().optional().describe('what lightningd calls it'),
  mutable: z.boolean(),
  reserved: z.string().optional().describe('what it waits for: nothing reads it yet'),
  description: z.string(),
});

const answer = z.union([
  z.strictObject({ settings: z.array(setting), version: z.int(), warnings: z.array(z.string()) }),
  z.strictObject({
    differences: z.array(setting),
    version: z.int(),
    warnings: z.array(z.string()),
  }),
  z.strictObject({ config: z.record(z.string(), value), version: z.int() }),
  z.strictObject({ key: z.string(), value, version: z.int(), source, default: value }),
  z.strictObject({
    status: z.literal('success'),
    key: z.string(),
    old_value: value,
    new_value: value,
    version: z.int(),
    message: z.string(),
    first_days: firstDaysAnswer
      .optional()
      .describe('when authority leaves observe: what was held back so far'),
  }),
  z.strictObject({
    status: z.literal('noop'),
    key: z.string(),
    version: z.int(),
    message: z.string(),
  }),
  z.strictObject({ mutable_keys: z.array(z.string()), count: z.int() }),
]);
type Answer = z.input<typeof answer>;

function settingRow({ key, value, source, row }: Setting): z.input<typeof setting> {
  return {
    key,
    value,
    source,
    default: row.default,
    type: row.type,
    ...(row.type === 'int' || row.type === 'float' ? { min: row.min, max: row.max } : {}),
    ...(row.type === 'enum' ? { values: [...row.values] } : {}),
    unit: row.unit === '' ? undefined : row.unit,
    option: row.option,
    mutable: row.mutable,
    reserved: row.reserved,
    description: row.description,
  };
}

function list({ config }: RpcContext): Answer {
  const { version } = config.snapshot();
  return { settings: config.list().map(settingRow), version, warnings: [...config.warnings()] };
}

function diff({ config }: RpcContext): Answer {
  const { version } = config.snapshot();
  return { differences: config.diff().map(settingRow), version, warnings: [...config.warnings()] };
}

function mutableKeys({ config }: RpcContext): Answer {
  const keys = config.list().flatMap(({ key, row }) => (row.mutable ? [key] : []));
  return { mutable_keys: keys.toSorted(), count: keys.length };
}

function get({ config }: RpcContext, key: string | undefined): Answer {
  const { version, ...values } = config.snapshot();
  if (key === undefined) return { config: { ...values, version }, version };
  const { key: name, value, source, row } = config.get(key);
  return { key: name, value, version, source, default: row.default };
}

function set(context: RpcContext, key: string, raw: unknown, check: boolean): Answer {
  if (check) {
    context.config.checkSet(key, raw);
    return get(context, key);
  }
  const held = context.board.firstDays();
  const { key: name, from, to, version } = context.config.set(key, raw);
  const spends = name === 'authority' && to === 'full' ? budgetSentence(context) : '';
  const message = `${name} is ${to} from now on${spends}`;
  const promoted = name === 'authority' && from === 'observe' && to !== 'observe';
  return {
    status: 'success',
    key: name,
    old_value: from,
    new_value: to,
    version,
    message,
    first_days: promoted ? firstDaysOf(held) : undefined,
  };
}

/** Who allows spending is told how much. */
function budgetSentence({ config, board }: RpcContext): string {
  const settings = config.snapshot();
  if (settings.dry_run) return ', but revenue-ops-dry-run holds it at observe';
  const more = settings.enable_proportional_budget ? ', or a part of the revenue that is more' : '';
  const sling = board.neighbours().some((one) => one.name === 'sling' && one.present);
  return `: rebalances may cost ${settings.daily_budget_sats} sat in 24 hours${more}${sling ? '' : ', once sling is there'}`;
}

function reset({ config }: RpcContext, key: string, check: boolean): Answer {
  if (check) config.checkReset(key);
  const change = check ? undefined : config.reset(key);
  if (change === undefined) {
    const message = `${key} has no override`;
    return { status: 'noop', key, version: config.snapshot().version, message };
  }
  const { key: name, from, to, version } = change;
  const message = `${name} is ${to} again, from ${config.get(name).source === 'option' ? "lightningd's option" : 'the default'}`;
  return { status: 'success', key: name, old_value: from, new_value: to, version, message };
}

const ACTIONS = ['list', 'get', 'set', 'reset', 'diff', 'list-mutable'] as const;

function required<Value>(field: string, given: Value | undefined): Value {
  if (given !== undefined) return given;
  throw new BadRequest(field, 'is missing');
}

/** The settings: look, change at once, take back (SPEC 7.1). */
export const revenueConfig = defineMethod({
  name: 'revenue-config',
  description: 'Shows and changes settings: list, get, set, reset, diff. A change counts at once.',
  longDescription:
    'list shows every key with range, meaning and where its value is from; diff only what differs from the default. set is validated, written and read back before it counts; reset takes it back to the option or the default. No restart is needed.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-config diff',
    'lightning-cli revenue-config get max_fee_ppm',
    'lightning-cli revenue-config set authority fees',
    'lightning-cli check revenue-config set min_fee_ppm 50',
    'lightning-cli revenue-config reset min_fee_ppm',
  ],
  params: {
    action: word(ACTIONS, 'list, get, set, reset, diff, or list-mutable'),
    key: text('a key of list; required for set and reset').optional(),
    value: settingValue('the new value, for set').optional(),
  },
  answer,
  handle: ({ action, key, value: raw }, context, { check }) => {
    switch (action) {
      case 'list':
        return list(context);
      case 'diff':
        return diff(context);
      case 'list-mutable':
        return mutableKeys(context);
      case 'get':
        return get(context, key);
      case 'set':
        return set(context, required('key', key), required('value', raw), check);
      case 'reset':
        return reset(context, required('key', key), check);
    }
  },
});
