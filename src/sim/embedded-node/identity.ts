/** Names that follow from the seed alone: our key, and the hashes a channel has besides its identity. */
import { createECDH, createHash, ECDH } from 'node:crypto';
import type { ChannelId, NodeId } from '../../core/units.ts';
import { parseNodeId } from '../../core/units.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A public key that belongs to nobody else: test ids must be points on the curve (facts/cln.md "setchannel"). */
export function nodeIdFromSeed(seed: string): NodeId {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(sha256(seed), 'hex');
  const id = parseNodeId(pair.getPublicKey('hex', 'compressed'));
  if (id === undefined) throw new RangeError(`no public key from seed ${seed}`);
  return id;
}

/** Whether a compressed key is a point of secp256k1. */
export function isPoint(key: string): boolean {
  if (parseNodeId(key) === undefined) return false;
  try {
    ECDH.convertKey(key, 'secp256k1', 'hex', 'hex', 'uncompressed');
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** A v1 channel id is the funding txid, byte-reversed in print (output 0). */
export const fundingTxid = (channelId: ChannelId): string =>
  Buffer.from(channelId, 'hex').reverse().toString('hex');
