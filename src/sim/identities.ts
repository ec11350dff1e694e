/**
 * Names for simulated nodes and channels, valid as lightningd demands: node ids are points of secp256k1, scids fit
 * 24, 24 and 16 bits, channel ids are 64 hex digits. All derived from text by SHA-256, so runs agree.
 */
import { createECDH, createHash } from 'node:crypto';
import type { ChannelId, NodeId, Scid, UnixMs } from '../core/units.ts';
import { parseChannelId, parseNodeId, parseScid, unixMs } from '../core/units.ts';
import { Bug } from '../ports/errors.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The value, or a defect of ours: what we derived is not valid. */
export function sure<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Bug(`${what} is missing or malformed`);
  return value;
}

/** A compressed public key with the hash of `text` as the secret. */
export function nodeIdFrom(text: string): NodeId {
  const curve = createECDH('secp256k1');
  curve.setPrivateKey(digest(`node/${text}`));
  return sure(parseNodeId(curve.getPublicKey('hex', 'compressed')), 'node id');
}

export const channelIdFrom = (text: string): ChannelId =>
  sure(parseChannelId(digest(`channel/${text}`).toString('hex')), 'channel id');

export const hashFrom = (text: string): string => digest(text).toString('hex');

/** A scid in this block; transaction and output from the hash of `text`. */
export function scidFrom(text: string, block: number): Scid {
  const bytes = digest(`scid/${text}`);
  const transaction = 1 + (bytes.readUInt16BE(0) % 4000);
  return sure(parseScid(`${block}x${transaction}x${bytes.readUInt8(2) % 4}`), 'scid');
}

/** An alias: any 64-bit number written as a scid, as lightningd does. */
export function aliasFrom(text: string): Scid {
  const bytes = digest(`alias/${text}`);
  const [block, transaction] = [bytes.readUIntBE(0, 3), bytes.readUIntBE(3, 3)];
  return sure(parseScid(`${block}x${transaction}x${bytes.readUInt16BE(6)}`), 'alias');
}

const HALVING_2024_MS = 1_713_571_767_000;
const HALVING_2024_HEIGHT = 840_000;
const BLOCK_MS = 600_000;

/** When a block of this height was found, by the same rule, unix ms. */
export const timeOfHeight = (height: number): UnixMs =>
  unixMs(HALVING_2024_MS + (height - HALVING_2024_HEIGHT) * BLOCK_MS);

/** Height of the chain at a moment, ten minutes a block from the halving of 2024. */
export const heightAt = (at: UnixMs | number): number =>
  Math.max(1, HALVING_2024_HEIGHT + Math.floor((at - HALVING_2024_MS) / BLOCK_MS));
