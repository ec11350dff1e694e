/** SPEC 6.3: whatever a year brings, the books agree with the node on every day, and no closed day ever changes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COST_KINDS,
  type CostKind,
  NO_COSTS,
  NO_SUMS,
  netOf,
  type PeriodSums,
  sumOf,
  utcDay,
} from '../../../src/core/books/period.ts';
import { type ChannelId, msat } from '../../../src/core/units.ts';
import { toText } from '../../../src/core/wire-text.ts';
import { revenueReport } from '../../../src/rpc/revenue-report.ts';
import type { BookedLife } from '../../doubles/booked-life.ts';
import { idOf } from '../../doubles/recorded-node.ts';
import { AnyLife, NEW_YEAR, step } from './any-life.ts';

const FIRST = utcDay(NEW_YEAR);
/** On average a day and a half apart: a year. */
const year = fc.array(step, { minLength: 240, maxLength: 240 });

const dayName = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** What the operator is told of days, as text to be kept. */
async function reports(life: BookedLife, from: number, to: number): Promise<readonly string[]> {
  const asked = ['days', 'channels', 'late', 'ledger'].flatMap((report_type) =>
    ['json', 'csv'].map((format) => ({
      report_type,
      from: dayName(from),
      to: dayName(to),
      format,
    })),
  );
  const answers = asked.map((params) => revenueReport.run(params, life.context, { check: false }));
  return (await Promise.all(answers)).map(toText);
}

/** What the node itself would say of the whole year, on-chain fees by kind included. */
function wholeLife({ node }: BookedLife): PeriodSums {
  const chain = node.chain.fees.map(({ kind, fee }) => ({
    ...NO_SUMS,
    costs: { ...NO_COSTS, [kind]: msat(fee) },
  }));
  return sumOf([node.life, ...chain]);
}
function chainCosts({ node }: BookedLife): ReadonlyMap<ChannelId | undefined, bigint> {
  const sums = new Map<ChannelId | undefined, bigint>();
  for (const { number, fee } of node.chain.fees) {
    const id = number === undefined ? undefined : idOf(number);
    if (fee > 0n) sums.set(id, (sums.get(id) ?? 0n) + fee);
  }
  return sums;
}
const hasChainFee = ({ node }: BookedLife, kind: CostKind): boolean =>
  node.chain.fees.some((one) => one.kind === kind && one.fee > 0n);
const onchainOf = ({ costs }: PeriodSums): bigint =>
  costs.open + costs.close + costs.splice + costs.onchain;

function agrees({ store, parts }: BookedLife, until: number): void {
  const { service } = parts.books;
  const told = service.reconciliations(FIRST, until);
  expect(told.length).toBeGreaterThanOrEqual(365);
  expect(told.filter(({ unexplained }) => unexplained !== 0n)).toEqual([]);
  expect(service.lifetime()).toMatchObject({ unexplained: 0n, unreconciledDays: 0 });
  for (const from of [FIRST, FIRST + 57, until - 40]) {
    const node = store.books.node(from, until);
    const channels = [...store.books.channels(from, until).values()];
    expect(sumOf(channels)).toEqual(node);
    const days = store.books.nodeDays(from, until);
    expect(sumOf(days.map(({ sums }) => sums))).toEqual(node);
    const facts = Map.groupBy(store.books.late(from, until), ({ bookedOn }) => bookedOn);
    for (const { day, late } of days)
      expect([day, late]).toEqual([
        day,
        (facts.get(day) ?? []).reduce((sum, fact) => sum + netOf(fact), 0n),
      ]);
  }
}

describe('a year of anything', () => {
  it('agrees with the node to the millisatoshi, and what was said of closed days stays said', async () => {
    const seen = { late: 0, kinds: new Set<CostKind>() };
    await fc.assert(
      fc.asyncProperty(year, async (steps) => {
        const any = new AnyLife();
        const { life } = any;
        const kept: { readonly to: number; readonly texts: readonly string[] }[] = [];
        for (const [index, one] of steps.entries()) {
          await any.take(one);
          const closed = life.store.books.closed();
          if (index % 60 === 59 && closed)
            kept.push({ to: closed.last, texts: await reports(life, FIRST, closed.last) });
        }
        await any.settle();
        const until = utcDay(any.now) - 1;
        expect(life.store.books.closed()?.last).toBe(until);
        agrees(life, until);
        seen.late += life.store.books.late(FIRST, until).length;
        for (const kind of COST_KINDS)
          if (life.node.life.costs[kind] > 0n || hasChainFee(life, kind)) seen.kinds.add(kind);
        expect(life.parts.books.service.lifetime().sums).toEqual(wholeLife(life));
        const booked = [...life.store.books.channelLives()].map(
          ([id, sums]) => [id, onchainOf(sums)] as const,
        );
        expect(new Map(booked.filter(([, cost]) => cost > 0n))).toEqual(chainCosts(life));
        kept.push({ to: until, texts: await reports(life, FIRST, until) });
        await any.yearLater();
        for (const { to, texts } of kept) expect(await reports(life, FIRST, to)).toEqual(texts);
        life.store.close();
      }),
      // A smaller year would take minutes to find.
      { numRuns: 5, endOnFailure: true },
    );
    expect(seen.late).toBeGreaterThan(0);
    expect(seen.kinds.size).toBe(COST_KINDS.length);
  }, 60_000);
});
