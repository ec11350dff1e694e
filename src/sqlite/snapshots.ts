/** What the node was worth, once a day (SPEC 6.4). */
import type { UtcDay } from '../core/books/period.ts';
import { msat, unixMs } from '../core/units.ts';
import type { Snapshot } from '../ports/books.ts';
import { big, type Database, num, type Statement } from './database.ts';

export class Snapshots {
  readonly #add: Statement;
  readonly #between: Statement;

  constructor(db: Database) {
    this.#add = db.prepare(
      'INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#between = db.prepare(
      'SELECT * FROM snapshot WHERE day BETWEEN ? AND ? ORDER BY day',
      'money',
    );
  }

  /** Within a transaction. The first of a day stays. */
  add(one: Snapshot): void {
    this.#add.run(
      ...([one.day, one.at, one.local, one.remote, one.onchain, one.capacity] as const),
      ...([one.pendingCosts, one.lifetimeRevenue, one.lifetimeCost, one.channels] as const),
    );
  }
  between(from: UtcDay, to: UtcDay): readonly Snapshot[] {
    return this.#between.all(from, to).map((row) => ({
      day: num(row.day),
      at: unixMs(num(row.at)),
      local: msat(big(row.local_msat)),
      remote: msat(big(row.remote_msat)),
      onchain: msat(big(row.onchain_msat)),
      capacity: msat(big(row.capacity_msat)),
      pendingCosts: msat(big(row.pending_msat)),
      lifetimeRevenue: msat(big(row.revenue_msat)),
      lifetimeCost: msat(big(row.cost_msat)),
      channels: num(row.channels),
    }));
  }
}
