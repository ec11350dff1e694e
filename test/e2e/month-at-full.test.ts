/** SPEC 4: a month of the whole plugin at full in the simulated market, killed twice, with the brake pulled for a day. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, laterBy } from '../../src/core/units.ts';
import { SimulatedMarket } from '../../src/sim/market/simulated-market.ts';
import { BORN, Life, readDatabase } from './harness.ts';
import { breachesOf, FULL, jobs, ordersSent, running } from './rebalance-world.ts';

const DAYS = 30;
/** Seldom enough that a month passes in seconds. */
const UNHURRIED = {
  'revenue-ops-fee-interval': 7200,
  'revenue-ops-flow-interval': 14_400,
  'revenue-ops-rebalance-interval': 5400,
};

/** Lives on until sling moves money for us. */
async function untilUnderWay(life: Life): Promise<void> {
  for (let hours = 0; hours < 5 * 24 * 4 && running(life) === 0; hours += 1) await life.hours(0.25);
  expect(running(life)).toBeGreaterThan(0);
}

/** Dies in the middle of a job, which goes on for an hour in which nobody watches it. */
async function diesAtWork(life: Life): Promise<void> {
  await untilUnderWay(life);
  await life.killPlugin();
  life.node.advance(laterBy(life.now, HOUR_MS));
  await life.restartPlugin();
}

type Hold = { readonly id: number; readonly hours: number; readonly deadline: number };
/** How long each job held money, hours; an open one until now. */
const holds = (life: Life): readonly Hold[] =>
  readDatabase(life.database, (db) =>
    db
      .prepare('SELECT id, created_wall, ended_wall, deadline_ms FROM rebalance_job')
      .all()
      .map(({ id, created_wall: from, ended_wall: to, deadline_ms: deadline }) => ({
        id: Number(id),
        hours: (Number(to ?? life.now) - Number(from)) / HOUR_MS,
        deadline: Number(deadline) / HOUR_MS,
      })),
  );

type Booking = { readonly hash: string; readonly cost: number; readonly job: unknown };
const bookings = (life: Life): readonly Booking[] =>
  readDatabase(life.database, (db) =>
    db
      .prepare('SELECT payment_hash, cost_msat, job_id FROM circular_payment')
      .all()
      .map((row) => ({
        hash: String(row.payment_hash),
        cost: Number(row.cost_msat),
        job: row.job_id,
      })),
  );

/** What the node itself has in its table. */
const paid = (life: Life): ReadonlyMap<string, number> =>
  new Map(
    life.node.state.payments
      .page('created', 1, Number.MAX_SAFE_INTEGER)
      .filter(({ status, fromIndex }) => status === 'complete' && fromIndex !== undefined)
      .map(({ paymentHash, sent, received }) => [paymentHash, sent - received]),
  );

describe('a month at full', () => {
  let life: Life;
  let ordersInBrake = Number.NaN;
  let underBrake = Number.NaN;
  beforeAll(async () => {
    const market = new SimulatedMarket({ seed: 11, start: BORN, channels: 12, historyDays: 30 });
    life = await Life.start({ market, sling: 'healthy', options: { ...FULL, ...UNHURRIED } });
    const end = laterBy(life.now, DAYS * 24 * HOUR_MS);
    await life.days(8);
    await diesAtWork(life);
    await life.days(4);
    await untilUnderWay(life);
    await life.call('revenue-pause', ['rebalance', 24]);
    const before = ordersSent(life);
    await life.hours(1);
    underBrake = running(life);
    await life.hours(22);
    ordersInBrake = ordersSent(life) - before;
    await life.days(5);
    await diesAtWork(life);
    await life.runTo(end);
  }, 240_000);
  afterAll(() => life.destroy());

  test('moved money again and again, and not while the brake was pulled', () => {
    const moved = jobs(life).filter(({ outcome }) => outcome === 'moved');
    expect(moved.length).toBeGreaterThan(10);
    expect([underBrake, ordersInBrake]).toEqual([0, 0]);
  });

  test('no moment at which held and spent stood above the day or the week', () => {
    expect(breachesOf(life)).toEqual([]);
  });

  test('every payment that the node made is booked once, at its price, on a job', () => {
    const books = bookings(life);
    expect(new Set(books.map(({ hash }) => hash)).size).toBe(books.length);
    expect(new Map(books.map(({ hash, cost }) => [hash, cost]))).toEqual(paid(life));
    expect(books.filter(({ job }) => job === null)).toEqual([]);
    expect(books.length).toBeGreaterThan(10);
    life.market.audit();
  });

  test('no hold outlives its deadline by an hour', () => {
    const late = holds(life).filter(({ hours, deadline }) => hours > deadline + 1);
    expect(late).toEqual([]);
  });

  test('every job has a decision, that explain prints and that its inputs lead to again', async () => {
    const ids = readDatabase(life.database, (db) =>
      db.prepare('SELECT decision_id FROM rebalance_job').all(),
    ).map((row) => Number(row.decision_id));
    expect(ids.length).toBe(jobs(life).length);
    for (const id of ids) {
      const answer = await life.call('revenue-explain', { subject: String(id), json: true });
      expect(answer, `decision ${id}`).toMatchObject({ id, replay: { same: true } });
      expect(String((await life.call('revenue-explain', [id])).result)).toContain(
        'Replayed: its inputs give the same number again',
      );
    }
  });
});
