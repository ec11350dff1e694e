/** A call's arguments, each still its own JSON text, and lightningd's way of reading and refusing them. */
import { parseScid } from '../../core/units.ts';
import { isPoint } from './identity.ts';
import { elements, members } from './json-text.ts';
import { badToken, CODE, RpcError } from './rpc-error.ts';

/** Parameter name → raw JSON text; what was null or absent is not in it. */
export type CallArguments = ReadonlyMap<string, string>;

type Parameter = { readonly name: string; readonly required: boolean };

/** `id [feebase] [feeppm]` → names and whether they must be there. */
const parametersOf = (usage: string): readonly Parameter[] =>
  usage
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({
      name: word.replace(/^\[|\]$/g, '').replace(/=.*$/, ''),
      required: !word.startsWith('['),
    }));

function byName(parameters: readonly Parameter[], params: string): Map<string, string> {
  if (!params.startsWith('[')) return members(params);
  const given = elements(params);
  if (given.length > parameters.length) {
    throw new RpcError(
      CODE.INVALID_PARAMS,
      `too many parameters: got ${given.length}, expected ${parameters.length}`,
    );
  }
  return new Map(given.map((text, i) => [parameters[i]?.name ?? '', text]));
}

/** Binds positional or named `params` (JSON text) to a usage line. Throws RpcError -32602. */
export function bindArguments(usage: string, params: string): CallArguments {
  const parameters = parametersOf(usage);
  const given = byName(parameters, params);
  for (const [name, text] of given) {
    if (!parameters.some((known) => known.name === name)) {
      throw new RpcError(
        CODE.INVALID_PARAMS,
        `unknown parameter: ${name}, this may be caused by a failure to autodetect key=value-style parameters. Please try using the -k flag and explicit key=value pairs of parameters.`,
      );
    }
    if (text === 'null') given.delete(name);
  }
  for (const { name, required } of parameters) {
    if (required && !given.has(name)) {
      throw new RpcError(CODE.INVALID_PARAMS, `missing required parameter: ${name}`);
    }
  }
  return given;
}

/** The text inside the quotes, or the bare token. */
export function textOf(args: CallArguments, name: string): string | undefined {
  const token = args.get(name);
  if (token === undefined) return undefined;
  const value: unknown = JSON.parse(token);
  return typeof value === 'string' ? value : token;
}

/** As `textOf`, for a parameter the usage line requires. */
export function requiredText(args: CallArguments, name: string): string {
  const text = textOf(args, name);
  if (text === undefined) {
    throw new RpcError(CODE.INVALID_PARAMS, `missing required parameter: ${name}`);
  }
  return text;
}

const U32_MAX = 0xffff_ffffn;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** An integer in `[0, max]`, written as a number or as a string; floats and negatives are refused. */
function unsigned(args: CallArguments, name: string, max: bigint): bigint | undefined {
  const text = textOf(args, name);
  if (text === undefined) return undefined;
  const token = args.get(name) ?? '';
  if (!/^\d+$/.test(text) || BigInt(text) > max) {
    throw badToken(name, 'should be an integer', token);
  }
  return BigInt(text);
}

export function u32(args: CallArguments, name: string): number | undefined {
  const value = unsigned(args, name, U32_MAX);
  return value === undefined ? undefined : Number(value);
}

export const u64 = (args: CallArguments, name: string): bigint | undefined =>
  unsigned(args, name, U64_MAX);

/** Where a list begins and how long it may be. Throws RpcError: without an index there is neither start nor limit. */
export function pageArguments<I extends string>(args: CallArguments, indexes: readonly I[]) {
  const index = wordArgument(args, 'index', indexes, 'unknown index');
  const [start, limit] = [u64(args, 'start'), u32(args, 'limit')];
  for (const [name, value] of [['start', start] as const, ['limit', limit] as const]) {
    if (index === undefined && value !== undefined) {
      throw new RpcError(CODE.INVALID_PARAMS, `Can only specify {${name}} with {index}`);
    }
  }
  return { index, start: Number(start ?? 0n), limit: limit ?? Number.POSITIVE_INFINITY };
}

const MSAT_AMOUNT = /^(\d+)(msat|sat|btc)?$/;
const MSAT_PER = { msat: 1n, sat: 1000n, btc: 100_000_000_000n } as const;

/** An amount: an integer of msat, or text with `msat`, `sat` or `btc` behind it. */
export function msatAmount(args: CallArguments, name: string): bigint | undefined {
  const text = textOf(args, name);
  if (text === undefined) return undefined;
  const parts = MSAT_AMOUNT.exec(text);
  const unit = parts?.[2] === 'sat' || parts?.[2] === 'btc' ? parts[2] : 'msat';
  const amount = parts?.[1] === undefined ? undefined : BigInt(parts[1]) * MSAT_PER[unit];
  if (amount === undefined || amount > U64_MAX) {
    throw badToken(name, 'should be a millisatoshi amount', args.get(name) ?? '');
  }
  return amount;
}

/** Only a point of the curve is a node id. */
export function nodeIdArgument(args: CallArguments, name: string): string | undefined {
  const text = textOf(args, name);
  if (text !== undefined && !isPoint(text)) {
    throw badToken(name, 'should be a node id', args.get(name) ?? '');
  }
  return text;
}

export function scidArgument(args: CallArguments, name: string): string | undefined {
  const text = textOf(args, name);
  if (text !== undefined && parseScid(text) === undefined) {
    throw badToken(name, 'should be a short_channel_id of form NxNxN', args.get(name) ?? '');
  }
  return text;
}

/** One of a few words. */
export function wordArgument<W extends string>(
  args: CallArguments,
  name: string,
  words: readonly W[],
  why: string,
): W | undefined {
  const text = textOf(args, name);
  if (text === undefined) return undefined;
  const word = words.find((known) => known === text);
  if (word === undefined) throw badToken(name, why, args.get(name) ?? '');
  return word;
}

/** `true`/`false`, bare or quoted. */
export function flagArgument(args: CallArguments, name: string): boolean | undefined {
  return (
    wordArgument(args, name, ['true', 'false'], "should be 'true' or 'false'") &&
    textOf(args, name) === 'true'
  );
}
