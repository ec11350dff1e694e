/** When blocks were seen (SPEC 6.1): one in every 144, and the newest. Writes are within a transaction. */
import type { BlockTime } from '../core/books/age.ts';
import { type UnixMs, unixMs } from '../core/units.ts';
import { type Database, num, type Row, type Statement } from './database.ts';
import { BLOCKS_A_ROW } from './table-retention.ts';

/** Of the first block of all. */
const GENESIS_MS = 1_231_006_505_000;

export class BlockTimes {
  readonly #below: Statement;
  readonly #above: Statement;
  readonly #tooLate: Statement;
  readonly #add: Statement;
  readonly #thin: Statement;

  constructor(db: Database) {
    this.#below = db.prepare(
      'SELECT * FROM block_time WHERE height <= ? ORDER BY height DESC LIMIT 1',
    );
    this.#above = db.prepare('SELECT * FROM block_time WHERE height >= ? ORDER BY height LIMIT 1');
    this.#tooLate = db.prepare('DELETE FROM block_time WHERE height < ? AND at > ?');
    this.#add = db.prepare(
      'INSERT INTO block_time VALUES (?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)',
    );
    // Of the stretch that begins there the first, and the newest of all.
    this.#thin = db.prepare(
      `DELETE FROM block_time WHERE height BETWEEN ?1 AND ?1 + ${BLOCKS_A_ROW - 1}
       AND height > (SELECT min(height) FROM block_time WHERE height >= ?1)
       AND height < (SELECT max(height) FROM block_time)`,
    );
  }

  /**
   * A block is never seen before it is made, but may be long after: whoever has a later moment than a block above it
   * was seen late, and says nothing.
   */
  add(height: number, at: UnixMs): void {
    if (!Number.isSafeInteger(height) || height <= 0 || at < GENESIS_MS) return;
    const above = this.around(height).above;
    if (above && (above.at < at || (above.height === height && above.at <= at))) return;
    this.#tooLate.run(height, at);
    this.#add.run(height, at);
    const begin = beginOf(height);
    this.#thin.run(begin);
    // What was the newest until now.
    const before = this.around(begin - 1).below;
    if (before) this.#thin.run(beginOf(before.height));
  }

  around(height: number): {
    readonly below: BlockTime | undefined;
    readonly above: BlockTime | undefined;
  } {
    return { below: block(this.#below.get(height)), above: block(this.#above.get(height)) };
  }
}

const beginOf = (height: number): number => height - (height % BLOCKS_A_ROW);
const block = (row: Row | undefined): BlockTime | undefined =>
  row && { height: num(row.height), at: unixMs(num(row.at)) };
