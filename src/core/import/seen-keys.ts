/**
 * What was last said under each of very many keys, in a few dozen bytes a key. Many small tables instead of a large
 * one, which would stand still for a while whenever it grows.
 */
const TABLES = 1024;

export class SeenKeys<T> {
  readonly #tables = Array.from({ length: TABLES }, () => new Map<number, T>());
  #size = 0;

  /** Notes it and answers what was noted before; undefined: the key is new. */
  put(key: string, value: T): T | undefined {
    const short = hash(key);
    const table = this.#tables[short % TABLES];
    const before = table?.get(short);
    if (before === undefined) this.#size += 1;
    table?.set(short, value);
    return before;
  }
  get size(): number {
    return this.#size;
  }
}

/** 53 bits of a text (cyrb53): a million forwards in a few dozen megabytes. */
function hash(text: string): number {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    one = Math.imul(one ^ code, 2_654_435_761);
    two = Math.imul(two ^ code, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & two) + (one >>> 0);
}
