import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BooksDouble, sumsOf } from '../../test/doubles/books-double.ts';
import { ALICE, BOB, BOBS, FIRST, NOW, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { movingCost, netOf, type PeriodSums, totalCost } from '../core/books/period.ts';
import { DAY_MS, fromSat, laterBy, msat, parseScid } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { RpcContext } from './context.ts';
import { channelMoneyOf, satsOurs, satsPaid } from './period-money.ts';
import { dayName } from './report-period.ts';
import { revenueReport } from './revenue-report.ts';

const OF_DAYS = ['summary', 'peer', 'costs', 'days', 'channels', 'late', 'ledger'] as const;
const TYPES = [...OF_DAYS, 'hive', 'policies'] as const;
const FORMATS = ['json', 'csv', 'table'] as const;

const ask = (params: unknown, context: RpcContext = rpcWorld().context): Promise<unknown> =>
  revenueReport.run(params, context, { check: false });
const peerOf = (type: string) => (type === 'peer' ? { peer_id: ALICE } : {});

const money = z.looseObject({ net_msat: z.bigint(), revenue_msat: z.bigint(), forwards: z.int() });
const rowsOf = async (
  report_type: 'days' | 'channels' | 'ledger',
  context: RpcContext,
  days = 30,
) =>
  z
    .looseObject({
      days: z.array(money).optional(),
      channels: z.array(money).optional(),
      ledger: z.array(money).optional(),
    })
    .parse(await ask({ report_type, days }, context))[report_type] ?? [];
const total = (rows: readonly z.infer<typeof money>[]) => ({
  net: rows.reduce((sum, { net_msat }) => sum + net_msat, 0n),
  revenue: rows.reduce((sum, { revenue_msat }) => sum + revenue_msat, 0n),
  forwards: rows.reduce((sum, { forwards }) => sum + forwards, 0),
});

const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(msat);
const costs = fc.record({
  open: amount,
  close: amount,
  splice: amount,
  rebalance: amount,
  diagnostic: amount,
  hive: amount,
  onchain: amount,
});
const sums: fc.Arbitrary<PeriodSums> = fc.record({
  inCount: fc.nat(),
  in: amount,
  assisted: amount,
  outCount: fc.nat(),
  out: amount,
  revenue: amount,
  costs,
});
const bookRow = fc.record({
  age: fc.integer({ min: 0, max: 70 }),
  channelId: fc.constantFrom(FIRST.id, SECOND.id, BOBS.id, undefined),
  sums,
});

describe('revenue-report', () => {
  test('as the Python plugin answered where nothing is set, and the money it left out', async () => {
    const { context } = rpcWorld();
    expect(await ask([], context)).toMatchObject({
      type: 'summary',
      policies: { total: 0, by_strategy: {}, by_rebalance_mode: {} },
      generated_at: NOW / 1000,
      net_worth: { tlv_sats: 1_475_500 },
      margin_pct: 95.39,
      active_channels: 3,
    });
    expect(await ask(['hive'], context)).toMatchObject({ type: 'hive', peers: [], count: 0 });
    expect(await ask(['policies'], context)).toEqual({
      type: 'policies',
      total: 0,
      by_strategy: {},
      by_rebalance_mode: {},
      by_tag: {},
    });
    await expect(ask(['bogus'], context)).rejects.toMatchObject({ field: 'report_type' });
  });

  test('the table operators open first: 1, 7, 30, 90, 365 days and lifetime', async () => {
    const { periods } = z
      .looseObject({ periods: z.array(z.looseObject({ window: z.string() })) })
      .parse(await ask([]));
    expect(periods.map(({ window }) => window)).toEqual([
      ...['1d', '7d', '30d', '90d', '365d', 'lifetime'],
    ]);
    expect(periods[2]).toMatchObject({
      forwards: 61,
      revenue_msat: 45_000_594n,
      rebalance_cost_sats: 2_072,
      onchain_cost_sats: 551,
      total_cost_msat: 2_622_006n,
      net_sats: 42_378,
      unexplained_msat: -7n,
      unreconciled_days: 1,
    });
  });

  test('days, channels and ledger add up to the node, whatever happened and however it is cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(bookRow, { maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (rows, days) => {
          const { context, books } = rpcWorld();
          books.rows = rows.map(({ age, ...row }) => ({ ...row, day: books.today() - age }));
          const { sums, net } = books.window(days);
          const node = { net, revenue: sums.revenue, forwards: sums.outCount };
          expect(total(await rowsOf('days', context, days))).toEqual(node);
          expect(total(await rowsOf('channels', context, days))).toEqual(node);
          expect(total(await rowsOf('ledger', context, days))).toEqual(node);
        },
      ),
      { numRuns: 50 },
    ));

  test('what nobody knows is left out, never 0', async () => {
    const { context, books } = rpcWorld();
    books.rows = [];
    books.worth = { ...books.worth, total: undefined, onchain: undefined };
    const answer = await ask([], context);
    expect(answer).toMatchObject({ net_worth: { tlv_sats: null }, margin_pct: null });
    expect(answer).not.toHaveProperty('periods.0.revenue_ppm', expect.anything());
    expect(answer).not.toHaveProperty('periods.0.margin_pct', expect.anything());
  });

  test('a peer: policy, flow, and the profit of all its channels, closed ones included', async () => {
    const { context } = rpcWorld();
    expect(await ask(['peer', ALICE], context)).toMatchObject({
      peer_id: ALICE,
      policy: { strategy: 'dynamic', rebalance_mode: 'enabled' },
      uptime: 1,
      flow_state: [{ channel_id: FIRST.scid }, { channel_id: SECOND.scid }],
      profitability: { lifetime: { net_msat: 57_228_752n } },
      channels: [
        { channel_id: SECOND.scid, class: 'profitable', bleeder: false },
        { channel_id: FIRST.scid, class: 'underwater', bleeder: true },
      ],
    });
    const bob = await ask(['peer', BOBS.scid], context);
    expect(bob).toMatchObject({
      peer_id: BOB,
      channels: [{ closed: false }, { closed: true }],
      profitability: { lifetime: { revenue_msat: 9_000_000n }, last_30d: { revenue_msat: 0n } },
    });
  });

  test('costs by kind and window, estimates and odd transactions beside them', async () => {
    expect(await ask(['costs'])).toMatchObject({
      closure_costs: { last_24h_sats: 0, last_7d_sats: 0, last_30d_sats: 0, total_sats: 450 },
      splice_costs: { total_sats: 100 },
      hive_costs: { last_7d_sats: 2, last_7d_msat: 1_500n },
      all_costs: { total_msat: 3_772_007n },
      estimated_defaults: { channels: 1, open_cost_sats: 700 },
      odd_transactions: [{ residual_msat: -5_000n }],
    });
  });

  test('each day says whether it is closed, what was late, and who compared it', async () => {
    const { days } = z
      .looseObject({ days: z.array(z.looseObject({})) })
      .parse(await ask(['days', '2026-01-03', '2026-01-06']));
    expect(days).toMatchObject([
      { day: '2026-01-03', closed: true, late_msat: -300_000n },
      { day: '2026-01-04', closed: true, because: 'its moves do not reach back' },
      {
        day: '2026-01-05',
        closed: true,
        reconciled_by: 'moves',
        unexplained_msat: -7n,
        // Confirmed on-chain and ours in channels, less what is held.
        snapshot: { tlv_msat: 1_399_965_500n, channels: 3 },
      },
      { day: '2026-01-06', closed: false },
    ]);
    expect(days[0]).not.toHaveProperty('snapshot', expect.anything());
    expect(await ask(['late'])).toMatchObject({
      final: false,
      late: [{ booked_on: '2026-01-03', belongs_to: '2025-12-28', net_msat: -300_000n }],
    });
  });

  test('peers under hive policy, and what the fleet cost as a line of its own', async () => {
    const { context, policies } = rpcWorld();
    policies.apply(
      [{ action: 'set', subject: { peerId: BOB }, peerId: BOB, patch: { strategy: 'hive' } }],
      'operator',
      false,
    );
    expect(await ask(['hive'], context)).toMatchObject({
      count: 1,
      peers: [{ peer_id: BOB, channels: 1 }],
      strategic_losses: { last_7d: { sats: 2, msat: 1_500n }, total: { msat: 1_500n } },
    });
    expect(await ask(['policies'], context)).toMatchObject({ total: 1, by_strategy: { hive: 1 } });
  });

  test('every type in every format, text as lightning-cli prints it', async () => {
    for (const report_type of TYPES)
      for (const format of FORMATS) {
        const answer = await ask({ report_type, format, ...peerOf(report_type) });
        expect(revenueReport.answer.safeParse(answer).error).toBeUndefined();
        if (format === 'json') expect(answer).toMatchObject({ type: report_type });
        else expect(Object.keys(Object(answer))).toEqual(['format-hint', 'result']);
      }
  });

  test('CSV is exact: its column of nets adds up to the books', async () => {
    const { context, books } = rpcWorld();
    const answer = await ask({ report_type: 'days', days: 30, format: 'csv' }, context);
    const [titles = [], ...rows] = String(Object(answer).result)
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const at = titles.indexOf('net_msat');
    expect(rows).toHaveLength(30);
    expect(rows.reduce((sum, row) => sum + BigInt(row[at] ?? ''), 0n)).toBe(books.window(30).net);
  });

  test.each([
    ['a peer where none is asked for', { report_type: 'summary', peer_id: ALICE }, 'peer_id'],
    ['a period of policies', { report_type: 'policies', days: 3 }, 'days'],
    ['a period of the hive', { report_type: 'hive', month: '2025-12' }, 'month'],
    ['peer without one', { report_type: 'peer' }, 'peer_id'],
    ['a stranger', { report_type: 'peer', peer_id: `02${'c'.repeat(64)}` }, 'peer_id'],
    ['another format', { format: 'xml' }, 'format'],
    ['tomorrow', { report_type: 'days', from: '2026-01-07' }, 'from'],
  ])('%s is refused and the field is named', async (_, params, field) => {
    await expect(ask(params)).rejects.toMatchObject({ field });
  });
});

