/**
 * One mode of sling, one life, many deaths: a rebalance is ordered by hand, the process is killed at the next moment
 * not yet tried, started again over the same database, and lives on until everything is settled. Then the next.
 */
import { vi } from 'vitest';
import type { Limits } from '../../src/core/spending/audit.ts';
import { fromSat, HOUR_MS, unixMs } from '../../src/core/units.ts';
import type { SlingOrder } from '../../src/sim/sling/sling-order.ts';
import { Life } from '../e2e/harness.ts';
import {
  type Books,
  everOver,
  misbooked,
  openIn,
  overCaps,
  type Paid,
  paidByNode,
  readBooks,
  sumOf,
  unfair,
} from './books.ts';
import { blank, KINDS, type Kind, type Scene, type Tally } from './scene.ts';
import { CrashMarket, DESTINATION, OPERATORS, SOURCE, YOUTH_HOURS } from './world.ts';

const LIMITS: Limits = { daily: fromSat(100), weekly: fromSat(600) };
const OPTIONS = {
  'revenue-ops-authority': 'full',
  'revenue-ops-daily-budget-sats': 100,
  'revenue-ops-min-fee-ppm': 800,
  'revenue-ops-max-fee-ppm': 1000,
};
const SETTINGS = {
  weekly_budget_sats: 600,
  sling_job_timeout_seconds: 600,
  sling_chunk_size_sats: 50_000,
  inbound_fee_estimate_ppm: 100,
};
const AMOUNT_SATS = 100_000;
/** Twice what the way costs: a hold is never used up. */
const MAX_FEE_SATS = 20;
/** A payment takes 10 s. */
const STEP_HOURS = 4 / 3600;
const MINUTE_HOURS = 1 / 60;
/** An order nobody answered is waited for three minutes, a job for ten, a payment for an hour at most. */
const SETTLES_WITHIN_MINUTES = 90;
const DEAD_MS = HOUR_MS / 3;
/** Longer than any walk from order to settlement. */
const MOST_CALLS = 200;

type Answer = Record<string, unknown>;

