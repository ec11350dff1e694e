/** A small key-value store of the node; keys are lists of words, written `a/b` inside. */
import { type CallArguments, textOf, u64, wordArgument } from '../call-arguments.ts';
import { elements, toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import { CODE, RpcError } from '../rpc-error.ts';
import type { Command } from './command.ts';

const MODES = [
  'must-create',
  'must-replace',
  'create-or-replace',
  'must-append',
  'create-or-append',
] as const;

function keyOf(args: CallArguments): string[] {
  const token = args.get('key');
  if (token === undefined) return [];
  const parts = token.startsWith('[') ? elements(token) : [token];
  return parts.map((part) => {
    const value: unknown = JSON.parse(part);
    return typeof value === 'string' ? value : part;
  });
}

const inside = (key: readonly string[]): string => key.join('\u0000');
const outside = (key: string): string[] => key.split('\u0000');

function entry(key: string, hex: string, generation: number): object {
  const bytes = Buffer.from(hex, 'hex');
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return { key: outside(key), generation, hex, ...(isText ? { string: text } : {}) };
}

function write(node: NodeState, args: CallArguments): string {
  const key = inside(keyOf(args));
  const text = textOf(args, 'string');
  const hex = text === undefined ? (textOf(args, 'hex') ?? '') : Buffer.from(text).toString('hex');
  const mode = wordArgument(args, 'mode', MODES, 'unknown mode') ?? 'must-create';
  const before = node.datastore.get(key);
  if (before !== undefined && mode === 'must-create') {
    throw new RpcError(CODE.DATASTORE_UPDATE_ALREADY_EXISTS, 'Key already exists');
  }
  if (before === undefined && (mode === 'must-replace' || mode === 'must-append')) {
    throw new RpcError(CODE.DATASTORE_UPDATE_DOES_NOT_EXIST, 'Key does not exist');
  }
  const asked = u64(args, 'generation');
  if (asked !== undefined && asked !== BigInt(before?.generation ?? 0)) {
    throw new RpcError(CODE.DATASTORE_UPDATE_WRONG_GENERATION, 'generation is different');
  }
  const appends = mode === 'must-append' || mode === 'create-or-append';
  const value = {
    hex: appends ? (before?.hex ?? '') + hex : hex,
    generation: before === undefined ? 0 : before.generation + 1,
  };
  node.datastore.set(key, value);
  return toJson(entry(key, value.hex, value.generation));
}

export const datastore: Command = {
  name: 'datastore',
  usage: 'key [string] [hex] [mode] [generation]',
  answer: write,
};

export const listdatastore: Command = {
  name: 'listdatastore',
  usage: '[key]',
  answer(node, args) {
    const prefix = keyOf(args);
    const found = [...node.datastore]
      .filter(([key]) => prefix.every((part, i) => outside(key)[i] === part))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { hex, generation }]) => entry(key, hex, generation));
    return toJson({ datastore: found });
  },
};

export const deldatastore: Command = {
  name: 'deldatastore',
  usage: 'key [generation]',
  answer(node, args) {
    const key = inside(keyOf(args));
    const before = node.datastore.get(key);
    if (before === undefined) {
      throw new RpcError(CODE.DATASTORE_DEL_DOES_NOT_EXIST, 'Key does not exist');
    }
    const asked = u64(args, 'generation');
    if (asked !== undefined && asked !== BigInt(before.generation)) {
      throw new RpcError(CODE.DATASTORE_DEL_WRONG_GENERATION, 'generation is different');
    }
    node.datastore.delete(key);
    return toJson(entry(key, before.hex, before.generation));
  },
};