/** The same node a year on: renamed by a splice, other fees, more earned, and something about an old day came late. */
function aYearLater() {
  const { books } = rpcWorld();
  const now = laterBy(NOW, 365 * DAY_MS);
  const later = new BooksDouble(() => now);
  const today = later.today();
  Object.assign(later, {
    odd: [],
    compared: books.compared,
    taken: books.taken,
    closed: today - 1,
  });
  const fact = { channelId: FIRST.id, sums: sumsOf({ costs: { close: fromSat(500) } }) };
  later.rows = [
    ...books.rows.filter(({ day }) => day < books.today()),
    { day: today - 2, ...fact },
    { day: today - 3, channelId: SECOND.id, sums: sumsOf({ outCount: 5, revenue: fromSat(9) }) },
  ];
  later.facts = [
    ...books.facts,
    {
      bookedOn: today - 2,
      belongsTo: books.today() - 9,
      channelId: FIRST.id,
      revenue: msat(0n),
      assisted: msat(0n),
      costs: fact.sums.costs,
    },
  ];
  later.kept = books.kept.map((one) => ({ ...one, name: '999x9x9', closed: true, ageDays: 765 }));
  const world = rpcWorld();
  const scid = parseScid('999x9x9');
  const channels = world.context.board.channels().map((channel) => ({ ...channel, scid }));
  const board = { ...world.context.board, channels: () => channels };
  return rpcWorld({ books: later, clock: { now: () => now }, board }).context;
}

