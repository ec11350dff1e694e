import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/doubles/manual-clock.ts';
import { channelId, nodeId } from '../../test/doubles/peer-channel.ts';
import { parseOptions } from '../config/parse-options.ts';
import { resolve } from '../config/resolve.ts';
import { fromSat, msat, parseScid, ppm, type Scid, unixMs } from '../core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../ports/errors.ts';
import type { HiveMembership, HiveNeighbour, RebalanceOutcome } from '../ports/hive.ts';
import type { CircularPayment, RebalanceJob } from '../ports/spending.ts';
import { HiveService } from './hive-service.ts';

const START = unixMs(1_790_000_000_000);
const MINUTE = 60_000;

function name(index: number): Scid {
  const scid = parseScid(`700000x${index}x0`);
  if (scid === undefined) throw new Bug('a constant of this test is malformed');
  return scid;
}
const job = (id: number, changes: Partial<RebalanceJob> = {}): RebalanceJob => ({
  id,
  kind: 'normal',
  subject: channelId(1),
  destination: channelId(1),
  destinationPeer: nodeId(1),
  scid: name(1),
  sources: [channelId(2), channelId(3)],
  amount: fromSat(400_000),
  chunk: fromSat(100_000),
  maxPpm: ppm(100),
  cap: fromSat(40),
  expectedIncome: msat(0n),
  expectedLoss: msat(0n),
  decisionId: undefined,
  deadlineMs: 7_200_000,
  state: 'settled',
  createdAt: START,
  heldAt: START,
  endedAt: START,
  outcome: 'moved',
  because: undefined,
  moved: fromSat(300_000),
  spent: msat(30_001n),
  payments: 3,
  ...changes,
});
const payment = (out: number, sat: number): CircularPayment => ({
  paymentHash: '0'.repeat(64),
  out: channelId(out),
  in: channelId(1),
  sent: fromSat(sat),
  received: fromSat(sat),
  cost: msat(0n),
  at: START,
  jobId: 1,
});

class World implements HiveNeighbour {
  readonly clock = new ManualClock(START);
  readonly outcomes: RebalanceOutcome[] = [];
  readonly lines: string[] = [];
  asked = 0;
  brokenOff = false;
  present: boolean | undefined = true;
  enabled: 'auto' | 'true' | 'false' = 'auto';
  payments: readonly CircularPayment[] = [];
  /** What it does when asked for our membership, and when told an outcome. */
  tier: HiveMembership['tier'] | Error = 'member';
  onReport: Error | undefined;
  readonly service = new HiveService({
    hive: this,
    present: () => this.present,
    config: () => ({
      ...resolve(parseOptions(new Map()).values, { version: 0, values: new Map() }).snapshot,
      hive_enabled: this.enabled,
    }),
    spending: {
      payments: () => this.payments,
      account: () => ({
        holds: [],
        spends: [
          { destination: channelId(1), kind: 'hive', amount: fromSat(60), at: START },
          { destination: channelId(1), kind: 'normal', amount: fromSat(500), at: START },
        ],
      }),
    },
    nameOf: (id) =>
      [2, 3].map((n) => [channelId(n), name(n)] as const).find(([one]) => one === id)?.[1],
    clock: this.clock,
    ledgerNow: () => this.clock.now(),
    log: (_, text) => this.lines.push(text),
  });

  async membership(): Promise<HiveMembership> {
    this.asked += 1;
    if (this.tier instanceof Error) throw this.tier;
    return { tier: this.tier };
  }
  async report(outcome: RebalanceOutcome): Promise<void> {
    this.outcomes.push(outcome);
    if (this.onReport) throw this.onReport;
  }
  /** The next minute's turn. */
  async minute(count = 1): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.clock.move(MINUTE);
      await this.service.turn();
    }
  }
  get reports() {
    return this.service.state().reports;
  }
}

