/** Whether a peer can splice, by the features it told (BOLT 9). */

/** option_splice, compulsory or optional; and the bits Core Lightning used before it had a number. */
const SPLICE_BITS = [62, 63, 162, 163];
const FEATURES = /^(?:[0-9a-f]{2})*$/i;

/**
 * `features`: the bitmap as hex, the last byte holds bits 0 to 7. undefined: not told (the peer is away), or no
 * bitmap at all; it is unknown then whether it can splice.
 */
export function spliceSupport(features: string | undefined): boolean | undefined {
  if (features === undefined || !FEATURES.test(features)) return undefined;
  return SPLICE_BITS.some((bit) => hasBit(features, bit));
}

/** Four bits a digit, counted from the end. */
function hasBit(features: string, bit: number): boolean {
  const digit = features.at(-1 - Math.floor(bit / 4));
  return digit !== undefined && ((Number.parseInt(digit, 16) >> (bit % 4)) & 1) === 1;
}
