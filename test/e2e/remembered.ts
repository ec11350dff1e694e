import { type Life, readDatabase } from './harness.ts';

/** What the plugin's memory adds up for all channels: forwards out, their fees and amounts in msat. */
type Remembered = { readonly forwards: number; readonly fees: number; readonly out: number };

export const remembered = (life: Life): Remembered =>
  readDatabase(life.database, (db) => {
    const row = db
      .prepare(
        'SELECT sum(out_count) AS n, sum(out_fee) AS fees, sum(out_msat) AS out FROM channel_total',
      )
      .get();
    return { forwards: Number(row?.n), fees: Number(row?.fees), out: Number(row?.out) };
  });
