import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sumsOf } from '../../test/doubles/books-double.ts';
import { BOBS, FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { fromSat, msat, parseChannelId } from '../core/units.ts';
import type { ChannelDay } from '../ports/books.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { dayName } from './report-period.ts';
import { revenueReport } from './revenue-report.ts';

const MOST = 10_000;

const ask = (params: object, context: RpcContext): Promise<unknown> =>
  revenueReport.run({ report_type: 'ledger', ...params }, context, { check: false });
const rowsOf = async (params: object, context: RpcContext) =>
  z
    .looseObject({ ledger: z.array(z.looseObject({ day: z.string(), channel_id: z.string() })) })
    .parse(await ask(params, context)).ledger;

const some = sumsOf({ outCount: 1, out: fromSat(10), revenue: msat(7n) });

/** So many channels with something on each of so many days, the last of them today. */
function busy(channels: number, days: number) {
  const world = rpcWorld();
  const today = world.books.today();
  world.books.rows = Array.from(
    { length: channels * days },
    (_, n): ChannelDay => ({
      day: today - (n % days),
      channelId: parseChannelId(
        Math.floor(n / days)
          .toString(16)
          .padStart(64, '0'),
      ),
      sums: some,
    }),
  );
  return world;
}

describe('the day book', () => {
  test('one row a channel and day, oldest first, each kind of cost apart, the wallet by its name', async () => {
    const { context, books } = rpcWorld();
    const today = books.today();
    const costs = {
      open: msat(1n),
      close: msat(2n),
      splice: msat(3n),
      onchain: msat(4n),
      rebalance: msat(5n),
      diagnostic: msat(6n),
      hive: msat(7n),
    };
    const flow = { inCount: 2, in: msat(30n), assisted: msat(9n), outCount: 3, out: msat(40n) };
    books.rows = [
      { day: today, channelId: FIRST.id, sums: sumsOf({ ...flow, revenue: msat(50n), costs }) },
      { day: today - 1, channelId: undefined, sums: sumsOf({ costs: { onchain: msat(11n) } }) },
      { day: today - 1, channelId: SECOND.id, sums: some },
      // Nothing in all: there is no row of it.
      { day: today - 1, channelId: BOBS.id, sums: some },
      {
        day: today - 1,
        channelId: BOBS.id,
        sums: sumsOf({ outCount: -1, out: fromSat(-10), revenue: msat(-7n) }),
      },
      { day: today - 1, channelId: FIRST.id, sums: some },
    ];
    books.closed = today - 1;
    const rows = await rowsOf({ days: 2 }, context);
    expect(rows.map(({ day, closed, channel_id }) => [day, closed, channel_id])).toEqual([
      [dayName(today - 1), true, FIRST.id],
      [dayName(today - 1), true, SECOND.id],
      [dayName(today - 1), true, 'wallet'],
      [dayName(today), false, FIRST.id],
    ]);
    expect(rows[3]).toEqual({
      day: dayName(today),
      closed: false,
      channel_id: FIRST.id,
      forwards: 3,
      routed_msat: 40n,
      revenue_msat: 50n,
      open_msat: 1n,
      close_msat: 2n,
      splice_msat: 3n,
      onchain_msat: 4n,
      rebalance_msat: 5n,
      diagnostic_msat: 6n,
      hive_msat: 7n,
      total_cost_msat: 28n,
      net_msat: 22n,
      forwards_in: 2,
      in_msat: 30n,
      assisted_msat: 9n,
    });
    const { result } = Object(await ask({ days: 2, format: 'csv' }, context));
    expect(String(result).trimEnd().split('\r\n')).toEqual([
      'day,closed,channel_id,forwards,routed_msat,revenue_msat,open_msat,close_msat,splice_msat,onchain_msat,rebalance_msat,diagnostic_msat,hive_msat,total_cost_msat,net_msat,forwards_in,in_msat,assisted_msat',
      `${dayName(today - 1)},true,${FIRST.id},1,10000,7,0,0,0,0,0,0,0,0,7,0,0,0`,
      `${dayName(today - 1)},true,${SECOND.id},1,10000,7,0,0,0,0,0,0,0,0,7,0,0,0`,
      `${dayName(today - 1)},true,wallet,0,0,0,0,0,0,11,0,0,0,11,-11,0,0,0`,
      `${dayName(today)},false,${FIRST.id},3,40,50,1,2,3,4,5,6,7,28,22,2,30,9`,
    ]);
  });

  test('for people: sats, rounded against ourselves', async () => {
    const { context, books } = rpcWorld();
    const sums = sumsOf({ outCount: 1, revenue: msat(1_999n), costs: { rebalance: msat(1n) } });
    books.rows = [{ day: books.today(), channelId: undefined, sums }];
    const { result } = Object(await ask({ days: 1, format: 'table' }, context));
    const cells = String(result)
      .split('\n')
      .at(-1)
      ?.trim()
      .split(/\s{2,}/);
    expect(cells?.slice(1)).toEqual(['no', 'wallet', '1', '0', '1', '1', '1', '0', '0']);
  });

  test('as many rows as one answer may have are given', async () => {
    const { context } = busy(MOST / 5, 5);
    expect(await rowsOf({ days: 5 }, context)).toHaveLength(MOST);
  });

  test('more are refused, and whoever asks as the error says gets every row once', async () => {
    const { context, books } = busy(MOST / 5 + 1, 11);
    const said = /from=(\S+) to=(\S+), then from=(\S+)$/;
    const found: string[] = [];
    const days: (readonly string[])[] = [];
    const [first, last] = [dayName(books.today() - 10), dayName(books.today())];
    let next: { from: string; to: string } | undefined = { from: first, to: last };
    while (next !== undefined) {
      const wanted: { from: string; to: string } = next;
      const refused = await ask(wanted, context).catch((error: unknown) => error);
      if (refused instanceof BadRequest) expect(refused.field).toBe('to');
      const [, from, to, then] =
        said.exec(refused instanceof BadRequest ? refused.message : '') ?? [];
      const span = { from: from ?? wanted.from, to: to ?? wanted.to };
      days.push([span.from, span.to]);
      const rows = await rowsOf(span, context);
      found.push(...rows.map(({ day, channel_id }) => `${day} ${channel_id}`));
      next = then === undefined ? undefined : { from: then, to: last };
    }
    expect(days).toEqual([
      [first, dayName(books.today() - 7)],
      [dayName(books.today() - 6), dayName(books.today() - 3)],
      [dayName(books.today() - 2), last],
    ]);
    expect(new Set(found).size).toBe(books.rows.length);
    expect(found).toHaveLength(books.rows.length);
  });

  test('a single day with more of them is refused as well, and says what else there is', async () => {
    const { context, books } = busy(MOST + 1, 1);
    const today = dayName(books.today());
    await expect(ask({ from: today }, context)).rejects.toMatchObject({
      field: 'from',
      message: expect.stringContaining('channels'),
    });
  });
});
