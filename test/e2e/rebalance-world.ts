/**
 * A small world to rebalance in: ways round that cost, take and end as a test says, one channel that sells and has
 * nothing left, and what the plugin's own books say of the money, read from outside.
 */
import { type AuditedJob, type Breach, breaches } from '../../src/core/spending/audit.ts';
import { DAY_MS, fromSat, laterBy, msat, unixMs } from '../../src/core/units.ts';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import { asRecord } from '../../src/sim/embedded-node/json-text.ts';
import {
  DOUBLE_START,
  doubleChannel,
  doubleForward,
} from '../../src/sim/embedded-node/market-double.ts';
import type { SimChannel } from '../../src/sim/market/market.ts';
import { Life, type LifeOptions, readDatabase } from './harness.ts';

export const FULL = { 'revenue-ops-authority': 'full' } as const;
/** Old enough to give, too young for a diagnostic (SPEC 4.4, 4.9). */
const OPENED = laterBy(DOUBLE_START, -20 * DAY_MS);
const CAPACITY = 10_000_000_000;
const RESERVE = CAPACITY / 100;

/** A channel of 10,000,000 sat of which `share` is ours. */
export function sharedChannel(
  index: number,
  share: number,
  changes: Partial<SimChannel> = {},
): SimChannel {
  const toUs = CAPACITY * share;
  return doubleChannel(index, {
    capacity: CAPACITY,
    openedAt: OPENED,
    toUs,
    spendable: Math.max(0, toUs - RESERVE),
    receivable: Math.max(0, CAPACITY - toUs - RESERVE),
    ours: { base: 1000, ppm: 1000, htlcMin: 0, htlcMax: CAPACITY - RESERVE },
    theirs: { base: 1000, ppm: 10, htlcMin: 0, htlcMax: CAPACITY - RESERVE },
    ...changes,
  });
}

/** Whole minutes before the start at which channel 1 sold; all on the day of the start, which is three hours old. */
const SALES = Array.from({ length: 12 }, (_, n) => 170 - 14 * n);

/** Channel 1 sells 50,000 sat again and again and has little left; 0, 2 and 3 are full of ours. */
export function sellingWorld(): CircularDouble {
  const sales = SALES.map((minutes, n) =>
    doubleForward(n, 'settled', -minutes * 60_000, {
      inMsat: 50_100_000,
      outMsat: 50_000_000,
      inIndex: n % 2 === 0 ? 2 : 3,
    }),
  );
  const channels = [0, 1, 2, 3].map((index) => sharedChannel(index, index === 1 ? 0.03 : 0.8));
  return new CircularDouble(channels, [], sales);
}

/** Four idle channels of the same size, half of each ours: only what the operator orders happens. */
export const idleWorld = (changes: Partial<SimChannel> = {}): CircularDouble =>
  new CircularDouble([0, 1, 2, 3].map((index) => sharedChannel(index, 0.5, changes)));

/** As `idleWorld`, where a payment takes ten minutes: one ends before the next begins, so that a stop can come between. */
export function slowWorld(takesMs = 600_000): CircularDouble {
  const world = idleWorld();
  world.takesMs = takesMs;
  return world;
}

/** At authority full with a healthy sling, an hour old: what it learns at the start is learnt. */
export async function rebalancingLife(options: LifeOptions = {}): Promise<Life> {
  const { options: more, ...rest } = options;
  const life = await Life.start({
    market: idleWorld(),
    sling: 'healthy',
    ...rest,
    options: { ...FULL, ...more },
  });
  await life.hours(1);
  return life;
}

/** The market of such a life. */
export function ways(life: Life): CircularDouble {
  if (life.market instanceof CircularDouble) return life.market;
  throw new Error('this life has another market');
}

export type Row = Record<string, unknown>;
export const rows = (value: unknown): readonly Row[] =>
  Array.isArray(value) ? value.map((one) => asRecord(one) ?? {}) : [];

