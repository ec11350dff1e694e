/** Payment hashes: 64 hex digits, cheap to make. The parts of every other batch are shards of one payment and share it. */
import { hashBits } from './rng.ts';

const HEX_4 = Array.from({ length: 0x10000 }, (_, n) => n.toString(16).padStart(4, '0'));
const hex = (bits: number): string => (HEX_4[bits >>> 16] ?? '') + (HEX_4[bits & 0xffff] ?? '');

export function paymentHash(seed: number, batch: number, part: number): string {
  const own = batch % 2 === 0 ? 0 : part;
  const a = hashBits(seed ^ batch, 0);
  const b = hashBits(seed ^ batch, 1);
  const c = hashBits(Math.imul(batch, 31) ^ own, 2);
  const first = hex(a) + hex(b) + hex(c) + hex(a ^ c);
  return first + hex(~a) + hex(b ^ c) + hex(Math.imul(c, 5)) + hex(Math.imul(a, 3) ^ b);
}