describe('days that are over', () => {
  test.each(OF_DAYS)(
    '%s of closed days is byte-equal a year later, whatever was renamed, earned or found out since',
    async (report_type) => {
      const [before, after] = [rpcWorld().context, aYearLater()];
      const spans = [
        { month: '2025-12' },
        { from: '2025-12-20', to: '2026-01-05' },
        { from: '2026-01-03', to: '2026-01-03' },
      ];
      for (const span of spans)
        for (const format of FORMATS) {
          const params = { report_type, ...span, ...peerOf(report_type), format };
          const answer = await ask(params, before);
          expect(toText(await ask(params, after))).toBe(toText(answer));
          if (format === 'json') expect(answer).toMatchObject({ final: true });
        }
    },
  );

  test.each(OF_DAYS)('%s with a day that is still open says so', async (report_type) => {
    const params = { report_type, days: 3, ...peerOf(report_type) };
    expect(await ask(params)).toMatchObject({ final: false });
  });
});

describe('money at the edge', () => {
  test('sats never flatter: ours at most what it is, costs at least, and within a sat', () =>
    fc.assert(
      fc.property(amount, (exact) => {
        const [ours, paid] = [BigInt(satsOurs(exact)) * 1000n, BigInt(satsPaid(exact)) * 1000n];
        expect(ours <= exact && exact - ours < 1000n).toBe(true);
        expect(paid >= exact && paid - exact < 1000n).toBe(true);
      }),
    ));

  test('no rate flatters, not by its last digit: earned at most what it is, paid at least', () =>
    fc.assert(
      fc.property(sums, (one) => {
        const { out, revenue, costs } = one;
        const shown = channelMoneyOf(one);
        /** The rate as a whole number of its last digits, against the exact fraction. */
        const least = (rate: number | undefined, digits: number, part: bigint, of: bigint) => {
          if (rate === undefined) return expect(of <= 0n).toBe(true);
          if (Math.abs(rate * digits) > Number.MAX_SAFE_INTEGER) return undefined;
          const [told, exact] = [BigInt(Math.round(rate * digits)) * of, part];
          return expect(told <= exact && exact - told < of).toBe(true);
        };
        const most = (rate: number | undefined, digits: number, part: bigint, of: bigint) =>
          least(rate === undefined ? undefined : -rate, digits, -part, of);
        least(shown.revenue_ppm, 10, revenue * 10_000_000n, out);
        least(shown.net_ppm, 10, netOf(one) * 10_000_000n, out);
        most(shown.rebalance_cost_ppm, 10, movingCost(costs) * 10_000_000n, out);
        most(shown.cost_pct, 100, totalCost(costs) * 10_000n, revenue);
      }),
    ));

  test('for people as well: a cost of 0.4 % is not 0, and 37.9 ppm earned are not 38', async () => {
    const { context, books } = rpcWorld();
    const little = sumsOf({
      outCount: 1,
      out: fromSat(1_000_000),
      revenue: msat(37_900n),
      costs: { rebalance: msat(150n) },
    });
    books.rows = [{ day: books.today(), channelId: FIRST.id, sums: little }];
    const { result } = Object(await ask({ days: 1, format: 'table' }, context));
    const cells = String(result)
      .split('\n')
      .at(-1)
      ?.trim()
      .split(/\s{2,}/);
    expect(cells?.slice(0, 10)).toEqual([
      ...['1', '1 000 000', '37', '37', '1', '1', '0', '1', '37', '37'],
    ]);
  });

  test('where no day was compared with the node, what is unexplained is not known, never 0', async () => {
    const { context, books } = rpcWorld();
    books.compared = [];
    const today = { report_type: 'summary', days: 1 };
    expect(await ask(today, context)).toMatchObject({ reconciled_days: 0 });
    expect(await ask(today, context)).not.toHaveProperty('unexplained_msat', expect.anything());
    expect(Object(await ask({ ...today, format: 'csv' }, context)).result).toMatch(
      /unexplained_msat,reconciled_days,unreconciled_days\r\n.*,,0,0\r\n$/,
    );
  });

  test('the exact fields of any sums add up', () =>
    fc.assert(
      fc.property(sums, (one) => {
        const shown = channelMoneyOf(one);
        expect(shown.net_msat).toBe(shown.revenue_msat - shown.total_cost_msat);
        expect(shown.total_cost_msat).toBe(
          BigInt(shown.rebalance_cost_msat) + BigInt(shown.onchain_cost_msat),
        );
      }),
    ));

  test('a rate is shown only where there is something to compare with', () => {
    const quiet = channelMoneyOf(sumsOf({ costs: { rebalance: fromSat(5) } }));
    expect([quiet.revenue_ppm, quiet.cost_pct, quiet.net_ppm]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const busy = channelMoneyOf(sumsOf({ out: fromSat(1_000_000), revenue: fromSat(250) }));
    expect([busy.revenue_ppm, busy.cost_pct, busy.net_ppm]).toEqual([250, 0, 250]);
    expect(dayName(0)).toBe('1970-01-01');
  });
});
