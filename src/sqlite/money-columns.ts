/** Values of the money tables: what cannot be read must not be guessed, so it throws. */
import type { SQLOutputValue } from 'node:sqlite';
import { type ChannelId, type UnixMs, unixMs } from '../core/units.ts';
import { StoreFailed } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { num, numOr, text } from './database.ts';

type Value = SQLOutputValue | undefined;

export const atOr = (value: Value): UnixMs | undefined => {
  const at = numOr(value);
  return at === undefined ? undefined : unixMs(at);
};

export function channelAt(keys: ChannelKeys, value: Value): ChannelId {
  const channelId = keys.channelOf(num(value));
  if (channelId === undefined) throw new StoreFailed(`no channel has the key ${num(value)}`);
  return channelId;
}
export const channelAtOr = (keys: ChannelKeys, value: Value): ChannelId | undefined =>
  value === null ? undefined : channelAt(keys, value);

/** One of a closed list of words. */
export function word<T extends string>(words: readonly T[], value: Value, what: string): T {
  const found = words.find((known) => known === text(value));
  if (found === undefined) throw new StoreFailed(`${what} holds an unknown word: ${text(value)}`);
  return found;
}
