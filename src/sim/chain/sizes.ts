/** Virtual bytes of the transactions of a node (SPEC 3.2 for opening and closing; BOLT 3 weights for the rest). */
const SIZES = {
  open: 140,
  close: 200,
  /** Without HTLCs: 1124 weight units. */
  commitment: 281,
  sweep: 134,
  splice: 300,
  withdrawal: 154,
} as const;
/** Each further channel of one transaction is one more output. */
const OUTPUT = 43;

export const sizeOf = (kind: keyof typeof SIZES, outputs: number): bigint =>
  BigInt(SIZES[kind] + (outputs - 1) * OUTPUT);
