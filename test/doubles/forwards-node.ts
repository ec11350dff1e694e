/**
 * lightningd's table of forwards, as far as ingest sees it, with a life of its own: it pages, drops calls, answers
 * garbage, shuffles pages and can be set back like a node restored from a backup.
 */
import { msat, type UnixMs, unixMs } from '../../src/core/units.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { Forward, ForwardIndex } from '../../src/ports/node.ts';

export const IN = '100x1x0';
export const OUT = '200x2x0';
export const START: UnixMs = unixMs(1_800_000_000_000);

/** What goes wrong with the next page, once. */
export type Fault = 'drop' | 'no-index' | 'below-start' | 'twice' | 'shuffle';

export class ForwardsNode {
  readonly asked: string[] = [];
  readonly faults: Fault[] = [];
  /** Runs while a page is on its way, once it was read. */
  onPage: () => void = () => {};
  #rows: Forward[] = [];
  #updated = 0;

  /** A new forward, in flight; answers its event. */
  offer(amount: number, names: { readonly in?: string; readonly out?: string } = {}): Forward {
    const createdIndex = this.#rows.length + 1;
    const row: Forward = {
      createdIndex,
      updatedIndex: undefined,
      inChannel: names.in ?? IN,
      inHtlcId: BigInt(createdIndex),
      outChannel: names.out ?? OUT,
      inMsat: msat(BigInt(amount + 7)),
      outMsat: msat(BigInt(amount)),
      feeMsat: msat(7n),
      status: 'offered',
      failReason: undefined,
      paymentHash: `hash ${createdIndex}`,
      receivedAt: unixMs(START + createdIndex),
      resolvedAt: undefined,
    };
    this.#rows.push(row);
    return row;
  }

  /** Ends a forward in flight; answers its event, which has no created index. */
  resolve(createdIndex: number, status: 'settled' | 'failed'): Forward {
    const row = this.#rows[createdIndex - 1];
    if (row?.status !== 'offered') throw new Error(`${createdIndex} is not in flight`);
    this.#updated += 1;
    const resolvedAt = unixMs(row.receivedAt + 500);
    const done: Forward = { ...row, status, updatedIndex: this.#updated, resolvedAt };
    this.#rows[createdIndex - 1] = done;
    return { ...done, createdIndex: undefined };
  }

  /** A forward and its end; answers the second event. */
  settle(amount: number, names: { readonly in?: string; readonly out?: string } = {}): Forward {
    return this.resolve(this.offer(amount, names).createdIndex ?? 0, 'settled');
  }

  /** A forward refused for lack of our liquidity: no event, no updated index, no amount out. */
  refuse(amount: number): void {
    const row = this.offer(amount);
    this.#rows[this.#rows.length - 1] = {
      ...row,
      outMsat: undefined,
      feeMsat: undefined,
      status: 'local_failed',
      failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
    };
  }

  get inFlight(): readonly number[] {
    return this.#rows.flatMap(({ status, createdIndex }) =>
      status === 'offered' && createdIndex !== undefined ? [createdIndex] : [],
    );
  }

  /** What a complete memory holds. */
  get settled(): { readonly forwards: number; readonly out: bigint } {
    const rows = this.#rows.filter(({ status }) => status === 'settled');
    return { forwards: rows.length, out: rows.reduce((sum, r) => sum + (r.outMsat ?? 0n), 0n) };
  }

  /** The table as it was after its first `rows` rows. */
  restore(rows: number): void {
    this.#rows = this.#rows.slice(0, rows);
    this.#updated = Math.max(0, ...this.#rows.map(({ updatedIndex }) => updatedIndex ?? 0));
  }

  async lastForwardIndex(index: ForwardIndex): Promise<number> {
    this.asked.push(`last ${index}`);
    return index === 'created' ? this.#rows.length : this.#updated;
  }

  async forwards(index: ForwardIndex, start: number, limit: number): Promise<readonly Forward[]> {
    this.asked.push(`${index} ${start} ${limit}`);
    const number = (row: Forward): number =>
      (index === 'created' ? row.createdIndex : row.updatedIndex) ?? 0;
    const page = this.#rows
      .filter((row) => number(row) >= start)
      .sort((a, b) => number(a) - number(b))
      .slice(0, limit);
    this.onPage();
    return spoil(page, this.faults.shift());
  }
}

function spoil(page: readonly Forward[], fault: Fault | undefined): readonly Forward[] {
  const [first, ...rest] = page;
  switch (fault) {
    case undefined:
      return page;
    case 'drop':
      throw new RetryLater('the socket was closed');
    case 'no-index':
      return first ? [{ ...first, createdIndex: undefined, updatedIndex: undefined }, ...rest] : [];
    case 'below-start':
      return first ? [{ ...first, createdIndex: 0, updatedIndex: 0 }, ...rest] : [];
    case 'twice':
      return first ? [first, ...page] : [];
    case 'shuffle':
      return [...page].reverse();
  }
}