describe('outcomes', () => {
  test('each is told once, from the source that gave most, with what was moved and paid', async () => {
    const world = new World();
    world.payments = [payment(2, 100), payment(3, 120), payment(2, 50)];
    world.service.settled(job(1));
    expect(world.outcomes).toEqual([]);
    await world.minute(3);
    expect(world.outcomes).toEqual([
      { from: name(2), to: name(1), amount: fromSat(300_000), cost: 30_001n, success: true },
    ]);
    expect(world.reports).toEqual({ sent: 1, failed: 0, dropped: 0, waiting: 0 });
  });

  test('a failure tells what was ordered; one whose source has no name any more is dropped', async () => {
    const world = new World();
    const nothing = { outcome: 'nothing moved' as const, moved: msat(0n), spent: msat(0n) };
    world.service.settled(job(1, nothing));
    world.service.settled(job(2, { ...nothing, sources: [channelId(9)] }));
    await world.minute();
    expect(world.outcomes).toEqual([
      { from: name(2), to: name(1), amount: fromSat(400_000), cost: 0n, success: false },
    ]);
    expect(world.reports).toEqual({ sent: 1, failed: 0, dropped: 1, waiting: 0 });
  });

  test('beyond 200 waiting the oldest are lost, and counted', async () => {
    const world = new World();
    world.tier = new RetryLater('silent');
    for (let id = 1; id <= 230; id++) world.service.settled(job(id));
    expect(world.reports).toMatchObject({ dropped: 30, waiting: 200 });
    await world.minute();
    expect(world.reports.waiting).toBe(200);
    world.tier = 'neophyte';
    await world.minute(20);
    expect(world.reports).toEqual({ sent: 200, failed: 0, dropped: 30, waiting: 0 });
  });

  test('without an answer it may have been taken: it is not told twice, and the others wait', async () => {
    const world = new World();
    world.onReport = new RetryLater('slow');
    for (const id of [1, 2, 3]) world.service.settled(job(id));
    await world.minute();
    expect(world.reports).toEqual({ sent: 0, failed: 1, dropped: 0, waiting: 2 });
    world.onReport = undefined;
    await world.minute();
    expect(world.reports).toEqual({ sent: 2, failed: 1, dropped: 0, waiting: 0 });
    expect(world.outcomes).toHaveLength(3);
  });

  test('refused ones are not told twice either', async () => {
    const world = new World();
    world.onReport = new NodeRefused('permission_denied', -3);
    world.service.settled(job(1));
    await world.minute(5);
    expect([world.outcomes.length, world.reports.failed]).toEqual([1, 1]);
    expect(world.service.state().problem).toMatchObject({ because: 'permission_denied' });
  });

  test('a node in no fleet has nobody to tell', async () => {
    const world = new World();
    world.tier = undefined;
    world.service.settled(job(1));
    await world.minute();
    expect([world.outcomes, world.reports.dropped]).toEqual([[], 1]);
  });
});

describe('asking', () => {
  test.each<[string, Partial<Pick<World, 'present' | 'enabled'>>]>([
    ['it is absent', { present: false }],
    ['nobody knows yet who runs', { present: undefined }],
    ['it is refused', { enabled: 'false' }],
    ['it is wanted, and absent', { enabled: 'true', present: false }],
  ])('never while %s; nothing is kept for it', async (_, changes) => {
    const world = Object.assign(new World(), changes);
    world.service.settled(job(1));
    await world.minute(30);
    expect([world.asked, world.outcomes, world.reports.waiting]).toEqual([0, [], 0]);
  });

  test('every ten minutes, or when there is something to tell and its last answer is a minute old', async () => {
    const world = new World();
    await world.minute(30);
    expect(world.asked).toBe(3);
    const { at } = world.service.state().answer ?? fail();
    expect(world.clock.now() - at).toBeLessThan(10 * MINUTE);
    world.service.settled(job(1));
    await world.minute();
    expect(world.asked).toBe(4);
    for (const id of [2, 3, 4]) world.service.settled(job(id));
    await world.service.turn();
    expect([world.asked, world.reports.sent]).toEqual([4, 4]);
  });

  test('silence is said once, and its end; the last answer stays with its age', async () => {
    const world = new World();
    await world.minute();
    world.tier = new RetryLater('no answer within 2 s');
    for (let id = 1; id <= 5; id++) {
      world.service.settled(job(id));
      await world.minute();
    }
    expect(world.service.state()).toMatchObject({
      answer: { tier: 'member' },
      problem: { because: 'no answer within 2 s' },
    });
    world.tier = 'member';
    await world.minute();
    expect(world.service.state().problem).toBeUndefined();
    expect(world.lines).toEqual([
      'cl-hive is told nothing now: no answer within 2 s',
      'cl-hive answers again',
    ]);
  });

  test('a defect is not taken for a neighbour’s trouble', async () => {
    const world = new World();
    world.tier = new Bug('of ours');
    await expect(world.minute()).rejects.toThrow('of ours');
  });
});

test('the week of the fleet is what went to it, not what went elsewhere', () => {
  expect(new World().service.state().week).toEqual({ used: fromSat(60), limit: fromSat(350) });
});

function fail(): never {
  throw new Error('it has not answered');
}
