/**
 * Killed at every step: before and after each call to the outside and each write. The next process has only the rows,
 * the node and the backend; whatever happens, the budget holds at every moment and every msat is booked once.
 */
import { describe, expect, test } from 'vitest';
import {
  AirlockWorld,
  type Border,
  CHUNK,
  MINUTE_MS,
  OTHER_INTO,
  order,
  PARALLEL,
} from '../../../test/doubles/airlock-world.ts';
import { fromSat } from '../../core/units.ts';
import { NodeRefused, RetryLater } from '../../ports/errors.ts';

class Killed extends Error {
  override name = 'Killed';
}

/** Reads of the memory: nothing can be half done there. */
const READS = ['account', 'lastAt', 'openJobs', 'job', 'jobs', 'cursors', 'payments', 'knows'];
const DAILY = fromSat(200);
const NEVER = Number.POSITIVE_INFINITY;

/** Counts every step and dies at one of them, before or after it is done. */
class Fate {
  steps = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';
  readonly #each: () => void;

  constructor(at: number, when: 'before' | 'after', each: () => void) {
    this.#at = at;
    this.#when = when;
    this.#each = each;
  }

  border(): Border {
    return {
      rebalancer: (real) => this.#between(real),
      payments: (real) => this.#between(real),
      spending: (real) => this.#between(real),
    };
  }

  #between<T extends object>(real: T): T {
    return new Proxy(real, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function' || READS.includes(String(name)))
          return typeof value === 'function' ? value.bind(target) : value;
        return (...args: unknown[]): unknown => {
          this.steps += 1;
          const dies = this.steps === this.#at;
          if (dies && this.#when === 'before') throw new Killed();
          const done: unknown = Reflect.apply(value, target, args);
          this.#each();
          if (!dies) return done;
          if (done instanceof Promise) return done.then(die, dieIfDone);
          throw new Killed();
        };
      },
    });
  }
}
const die = (): never => {
  throw new Killed();
};
/** Whoever is killed hears no answer, whatever it was. */
const dieIfDone = (error: unknown): never => {
  if (error instanceof RetryLater || error instanceof NodeRefused) throw new Killed();
  throw error;
};

type Story = (w: AirlockWorld) => Promise<void>;

/** Held and spent now, by rows alone. */
function claimed(w: AirlockWorld): bigint {
  const { holds, spends } = w.store.spending.account();
  return [...holds, ...spends].reduce((sum, { amount }) => sum + amount, 0n);
}

const holds = (w: AirlockWorld): void => expect(claimed(w)).toBeLessThanOrEqual(DAILY);

