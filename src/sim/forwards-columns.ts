/**
 * Columns of the forwards table in blocks of 65 536 rows: about 90 bytes a row, and growing never copies.
 * Numbers only; what they mean is forwards-table.ts.
 */
const BLOCK_BITS = 16;
const BLOCK_ROWS = 1 << BLOCK_BITS;
const HASH_BYTES = 32;

type Block = {
  readonly status: Uint8Array;
  readonly inIndex: Int32Array;
  readonly outIndex: Int32Array;
  readonly inHtlc: Uint32Array;
  readonly outHtlc: Uint32Array;
  readonly inMsat: Float64Array;
  readonly outMsat: Float64Array;
  readonly receivedAt: Float64Array;
  readonly resolvedAt: Float64Array;
  readonly updated: Uint32Array;
  readonly failCode: Uint16Array;
  readonly reason: Uint8Array;
  readonly hash: Buffer;
};

const newBlock = (): Block => ({
  status: new Uint8Array(BLOCK_ROWS),
  inIndex: new Int32Array(BLOCK_ROWS),
  outIndex: new Int32Array(BLOCK_ROWS),
  inHtlc: new Uint32Array(BLOCK_ROWS),
  outHtlc: new Uint32Array(BLOCK_ROWS),
  inMsat: new Float64Array(BLOCK_ROWS),
  outMsat: new Float64Array(BLOCK_ROWS),
  receivedAt: new Float64Array(BLOCK_ROWS),
  resolvedAt: new Float64Array(BLOCK_ROWS),
  updated: new Uint32Array(BLOCK_ROWS),
  failCode: new Uint16Array(BLOCK_ROWS),
  reason: new Uint8Array(BLOCK_ROWS),
  hash: Buffer.alloc(BLOCK_ROWS * HASH_BYTES),
});

/** One row as numbers; −1 or 0 stand for absent (forwards-table.ts turns them into undefined). */
export type RawForward = {
  readonly status: number;
  readonly inIndex: number;
  /** −1: no such channel. */
  readonly outIndex: number;
  readonly inHtlc: number;
  /** 0: none; else the id plus one. */
  readonly outHtlc: number;
  readonly inMsat: number;
  readonly outMsat: number;
  readonly receivedAt: number;
  /** 0: not resolved. */
  readonly resolvedAt: number;
  /** 0: none. */
  readonly updated: number;
  /** 0: none. */
  readonly failCode: number;
  /** 0: none; else an index into the table's reasons plus one. */
  readonly reason: number;
  readonly paymentHash: string;
};

export type Resolution = Pick<
  RawForward,
  'status' | 'resolvedAt' | 'updated' | 'failCode' | 'reason'
>;

/** A growing column store; rows are numbered from 0. */
export class ForwardsColumns {
  #blocks: Block[] = [];
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  #block(row: number): Block {
    const block = this.#blocks[row >>> BLOCK_BITS];
    if (block === undefined) throw new RangeError(`no forward in row ${row}`);
    return block;
  }

  push(raw: RawForward): number {
    const row = this.#rows++;
    if (row >>> BLOCK_BITS === this.#blocks.length) this.#blocks.push(newBlock());
    const block = this.#block(row);
    const at = row & (BLOCK_ROWS - 1);
    block.inIndex[at] = raw.inIndex;
    block.outIndex[at] = raw.outIndex;
    block.inHtlc[at] = raw.inHtlc;
    block.inMsat[at] = raw.inMsat;
    block.receivedAt[at] = raw.receivedAt;
    block.outHtlc[at] = raw.outHtlc;
    block.outMsat[at] = raw.outMsat;
    block.hash.write(raw.paymentHash, at * HASH_BYTES, HASH_BYTES, 'hex');
    this.#resolve(block, at, raw);
    return row;
  }

  resolve(row: number, raw: Resolution): void {
    this.#resolve(this.#block(row), row & (BLOCK_ROWS - 1), raw);
  }

  #resolve(block: Block, at: number, raw: Resolution): void {
    block.status[at] = raw.status;
    block.resolvedAt[at] = raw.resolvedAt;
    block.updated[at] = raw.updated;
    block.failCode[at] = raw.failCode;
    block.reason[at] = raw.reason;
  }

  status(row: number): number {
    return this.#block(row).status[row & (BLOCK_ROWS - 1)] ?? 0;
  }

  updated(row: number): number {
    return this.#block(row).updated[row & (BLOCK_ROWS - 1)] ?? 0;
  }

  get(row: number): RawForward {
    const block = this.#block(row);
    const at = row & (BLOCK_ROWS - 1);
    const start = at * HASH_BYTES;
    return {
      status: block.status[at] ?? 0,
      inIndex: block.inIndex[at] ?? 0,
      outIndex: block.outIndex[at] ?? -1,
      inHtlc: block.inHtlc[at] ?? 0,
      outHtlc: block.outHtlc[at] ?? 0,
      inMsat: block.inMsat[at] ?? 0,
      outMsat: block.outMsat[at] ?? 0,
      receivedAt: block.receivedAt[at] ?? 0,
      resolvedAt: block.resolvedAt[at] ?? 0,
      updated: block.updated[at] ?? 0,
      failCode: block.failCode[at] ?? 0,
      reason: block.reason[at] ?? 0,
      paymentHash: block.hash.toString('hex', start, start + HASH_BYTES),
    };
  }
}
