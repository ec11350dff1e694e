/** The books behind the methods: rows of channel and day, and everything else added up from them, as SPEC 6 says. */
import {
  NO_COSTS,
  NO_SUMS,
  netOf,
  type PeriodSums,
  sumOf,
  type UtcDay,
} from '../../src/core/books/period.ts';
import type { Reconciliation } from '../../src/core/books/reconciliation.ts';
import {
  isBleeder,
  MONTH_DAYS,
  returnOnCapital,
  statementOf,
} from '../../src/core/books/statement.ts';
import { type ChannelId, DAY_MS, fromSat, msat, type UnixMs } from '../../src/core/units.ts';
import type {
  BooksService,
  ChannelStatement,
  NetWorth,
  PeriodStatement,
} from '../../src/cycles/books-services.ts';
import type {
  BookDay,
  ChannelDay,
  LateFact,
  OddTransaction,
  Snapshot,
} from '../../src/ports/books.ts';

/** What a test is about; the rest is nothing. */
export const sumsOf = (
  change: Partial<Omit<PeriodSums, 'costs'>> & { readonly costs?: Partial<PeriodSums['costs']> },
): PeriodSums => ({ ...NO_SUMS, ...change, costs: { ...NO_COSTS, ...change.costs } });

type Kept = Omit<ChannelStatement, 'life' | 'month' | 'net' | 'net30d' | 'bleeder'>;

export class BooksDouble implements BooksService {
  rows: readonly ChannelDay[] = [];
  kept: readonly Kept[] = [];
  facts: readonly LateFact[] = [];
  compared: readonly Reconciliation[] = [];
  taken: readonly Snapshot[] = [];
  odd: readonly OddTransaction[] = [];
  /** The last closed day; undefined: none. */
  closed: UtcDay | undefined;
  lagging: string | undefined;
  worth: NetWorth = {
    total: fromSat(1_475_500),
    onchain: fromSat(1_000_000),
    local: fromSat(475_500),
    remote: fromSat(2_524_500),
    capacity: fromSat(3_000_000),
    pendingCosts: msat(35_000n),
    activeChannels: 3,
  };
  readonly #now: () => UnixMs;

  constructor(now: () => UnixMs) {
    this.#now = now;
  }

  today(): UtcDay {
    return Math.floor(this.#now() / DAY_MS);
  }
  period(from: UtcDay, to: UtcDay): PeriodStatement {
    const sums = sumOf(this.#within(from, to).map((row) => row.sums));
    const compared = this.reconciliations(from, to);
    return {
      from,
      to,
      final: this.closed !== undefined && to <= this.closed,
      ...statementOf(sums, compared),
    };
  }
  window(days: number): PeriodStatement {
    return this.period(this.today() - days + 1, this.today());
  }
  lifetime(): PeriodStatement {
    return this.period(Math.min(this.today(), ...this.rows.map(({ day }) => day)), this.today());
  }
  channels(): readonly ChannelStatement[] {
    const month = this.channelsOver(this.today() - MONTH_DAYS + 1, this.today());
    const lives = this.channelsOver(0, this.today());
    return this.kept.map((one) => {
      const [life, last] = [lives, month].map((of) => of.get(one.channelId) ?? NO_SUMS);
      const both = { life: life ?? NO_SUMS, month: last ?? NO_SUMS };
      const net30d = netOf(both.month);
      return { ...one, ...both, net: netOf(both.life), net30d, bleeder: isBleeder(both.month) };
    });
  }
  channelsOver(from: UtcDay, to: UtcDay): ReadonlyMap<ChannelId | undefined, PeriodSums> {
    const found = Map.groupBy(this.#within(from, to), ({ channelId }) => channelId);
    return new Map([...found].map(([id, rows]) => [id, sumOf(rows.map(({ sums }) => sums))]));
  }
  days(from: UtcDay, to: UtcDay): readonly BookDay[] {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => {
      const day = from + i;
      const late = this.late(day, day).map(netOf);
      return {
        day,
        closed: this.closed !== undefined && day <= this.closed,
        sums: sumOf(this.#within(day, day).map(({ sums }) => sums)),
        late: msat(late.reduce((sum, one) => sum + one, 0n)),
      };
    });
  }
  channelDays(from: UtcDay, to: UtcDay, limit: number): readonly ChannelDay[] {
    const days = new Set(this.#within(from, to).map(({ day }) => day));
    return [...days]
      .sort((one, other) => one - other)
      .flatMap((day) =>
        [...this.channelsOver(day, day)].map(([channelId, sums]) => ({ day, channelId, sums })),
      )
      .slice(0, limit);
  }
  late(from: UtcDay, to: UtcDay): readonly LateFact[] {
    return this.facts.filter(({ bookedOn }) => bookedOn >= from && bookedOn <= to);
  }
  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[] {
    return this.compared.filter(({ day }) => day >= from && day <= to);
  }
  snapshots(from: UtcDay, to: UtcDay) {
    return this.days(from, to).map(({ day }) => ({
      day,
      snapshot: this.taken.find((one) => one.day === day),
    }));
  }
  netWorth(): NetWorth {
    return this.worth;
  }
  returnOnCapital(): number | undefined {
    return returnOnCapital(this.window(MONTH_DAYS).net, this.worth.capacity ?? msat(0n));
  }
  oddTransactions(): readonly OddTransaction[] {
    return this.odd;
  }
  behind(): string | undefined {
    return this.lagging;
  }

  #within(from: UtcDay, to: UtcDay): readonly ChannelDay[] {
    return this.rows.filter(({ day }) => day >= from && day <= to);
  }
}
