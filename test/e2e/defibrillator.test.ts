/** SPEC 4.9: nothing is called dead before it was tried twice, and trying costs what it may and no more. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, laterBy, type UnixMs } from '../../src/core/units.ts';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import { DOUBLE_START, doubleForward } from '../../src/sim/embedded-node/market-double.ts';
import type { CircularAnswer, CircularAttempt } from '../../src/sim/market/circular.ts';
import type { MarketEvent } from '../../src/sim/market/market.ts';
import { Life, readDatabase } from './harness.ts';
import {
  booked,
  breachesOf,
  FULL,
  ordersSent,
  paidByNode,
  type Row,
  rows,
  sharedChannel,
} from './rebalance-world.ts';

/** By index: silent and empty; silent and full; silent, empty, and no way leads there; too young; its peer comes and goes. */
const [DRY, FILLED, WALLED, YOUNG, FLAPPING] = [0, 1, 2, 3, 4] as const;
const BUSY = [5, 6, 7, 8] as const;
const SHARES = [0.01, 0.9, 0.01, 0.01, 0.01, 0.5, 0.5, 0.5, 0.5];
/** Seldom enough that a month passes in seconds; what is tried and when it is judged does not hang on it. */
const UNHURRIED = {
  'revenue-ops-fee-interval': 7200,
  'revenue-ops-flow-interval': 7200,
  'revenue-ops-rebalance-interval': 1800,
};

/** Every way costs what a shock may cost at most; into the walled channel none is that cheap. */
class Walled extends CircularDouble {
  override ppm = 2000;
  override circular(attempt: CircularAttempt, emit: (event: MarketEvent) => void): CircularAnswer {
    if (attempt.to === WALLED) return { kind: 'too dear', ppm: 9000 };
    return super.circular(attempt, emit);
  }
  override advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    super.advance(until, (event) => {
      if (event.kind === 'connection') {
        const { peerId, connected } = event;
        this.list = this.list.map((one) => (one.peerId === peerId ? { ...one, connected } : one));
      }
      emit(event);
    });
  }
}

/** The busy ones route a little every other day; the flapping peer is away five hours a day. */
function world(days: number): Walled {
  const channels = SHARES.map((share, index) =>
    sharedChannel(index, share, {
      openedAt: laterBy(DOUBLE_START, -(index === YOUNG ? 10 : 80 - index) * DAY_MS),
    }),
  );
  const flapping = channels[FLAPPING]?.peerId;
  if (flapping === undefined) throw new Error('it has a peer');
  const coming = Array.from({ length: days }, (_, day): MarketEvent[] => {
    const at = (hours: number) => laterBy(DOUBLE_START, day * DAY_MS + hours * HOUR_MS);
    const routed = BUSY.map((inIndex, n) =>
      doubleForward(day * 10 + n, 'settled', day * DAY_MS + (2 + n) * HOUR_MS, {
        inIndex,
        outIndex: BUSY[(n + 1) % BUSY.length],
        inMsat: 50_050_000,
        outMsat: 50_000_000,
      }),
    );
    return [
      ...(day % 2 === 0 ? routed : []),
      { kind: 'connection', at: at(10), peerId: flapping, connected: false },
      { kind: 'connection', at: at(15), peerId: flapping, connected: true },
    ];
  });
  return new Walled(channels, coming.flat());
}

const view = async (life: Life, index: number): Promise<Row> => {
  const answer = await life.call('revenue-rebalance-debug', [life.channel(index).scid]);
  const [channel] = rows([answer.channel]);
  return { ...channel, gates: answer.gates, diagnostic: answer.diagnostic };
};
const classOf = async (life: Life, index: number): Promise<unknown> =>
  (await view(life, index)).class;
const explained = async (life: Life, index: number): Promise<string> =>
  String((await life.call('revenue-explain', [life.channel(index).scid])).result);

