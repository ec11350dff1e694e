/**
 * Randomness of the simulated world (facts/simulation.md §3.1): one stream for each purpose and entity, named, so
 * that a draw more in one place never shifts another. splitmix64 of seed ^ fnv1a(name) seeds xoroshiro128+.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

const MASK_64 = (1n << 64n) - 1n;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const GOLDEN_64 = 0x9e3779b97f4a7c15n;
const TWO_POW_32 = 2 ** 32;
const TWO_POW_21 = 2 ** 21;
const TWO_POW_53 = 2 ** 53;

/** A stream of uniform numbers; every law in distributions.ts is made from these two. */
export type Stream = {
  /** An integer, 0 … 2^32 − 1. */
  bits(): number;
  /** 0 ≤ u < 1 with 53 bits. */
  uniform(): number;
};

function fnv1a(text: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(text, 'utf8'))
    hash = ((hash ^ BigInt(byte)) * FNV_PRIME) & MASK_64;
  return hash;
}

/** The stream of a purpose, e.g. `stream(7, 'attempts/12')`. */
export function stream(seed: number, name: string): Stream {
  let state = BigInt.asUintN(64, BigInt(Math.trunc(seed))) ^ fnv1a(name);
  const split = (): bigint => {
    state = (state + GOLDEN_64) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    return z ^ (z >> 31n);
  };
  const words = [split(), split()].flatMap((word) => [
    Number(word >> 32n) | 0,
    Number(word & 0xffffffffn) | 0,
  ]);
  const generator = xoroshiro128plusFromState(words);
  return {
    bits: () => generator.next() >>> 0,
    uniform: () => ((generator.next() >>> 0) * TWO_POW_21 + (generator.next() >>> 11)) / TWO_POW_53,
  };
}

/**
 * A draw without a stream: the same (key, counter) gives the same 32 bits. For many small independent questions
 * about one thing (does this route have liquidity for this payment?), asked in any order or not at all.
 */
export function hashBits(key: number, counter: number): number {
  let h = Math.imul((key ^ Math.imul(counter + 1, 0x9e3779b1)) | 0, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h ^ (counter >>> 3), 0xc2b2ae35);
  h ^= h >>> 13;
  h = Math.imul(h, 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 0 ≤ u < 1 from `hashBits`. */
export const hashUniform = (key: number, counter: number): number =>
  hashBits(key, counter) / TWO_POW_32;
