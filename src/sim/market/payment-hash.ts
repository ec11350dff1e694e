/** Payment hashes: 64 hex digits, cheap to make. The parts of every other batch are shards of one payment and share it. */
import { hashBits } from './rng.ts';

const HEX_4 = Array.from({ length: 0x10000 }, (_, n) => n.toString(16).padStart(4, '0'));
const hex = (bits: number): string => (HEX_4[bits >>> 16] ?? '') + (HEX_4[bits & 0xffff] ?? '');

export function paymentHash(seed: number, batch: number, part: number): string {
  const own = batch % 2 === 0 ? 0 : part;
  let text = '';
  for (let word = 0; word < 4; word++) text += hex(hashBits(seed ^ batch, word));
  for (let word = 0; word < 4; word++) text += hex(hashBits(Math.imul(batch, 31) ^ own, 8 + word));
  return text;
}