type Shock = {
  readonly subject: number;
  readonly into: number;
  readonly amount: number;
  readonly cap: number;
  readonly spent: number;
  readonly outcome: string;
  readonly decision: number;
  readonly from: number;
  readonly to: number;
};
/** Every job, oldest first; the channels by their index, times in hours. */
function shocks(life: Life): readonly Shock[] {
  const indexOf = (id: unknown): number =>
    life.market.channels().findIndex(({ channelId }) => channelId === id);
  const hours = (at: unknown): number => (Number(at) - DOUBLE_START) / HOUR_MS;
  return readDatabase(life.database, (db) =>
    db
      .prepare(
        `SELECT job.*, ill.channel_id AS ill, dest.channel_id AS dest FROM rebalance_job AS job
         JOIN channel AS ill ON ill.key = subject JOIN channel AS dest ON dest.key = destination
         WHERE kind = 'diagnostic' ORDER BY job.id`,
      )
      .all()
      .map((row) => ({
        subject: indexOf(row.ill),
        into: indexOf(row.dest),
        amount: Number(row.amount_msat),
        cap: Number(row.cap_msat),
        spent: Number(row.spent_msat),
        outcome: String(row.outcome),
        decision: Number(row.decision_id),
        from: hours(row.created_wall),
        to: hours(row.ended_wall),
      })),
  );
}
/** Diagnostic cost over a whole life, msat, by channel index. */
const diagnosticCost = (life: Life): Record<number, number> =>
  readDatabase(life.database, (db) =>
    Object.fromEntries(
      db
        .prepare(
          'SELECT channel_id, diagnostic_msat, cost_msat FROM rebalance_total JOIN channel USING (key)',
        )
        .all()
        .map(({ channel_id: id, diagnostic_msat: cost, cost_msat: refills }) => {
          expect(refills).toBe(0);
          return [life.market.channels().findIndex((one) => one.channelId === id), Number(cost)];
        }),
    ),
  );