/** `revenue-rebalance` with force and a stated fee, unless told otherwise. */
export function order(
  life: Life,
  from: number,
  to: number,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Row> {
  return life.call('revenue-rebalance', {
    from_channel: life.channel(from).scid,
    to_channel: life.channel(to).scid,
    amount_sats: 300_000,
    max_fee_sats: 100,
    force: true,
    ...changes,
  });
}

/** `recent_rebalances`, the newest first. */
export const recent = async (life: Life): Promise<readonly Row[]> =>
  rows((await life.call('revenue-status')).recent_rebalances);

type JobRow = {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly outcome: string;
  readonly because: string;
  readonly scid: string;
  readonly cap: bigint;
  readonly spent: bigint;
  readonly moved: bigint;
};
/** Every job, oldest first. */
export const jobs = (life: Life): readonly JobRow[] =>
  readDatabase(life.database, (db) => {
    const asked = db.prepare('SELECT * FROM rebalance_job ORDER BY id');
    asked.setReadBigInts(true);
    return asked.all().map((row) => ({
      id: Number(row.id),
      kind: String(row.kind),
      state: String(row.state),
      outcome: String(row.outcome),
      because: String(row.because),
      scid: String(row.scid),
      cap: BigInt(String(row.cap_msat)),
      spent: BigInt(String(row.spent_msat)),
      moved: BigInt(String(row.moved_msat)),
    }));
  });

/** What the node itself says that moving money around cost, msat: every payment that came back, once. */
export async function paidByNode(life: Life): Promise<bigint> {
  const { payments } = await life.call('listsendpays', { status: 'complete' });
  return rows(payments).reduce(
    (sum, { amount_sent_msat: sent, amount_msat: amount }) =>
      sum + BigInt(Number(sent)) - BigInt(Number(amount)),
    0n,
  );
}

/** All that the plugin's books count as spent, msat. */
export const booked = (life: Life): bigint =>
  readDatabase(life.database, (db) => {
    const asked = db.prepare('SELECT coalesce(sum(cost_msat), 0) AS sum FROM circular_payment');
    asked.setReadBigInts(true);
    return BigInt(String(asked.get()?.sum));
  });

/** Every moment at which held and spent stood above the budgets, satoshi. */
export function breachesOf(life: Life, daily = 5000, weekly = 4 * daily): readonly Breach[] {
  const audited = readDatabase(life.database, (db): AuditedJob[] => {
    const paid = db.prepare(
      'SELECT booked_ledger AS at, cost_msat AS cost FROM circular_payment WHERE job_id = ? AND counts = 1',
    );
    return db
      .prepare('SELECT id, held_ledger, ended_ledger, cap_msat FROM rebalance_job')
      .all()
      .map(({ id, held_ledger, ended_ledger, cap_msat }) => ({
        heldAt: unixMs(Number(held_ledger)),
        endedAt: ended_ledger === null ? undefined : unixMs(Number(ended_ledger)),
        cap: msat(BigInt(Number(cap_msat))),
        payments: paid.all(Number(id)).map(({ at, cost }) => ({
          at: unixMs(Number(at)),
          cost: msat(BigInt(Number(cost))),
        })),
      }));
  });
  return breaches(audited, { daily: fromSat(daily), weekly: fromSat(weekly) });
}

const MONEY: ReadonlySet<string> = new Set(['sling-once', 'sling-job', 'sling-go']);
/** How often the plugin told sling to move money. */
export const ordersSent = (life: Life): number =>
  life.called.filter(({ method }) => MONEY.has(method)).length;

/** Jobs that run in sling at this moment. */
export const running = (life: Life): number =>
  life.sling.machine.tasks().filter(({ active }) => active).length;

/** A selling world, an hour old, in which nothing was ordered yet and a refill pays: the next cycle orders it. */
export async function sellingLife(options: LifeOptions = {}): Promise<Life> {
  const { options: more, ...rest } = options;
  const life = await Life.start({
    market: sellingWorld(),
    sling: 'healthy',
    ...rest,
    options: { ...FULL, ...more },
  });
  await life.call('revenue-pause', ['rebalance']);
  await life.hours(1);
  await life.call('revenue-config', ['set', 'inbound_fee_estimate_ppm', 150]);
  await life.call('revenue-resume');
  return life;
}

/** Ways round on which a payment hangs until it ends by itself: nobody can call it back. */
class HangingWays extends CircularDouble {
  override endCircular(): void {}
}

/** As `idleWorld`, where payments hang for `hours`. */
export function hangingWorld(hours: number): HangingWays {
  const world = new HangingWays(idleWorld().list);
  world.takesMs = hours * 3_600_000;
  return world;
}

export const minutes = (life: Life, count: number): Promise<void> => life.hours(count / 60);