/** One life; true: it was cut short. */
async function untilKilled(story: Story, w: AirlockWorld, fate: Fate): Promise<boolean> {
  w.restart(fate.border());
  try {
    await story(w);
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

/** Tells the story, is killed at `at`, and lives on; returns the steps of the first life. */
async function live(story: Story, at: number, when: 'before' | 'after'): Promise<number> {
  const w = new AirlockWorld();
  w.config = { ...w.config, daily_budget_sats: 200 };
  const fate = new Fate(at, when, () => holds(w));
  expect(await untilKilled(story, w, fate)).toBe(fate.steps >= at);
  w.restart();
  for (
    let turn = 0;
    turn < 200 && (turn < 5 || w.store.spending.openJobs().length > 0);
    turn += 1
  ) {
    await w.watch();
    holds(w);
    // The world goes on whether we live or not.
    w.work();
    if (turn === 3) w.arrive();
  }
  await w.watch();
  expect(w.store.spending.openJobs()).toEqual([]);
  expect([...w.sling.running.keys()]).toEqual([]);
  expectBooked(w);
  const stolen = w.payments.moves.reduce((sum, one) => sum + one.debit - one.credit - one.fees, 0n);
  expect(w.store.locks.active(w.clock.now())).toHaveLength(stolen > 0n ? 1 : 0);
  return fate.steps;
}

/** Every payment the node recorded is in the books once, with its cost, on a job of ours. */
function expectBooked(w: AirlockWorld): void {
  const { spending } = w.store;
  const booked = spending.payments({ limit: 1000 });
  const made = w.payments.sends.filter(({ status }) => status === 'complete');
  expect(booked.map(({ paymentHash }) => paymentHash).sort()).toEqual(
    made.map(({ paymentHash }) => paymentHash).sort(),
  );
  const cost = w.payments.moves.reduce((sum, { debit, credit }) => sum + debit - credit, 0n);
  expect(booked.reduce((sum, one) => sum + one.cost, 0n)).toBe(cost);
  expect(booked.every(({ jobId }) => jobId !== undefined)).toBe(true);
  const jobs = spending.jobs(100);
  expect(jobs.reduce((sum, { spent }) => sum + spent, 0n)).toBe(cost);
  expect(jobs.every(({ spent, cap }) => spent <= cap)).toBe(true);
}

const whole: Story = async (w) => {
  await w.airlock.watch('start');
  await w.order();
  w.work();
  await w.watch();
  await w.order(order({ destination: OTHER_INTO }));
  w.work();
  await w.watch();
  w.work();
  await w.watch();
  await w.watch(121 * MINUTE_MS);
};
const overdue: Story = async (w) => {
  await w.order();
  const [sent] = w.sling.orders;
  if (!sent) return;
  const asked = w.payment(sent, { amount: CHUNK });
  const hash = w.payments.begin(asked);
  w.payments.end(hash, 'complete');
  // What succeeded is written down by the node whether we live or not.
  w.payments.record(hash, asked);
  await w.watch(121 * MINUTE_MS);
};
const inFlight: Story = async (w) => {
  await w.order();
  const [sent] = w.sling.orders;
  if (sent) w.depart(w.payment(sent));
  await w.watch(121 * MINUTE_MS);
  await w.watch();
};
const silent: Story = async (w) => {
  w.sling.startManner = 'silent-late';
  await w.order();
  w.sling.startManner = 'obeys';
  await w.watch();
  w.work();
  await w.airlock.stopAll('paused');
};
const astray: Story = async (w) => {
  await w.order();
  w.work({ in: PARALLEL });
  await w.watch();
};
const short: Story = async (w) => {
  await w.order();
  w.work({ short: fromSat(1) });
  await w.watch();
  await w.watch();
};
const again: Story = async (w) => {
  await w.watch();
  await w.order();
  await w.watch();
};
const refused: Story = async (w) => {
  w.sling.startManner = 'refuses';
  await w.order();
  w.sling.startManner = 'obeys';
  await w.order();
  w.work();
  await w.watch();
  await w.airlock.stopAll('paused');
};

describe.each([
  ['two rebalances from order to settlement', whole],
  ['a job that is paid and reaches its deadline', overdue],
  ['a job whose payment is under way at its deadline', inFlight],
  ['an order that is not answered and begins late', silent],
  ['a payment that goes astray', astray],
  ['a payment that arrives short', short],
  ['a refusal, then an order, then the brake', refused],
] as const)('killed at every step of %s', (_, story) => {
  test.each(['before', 'after'] as const)(
    'and %s it: the cap holds, all is booked once, no job is left behind',
    async (when) => {
      const steps = await live(story, NEVER, when);
      expect(steps).toBeGreaterThan(10);
      for (let at = 1; at <= steps; at += 1) await live(story, at, when);
    },
  );
});

test('killed twice, at any two steps, it still settles', async () => {
  const steps = await live(whole, NEVER, 'before');
  for (let first = 1; first <= steps; first += 5)
    for (let second = 1; second <= 12; second += 1)
      await live(
        async (w) => {
          await untilKilled(whole, w, new Fate(first, 'after', () => holds(w)));
          await untilKilled(again, w, new Fate(second, 'before', () => holds(w)));
        },
        NEVER,
        'before',
      );
});