describe('at full', () => {
  let life: Life;
  beforeAll(async () => {
    life = await Life.start({
      market: world(30),
      sling: 'healthy',
      options: { ...FULL, ...UNHURRIED },
    });
    // A price that a policy sets is not lowered to nothing: what is tried here are shocks alone.
    for (const index of [DRY, FILLED, WALLED])
      await life.call('revenue-policy', [
        'set',
        life.channel(index).scid,
        'strategy=static',
        'fee_ppm=500',
      ]);
  });
  afterAll(() => life.destroy());

  test('nothing is tried before the peer was watched for a week', async () => {
    await life.days(6.9);
    expect([ordersSent(life), shocks(life)]).toEqual([0, []]);
    expect(await classOf(life, DRY)).not.toBe('STAGNANT_CANDIDATE');
  });

  test('the longest silent first, one at a time: filled below one half, else drained', async () => {
    await life.days(0.6);
    const first = shocks(life);
    expect(first.map(({ subject }) => subject)).toEqual([DRY, FILLED, WALLED]);
    expect(first.map(({ amount, cap }) => [amount, cap])).toEqual(
      Array.from({ length: 3 }, () => [50_000_000, 100_000]),
    );
    const [pulled, drained, failed] = first;
    expect([pulled?.into, failed?.into]).toEqual([DRY, WALLED]);
    expect([...BUSY, YOUNG]).toContain(drained?.into);
    expect(first.map(({ outcome }) => outcome)).toEqual(['moved', 'moved', 'nothing moved']);
    for (const [n, one] of first.entries())
      if (n > 0) expect(one.from).toBeGreaterThanOrEqual(first[n - 1]?.to ?? Number.NaN);
    expect(await classOf(life, FILLED)).toBe('STAGNANT_CANDIDATE');
  });

  test('the cost is a diagnostic one, on the channel that is ill, to the last msat', async () => {
    expect(diagnosticCost(life)).toEqual({ [DRY]: 100_000, [FILLED]: 100_000 });
    expect(booked(life)).toBe(await paidByNode(life));
  });

  test('two failures, or a success that brought nobody and a second try: ZOMBIE, and it is shown', async () => {
    await life.days(2.5);
    expect(shocks(life).map(({ subject }) => subject)).toEqual([
      ...[DRY, FILLED, WALLED],
      ...[DRY, FILLED, WALLED],
    ]);
    for (const index of [DRY, FILLED, WALLED]) expect(await classOf(life, index)).toBe('ZOMBIE');
    expect(await view(life, WALLED)).toMatchObject({ verdict: 'refused', code: 'zombie' });
    expect(await explained(life, WALLED)).toContain('ZOMBIE: nothing routes here');
    expect((await life.call('revenue-rebalance-debug')).diagnostics).toEqual([]);
  });

  test('the young one and the one whose peer comes and goes were left alone', async () => {
    const tried = new Set(shocks(life).map(({ subject }) => subject));
    expect(tried).toEqual(new Set([DRY, FILLED, WALLED]));
    expect(await classOf(life, YOUNG)).not.toBe('STAGNANT_CANDIDATE');
    expect(await classOf(life, FLAPPING)).not.toBe('STAGNANT_CANDIDATE');
  });

  test('every shock has its decision, and its inputs still give the same', async () => {
    for (const { decision, subject } of shocks(life)) {
      const answer = await life.call('revenue-explain', { subject: String(decision), json: true });
      expect(answer).toMatchObject({
        kind: 'diagnostic',
        channel_id: life.channel(subject).channelId,
        number: 2000,
        replay: { same: true, number: 2000 },
      });
    }
  });

  test('a forward that settles ends it, and only there', async () => {
    const { market } = life;
    if (!(market instanceof Walled)) throw new Error('it has another market');
    market.coming.unshift(
      doubleForward(9000, 'settled', life.now - DOUBLE_START + 60_000, {
        inIndex: DRY,
        outIndex: FILLED,
        inMsat: 50_050_000,
        outMsat: 50_000_000,
      }),
    );
    await life.hours(3);
    expect(await classOf(life, DRY)).not.toBe('ZOMBIE');
    expect(await classOf(life, FILLED)).not.toBe('ZOMBIE');
    expect(await classOf(life, WALLED)).toBe('ZOMBIE');
  });

  test('what is dead is not tried again in the days after, what fell silent anew is, within 200 sat in 14 days', async () => {
    await life.days(15);
    const all = shocks(life);
    expect(all.filter(({ subject }) => subject === WALLED)).toHaveLength(2);
    expect(await classOf(life, WALLED)).toBe('ZOMBIE');
    for (const { subject, from } of all) {
      const before = all.filter(
        (one) => one.subject === subject && one.from <= from && one.from > from - 14 * 24,
      );
      expect(before.reduce((sum, { spent }) => sum + spent, 0)).toBeLessThanOrEqual(200_000);
    }
    expect(all.filter(({ subject }) => subject === DRY).length).toBeGreaterThan(2);
    expect(breachesOf(life)).toEqual([]);
    expect(booked(life)).toBe(await paidByNode(life));
    life.market.audit();
  });
});

describe('at fees', () => {
  test('two probes that sold nothing are proof enough, and no money moves', async () => {
    await using life = await Life.start({
      market: world(14),
      sling: 'healthy',
      options: { 'revenue-ops-authority': 'fees', ...UNHURRIED },
    });
    await life.days(7.5);
    expect(life.channel(FILLED).ours.ppm).toBe(0);
    await life.days(2);
    expect(life.channel(FILLED).ours.ppm).toBeGreaterThan(0);
    expect(await classOf(life, FILLED)).toBe('STAGNANT_CANDIDATE');
    await life.days(4);
    expect(await classOf(life, FILLED)).toBe('ZOMBIE');
    expect([ordersSent(life), shocks(life), booked(life)]).toEqual([0, [], 0n]);
  });
});
