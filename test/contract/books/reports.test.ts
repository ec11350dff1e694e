/** SPEC 6.3, 7.3: what the operator was told of days that are over is what the operator is told, whatever came since. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DAY_MS, fromSat, HOUR_MS, laterBy, type UnixMs, unixMs } from '../../../src/core/units.ts';
import { toText } from '../../../src/core/wire-text.ts';
import { revenueReport } from '../../../src/rpc/revenue-report.ts';
import { BookedLife } from '../../doubles/booked-life.ts';
import { nodeId } from '../../doubles/peer-channel.ts';

const START = unixMs(Date.UTC(2026, 0, 1, 7));
const PERIOD = { from: '2026-01-01', to: '2026-01-03' };
const CAPACITY = fromSat(5_000_000);

const ask = (life: BookedLife, params: object): Promise<unknown> =>
  revenueReport.run(params, life.context, { check: false });

/** Three channels, three days of forwards and a refill, all closed; one HTLC of the second day still hangs. */
async function threeDays() {
  const life = new BookedLife(START);
  const { node, clock } = life;
  for (const number of [1, 2, 3]) node.opened(number, CAPACITY, 'remote', START);
  await life.turn();
  const passes = (at: UnixMs, fee: bigint) =>
    node.passed({ in: 1, out: 2, amount: 50_000_000n, fee, at });
  passes(laterBy(START, HOUR_MS), 20_001n);
  node.circled({ out: 2, in: 3, amount: 90_000_000n, fee: 7_003n, at: START }, 'rebalance');
  const hanging = { in: 3, out: 1, amount: 1_000_000n, fee: 999n, at: laterBy(START, DAY_MS) };
  const offered = node.offer({ ...hanging, heldMs: HOUR_MS });
  for (let day = 0; day < 3; day += 1) {
    clock.move(DAY_MS);
    passes(laterBy(clock.now(), -HOUR_MS), 500n);
    await life.turn();
  }
  return { life, settles: () => node.settle(offered, hanging) };
}

/** A month in which a channel is spliced, another one closes, and the HTLC turns out to have settled long ago. */
async function aMonth({ life, settles }: Awaited<ReturnType<typeof threeDays>>): Promise<void> {
  settles();
  life.node.spliced(2, fromSat(6_000_000), 1);
  life.node.gone(3);
  for (let week = 0; week < 4; week += 1) {
    life.clock.move(7 * DAY_MS);
    await life.turn();
  }
}

/** The exact columns that the ledger shares with other reports. */
const exact = z.object({
  forwards: z.int(),
  routed_msat: z.bigint(),
  revenue_msat: z.bigint(),
  open_msat: z.bigint(),
  close_msat: z.bigint(),
  splice_msat: z.bigint(),
  onchain_msat: z.bigint(),
  rebalance_msat: z.bigint(),
  diagnostic_msat: z.bigint(),
  hive_msat: z.bigint(),
  total_cost_msat: z.bigint(),
  net_msat: z.bigint(),
});
const ofChannel = z.object({
  ...exact.shape,
  forwards_in: z.int(),
  in_msat: z.bigint(),
  assisted_msat: z.bigint(),
});
type Amounts = Readonly<Record<string, number | bigint>>;

/** Column by column, by what `name` says of a row; what adds up to nothing is left out. */
function added<Row>(
  rows: readonly Row[],
  name: (row: Row) => string,
  shape: { readonly parse: (row: unknown) => Amounts },
): ReadonlyMap<string, Amounts> {
  const sums = new Map<string, Amounts>();
  for (const row of rows) {
    const before = sums.get(name(row));
    const after = Object.entries(shape.parse(row)).map(([column, amount]) => [
      column,
      BigInt(before?.[column] ?? 0) + BigInt(amount),
    ]);
    sums.set(name(row), Object.fromEntries(after));
  }
  const something = (amounts: Amounts) => Object.values(amounts).some((amount) => amount !== 0n);
  return new Map(
    [...sums].filter(([, amounts]) => something(amounts)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe('reports over the real memory', () => {
  test('of three closed days, every kind and format is the same text a month later', async () => {
    const lived = await threeDays();
    const { life } = lived;
    const calls = ['summary', 'costs', 'peer', 'days', 'channels', 'late', 'ledger'].flatMap(
      (report_type) =>
        ['json', 'csv', 'table'].map((format) => ({
          report_type,
          format,
          ...PERIOD,
          ...(report_type === 'peer' ? { peer_id: nodeId(2) } : {}),
        })),
    );
    const tell = () => Promise.all(calls.map(async (params) => toText(await ask(life, params))));
    const before = await tell();
    expect(await ask(life, { report_type: 'summary', ...PERIOD })).toMatchObject({
      final: true,
      forwards: 3,
      revenue_msat: 21_001n,
      rebalance_cost_msat: 7_003n,
      net_msat: 13_998n,
      unexplained_msat: 0n,
    });
    await aMonth(lived);
    expect(await tell()).toEqual(before);
    life.store.close();
  });

  test('what settled on a closed day and became known later is told on the first day that was open', async () => {
    const lived = await threeDays();
    const { life } = lived;
    await aMonth(lived);
    // The first day that was still open then.
    const known = '2026-01-04';
    expect(await ask(life, { report_type: 'late', days: 60 })).toMatchObject({
      late: [
        { booked_on: known, belongs_to: '2026-01-02', revenue_msat: 999n, assisted_msat: 0n },
        { booked_on: known, belongs_to: '2026-01-02', revenue_msat: 0n, assisted_msat: 999n },
      ],
    });
    expect(await ask(life, { report_type: 'days', from: known, to: known })).toMatchObject({
      final: true,
      days: [{ revenue_msat: 1_499n, late_msat: 999n }],
    });
    const { service } = life.parts.books;
    expect(service.lifetime().sums.revenue).toBe(life.node.life.revenue);
    life.store.close();
  });

  test('the ledger added up by day is the days, by channel the channels, to the msat', async () => {
    const lived = await threeDays();
    const { life } = lived;
    const { chain } = life.node;
    const now = life.clock.now();
    chain.openedByPeer(2, CAPACITY, now);
    chain.splice(2, fromSat(1_000_000), CAPACITY, 0n, 450_000n, now);
    chain.consolidate(212_001n, now);
    await aMonth(lived);
    const row = z.looseObject({ channel_id: z.string().optional(), day: z.string().optional() });
    const rows = async (report_type: 'ledger' | 'days' | 'channels') =>
      z
        .looseObject({ [report_type]: z.array(row) })
        .transform((answer) => z.array(row).parse(answer[report_type]))
        .parse(await ask(life, { report_type, days: 60 }));
    const [ledger, days, channels] = [
      await rows('ledger'),
      await rows('days'),
      await rows('channels'),
    ];
    const day = (one: z.output<typeof row>) => String(one.day);
    const channel = (one: z.output<typeof row>) => one.channel_id ?? 'wallet';
    expect(added(ledger, day, exact)).toEqual(added(days, day, exact));
    expect(added(ledger, channel, ofChannel)).toEqual(added(channels, channel, ofChannel));
    // Something of everything is in it, or the sums would say little.
    expect([...added(ledger, () => 'all', exact).values()]).toMatchObject([
      { revenue_msat: life.node.life.revenue, rebalance_msat: 7_003n },
    ]);
    expect(added(ledger, channel, exact).get('wallet')).toMatchObject({ onchain_msat: 212_001n });
    expect(added(ledger, () => 'all', exact).get('all')).toMatchObject({ splice_msat: 450_000n });
    life.store.close();
  });
});
