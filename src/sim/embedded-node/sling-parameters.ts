/** What sling reads out of a call, and the words in which it refuses: keywords only, whole satoshi. */
import type { SlingOrder } from '../sling/sling-order.ts';
import { asRecord, parseLossless } from './json-text.ts';
import type { NodeState } from './node-state.ts';
import { CODE, RpcError } from './rpc-error.ts';

/** Every error of sling comes as one code, with its own text. */
export const slingError = (text: string): RpcError => new RpcError(CODE.RUST_PLUGIN, text, null);

type Values = Record<string, unknown>;

const COMMON = [
  'scid',
  'direction',
  'amount',
  'maxppm',
  'outppm',
  'maxhops',
  'candidates',
  'depleteuptopercent',
  'depleteuptoamount',
  'paralleljobs',
] as const;
const KEYS = {
  'sling-once': [...COMMON, 'onceamount'],
  'sling-job': [...COMMON, 'target'],
} as const;

const DEFAULT_KEEP_SHARE = 0.2;
/** sling reads its option's 2,000,000 sat as 2,000,000,000 of them. */
const DEFAULT_KEEP_SAT = 2_000_000_000;
const DEFAULT_TARGET = 0.5;

function keywords(method: keyof typeof KEYS, params: string): Values {
  const values = asRecord(parseLossless(params));
  if (values === undefined) throw slingError('Please use -k to provide keyword arguments');
  const known: readonly string[] = KEYS[method];
  const foreign = Object.keys(values).find((key) => !known.includes(key));
  if (foreign !== undefined) throw slingError(`Invalid argument: ${foreign}`);
  return values;
}

/** A whole number as JSON writes it: no text, no fraction, not below 0. */
function whole(values: Values, key: string): number | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw slingError(`${key} must be a positive integer`);
  return value;
}

function required(values: Values, key: string): number {
  const value = whole(values, key);
  if (value === undefined) throw slingError(`Missing ${key}`);
  return value;
}

function share(values: Values, key: string, absent: number, top: boolean): number {
  const value = values[key];
  if (value === undefined) return absent;
  if (typeof value !== 'number' || value < 0 || value > 1 || (value === 1 && !top))
    throw slingError(`${key} must be a number between 0 and 1`);
  return value;
}

const isDirection = (value: unknown): value is 'pull' | 'push' =>
  value === 'pull' || value === 'push';

/** The index of one of our channels in CHANNELD_NORMAL. */
function indexOf(node: NodeState, scid: string): number {
  const found = node.channels().find((channel) => channel.scid === scid);
  if (found === undefined) throw slingError(`Channel not found: ${scid}`);
  if (found.state !== 'CHANNELD_NORMAL')
    throw slingError(`Channel is not in CHANNELD_NORMAL state: ${scid}`);
  return found.index;
}

/** The scid of a call that may name a channel; it may come alone in an array. */
export function scidOf(params: string, key = 'scid'): string | undefined {
  const given = parseLossless(params);
  const value: unknown = Array.isArray(given) ? given[0] : asRecord(given)?.[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw slingError(`${key} is not a valid short_channel_id`);
  return value;
}

function candidatesOf(node: NodeState, values: Values): readonly number[] {
  const { candidates, outppm } = values;
  if (candidates === undefined && outppm === undefined)
    throw slingError('Atleast one of outppm and candidatelist must be set.');
  const ceiling = whole(values, 'outppm');
  const open = node.channels().filter(({ state }) => state === 'CHANNELD_NORMAL');
  if (candidates !== undefined && !Array.isArray(candidates))
    throw slingError('candidates must be an array of short_channel_ids');
  return open
    .filter(({ scid }) => candidates === undefined || candidates.includes(scid))
    .filter(({ ours }) => ceiling === undefined || ours.ppm <= ceiling)
    .map(({ index }) => index);
}

/** The order that a sling-once or a sling-job asks for. Throws RpcError -32700. */
export function orderOf(
  node: NodeState,
  method: keyof typeof KEYS,
  params: string,
  isPulled: (index: number) => boolean,
): SlingOrder {
  const values = keywords(method, params);
  const { scid, direction } = values;
  if (typeof scid !== 'string') throw slingError('Missing scid');
  if (!isDirection(direction)) throw slingError('Missing direction');
  const amount = required(values, 'amount');
  const maxPpm = required(values, 'maxppm');
  const once = method === 'sling-once' ? required(values, 'onceamount') : undefined;
  if (once !== undefined && (amount === 0 || once % amount !== 0))
    throw slingError(
      `onceamount must be a multiple of amount. onceamount: ${once}, amount: ${amount}`,
    );
  if ((whole(values, 'paralleljobs') ?? 1) < 1)
    throw slingError('paralleljobs must be greater than or equal to 1');
  const candidates = candidatesOf(node, values);
  const busy = direction === 'pull' ? candidates.find(isPulled) : undefined;
  if (busy !== undefined)
    throw slingError(
      `candidate ${node.scidOf(busy)} has a pull-job that rebalances in the other direction!`,
    );
  return {
    channel: indexOf(node, scid),
    direction,
    chunk: amount * 1000,
    ...(once === undefined ? {} : { total: once * 1000 }),
    maxPpm,
    candidates,
    keepShare: share(values, 'depleteuptopercent', DEFAULT_KEEP_SHARE, false),
    keepAmount: (whole(values, 'depleteuptoamount') ?? DEFAULT_KEEP_SAT) * 1000,
    ...(once === undefined ? { target: share(values, 'target', DEFAULT_TARGET, true) } : {}),
  };
}