export class CrashMatrix {
  readonly tally: Tally;
  readonly #scene: Scene;
  readonly #market = new CrashMarket();
  #life: Life | undefined;
  #operators: SlingOrder | undefined;
  #struck: string | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.tally = blank(scene.name);
  }

  /** Every step once, in both phases. */
  async run(plugin: string): Promise<Tally> {
    const [market, sling] = [this.#market, 'healthy'] as const;
    this.#life = await Life.start({ market, sling, plugin, options: OPTIONS });
    try {
      await this.#grow();
      const { moments, again = false } = this.#scene;
      const kinds = KINDS[moments];
      await this.#everyStep(kinds, (at, kind) => this.#dieOnTheWay(at, kind));
      if (again) await this.#everyStep(kinds, (at, kind) => this.#dieComingBack(at, kind));
      this.#sum();
      return this.tally;
    } finally {
      await this.#life.destroy();
    }
  }

  get #alive(): Life {
    if (!this.#life) throw new RangeError('not born yet');
    return this.#life;
  }

  async #grow(): Promise<void> {
    const life = this.#alive;
    for (const [key, value] of Object.entries(SETTINGS))
      await life.call('revenue-config', ['set', key, value]);
    await life.hours(YOUTH_HOURS);
    if (!this.#scene.operator) return;
    const changes = { channel: OPERATORS, maxPpm: 300, chunk: 100_000_000 };
    this.#operators = life.sling.operatorJob(changes);
  }

  /** One call further each time, until the way is done without reaching it. */
  async #everyStep(
    kinds: readonly Kind[],
    die: (at: number, kind: Kind) => Promise<boolean>,
  ): Promise<void> {
    for (const kind of kinds) {
      let at = 1;
      while (await die(at, kind)) {
        at += 1;
        if (at > MOST_CALLS) throw new Error('the way from order to settlement has no end');
      }
      this.#check(true);
    }
  }

  // ---------------------------------------------------------------- two ways to die

  /** Killed at that call on the way from order to settlement; false: there is none. */
  async #dieOnTheWay(at: number, kind: Kind): Promise<boolean> {
    await this.#prepare();
    const ended = (await this.#order(at, kind)) ? await this.#untilSettled() : 'killed';
    if (ended === 'over') {
      this.#alive.spare();
      return false;
    }
    if (ended === 'stuck') return false;
    await this.#rise(at);
    return true;
  }

  /** Killed while sling works on it, and once more at that call of the next life. */
  async #dieComingBack(at: number, kind: Kind): Promise<boolean> {
    await this.#prepare();
    // The first look at a job that runs.
    const looked: Kind = { phase: 'before', method: new Set(['sling-stats']) };
    if (!(await this.#order(1, looked)) || (await this.#untilSettled()) !== 'killed')
      throw new Error('sling was not asked how far it is');
    this.tally.twice += 1;
    await this.#lieDead(STEP_HOURS * HOUR_MS * (at % 8));
    this.#arm(at, kind);
    if (await this.#restart()) {
      const ended = await this.#untilSettled(1);
      if (ended === 'over') this.#alive.spare();
      if (ended !== 'killed') return false;
    }
    await this.#rise(at);
    return true;
  }

  // ---------------------------------------------------------------- pieces of a life

  async #prepare(): Promise<void> {
    const { sling } = this.#alive;
    // Said to have come: its version is asked anew.
    const { mode, turns } = this.#scene;
    if (sling.machine.gone || mode === 'too old' || turns !== undefined) sling.revive();
    sling.mode = mode;
    await this.#alive.hours(MINUTE_HOURS);
    // Else the order would be refused, and its repetition have other calls at the same places.
    await this.#unlock();
    if (this.#market.idle) this.#market.restore();
  }

  #arm(call: number, { phase, method }: Kind): void {
    this.#struck = undefined;
    void this.#alive.killAt({ call, phase, method }).then((where) => {
      this.#struck = `${phase} ${where}`;
    });
  }

  /** The kill, once the process is gone; an error that is none of it is thrown. */
  async #died(error?: unknown): Promise<void> {
    await vi
      .waitUntil(() => this.#struck !== undefined, { timeout: 10_000, interval: 1 })
      .catch((late: unknown) => {
        throw new Error(`${String(error ?? late)}\n${this.#alive.node.stderr}`);
      });
  }

  /** Orders once the budgets leave room for it; false: we were killed at that moment. */
  async #order(at: number, kind: Kind): Promise<boolean> {
    const life = this.#alive;
    for (;;) {
      this.#arm(at, kind);
      const answer = await this.#ask(life);
      if (answer === undefined) return false;
      const { status, code } = answer;
      if (status !== 'refused' || code === 'not_ready') return true;
      life.spare();
      if (code !== 'daily' && code !== 'weekly')
        throw new Error(`refused: ${JSON.stringify(answer)}`);
      this.tally.refused += 1;
      await life.hours(code === 'daily' ? 6 : 24);
    }
  }

  async #ask(life: Life): Promise<Answer | undefined> {
    try {
      return await life.call('revenue-rebalance', {
        from_channel: life.channel(SOURCE).scid,
        to_channel: life.channel(DESTINATION).scid,
        amount_sats: AMOUNT_SATS,
        max_fee_sats: MAX_FEE_SATS,
      });
    } catch (error) {
      await this.#died(error);
      return undefined;
    }
  }

  async #unlock(): Promise<void> {
    const { locks } = await this.#alive.call('revenue-locks');
    if (!Array.isArray(locks)) throw new Error('no list of locks');
    for (const lock of locks) await this.#alive.call('revenue-locks', ['remove', Number(lock.id)]);
  }

  /** Lives on in small steps at first: payments are on their way at most of the moments. */
  async #untilSettled(atLeastMinutes = 0): Promise<'over' | 'killed' | 'stuck'> {
    const life = this.#alive;
    const until = life.now + SETTLES_WITHIN_MINUTES * MINUTE_HOURS * HOUR_MS;
    const least = life.now + atLeastMinutes * MINUTE_HOURS * HOUR_MS;
    for (let step = 0; life.now < until; step += 1) {
      if (!(await life.survives(step < 10 ? STEP_HOURS : MINUTE_HOURS))) {
        await this.#died();
        return 'killed';
      }
      if (openIn(readBooks(life)).length === 0 && life.now >= least) return 'over';
    }
    this.tally.unsettled += 1;
    return 'stuck';
  }

  async #lieDead(ms: number): Promise<void> {
    this.#note();
    const life = this.#alive;
    this.#breached(overCaps(life, LIMITS));
    this.#check(false);
    if (ms > 0) life.node.advance(unixMs(life.now + ms));
  }

  /** False: killed while it started. */
  async #restart(): Promise<boolean> {
    try {
      await this.#alive.restartPlugin();
      return true;
    } catch (error) {
      await this.#died(error);
      return false;
    }
  }

  /** Dead, for a moment or a while; then alive again until everything is settled. */
  async #rise(at: number): Promise<void> {
    await this.#lieDead(at % 3 === 0 ? DEAD_MS : 0);
    const { sling } = this.#alive;
    if (sling.machine.gone && at % 2 === 0) sling.revive();
    if (this.#scene.turns !== undefined) sling.mode = this.#scene.turns;
    this.#alive.spare();
    if (!(await this.#restart())) throw new Error('died without being killed');
    // So long after an order that nobody answered, it is believed that it never begins.
    if ((await this.#untilSettled(4)) === 'over') this.tally.recoveries += 1;
    this.#check(true);
  }

  // ---------------------------------------------------------------- what must hold

  #note(): void {
    this.tally.kills += 1;
    if (this.#struck !== undefined) this.tally.moments.add(this.#struck);
  }

  readonly #isOurs = ({ into }: Paid): boolean => into !== OPERATORS;

  /** `settled`: nothing may be left of what was ordered. */
  #check(settled: boolean): void {
    const life = this.#alive;
    const books = readBooks(life);
    const paid = paidByNode(life);
    const found = [...misbooked(books, paid, this.#isOurs, settled), ...unfair(life, books)];
    if (settled) found.push(...everOver(books, LIMITS));
    this.#breached(found);
    this.#lookIntoSling(settled, books);
  }

  /** Each once, with the moment after which it was first seen. */
  #breached(found: readonly string[]): void {
    const { breaches } = this.tally;
    for (const text of found)
      if (!breaches.some((known) => known.endsWith(text)))
        breaches.push(`killed ${this.#struck ?? 'never'}: ${text}`);
  }

  #lookIntoSling(settled: boolean, books: Books): void {
    const { machine } = this.#alive.sling;
    if (machine.gone) return;
    const jobs = machine.jobs();
    const ours = jobs.filter(({ order }) => order.total !== undefined);
    if (settled) this.tally.orphans += ours.length;
    if (ours.length > openIn(books).length)
      this.#breached(['sling works on what no open row stands for']);
    const theirs = jobs.find(({ order }) => order.total === undefined);
    if (this.#operators && (theirs?.order !== this.#operators || !theirs.active))
      this.#breached(["the operator's job was touched"]);
  }

  #sum(): void {
    const books = readBooks(this.#alive);
    this.tally.paid = sumOf(paidByNode(this.#alive).filter(this.#isOurs));
    this.tally.booked = sumOf(books.payments.filter(({ jobId }) => jobId !== undefined));
  }
}
