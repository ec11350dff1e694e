import { describe, expect, it } from 'vitest';
import { TimedClock } from '../../test/doubles/timed-clock.ts';
import { unixMs } from '../core/units.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { LogLevel } from '../ports/logger.ts';
import { type Job, Jobs } from './jobs.ts';

const START = unixMs(1_800_000_000_000);
const MINUTE = 60_000;

/** A world in which time passes only in `pass`; `chance` is what the jitter draws. */
function world(chance = 0.5) {
  const clock = new TimedClock(START);
  const lines: string[] = [];
  const log = (level: LogLevel, text: string) => lines.push(`${level}: ${text}`);
  const jobs = new Jobs(clock, { uniform: () => chance }, log);
  const pass = (ms: number): Promise<void> => clock.pass(ms);
  const ran: string[] = [];
  const add = (job: Partial<Job> = {}): void =>
    jobs.add({
      name: 'fees',
      everyMs: () => 30 * MINUTE,
      firstAfterMs: MINUTE,
      run: async (reason) => {
        ran.push(`${(clock.now() - START) / MINUTE} ${reason}`);
      },
      ...job,
    });
  const status = () => jobs.list()[0];
  return { jobs, pass, add, ran, lines, status };
}

describe('the rhythm of a job', () => {
  it('first after its delay, then at its interval; status says when it ran and runs next', async () => {
    const w = world();
    w.add();
    expect(w.status()).toMatchObject({ runs: 0, lastRun: undefined, nextRun: START + MINUTE });
    await w.pass(MINUTE);
    await w.pass(30 * MINUTE);
    expect(w.ran).toEqual(['1 interval', '31 interval']);
    expect(w.status()).toMatchObject({
      runs: 2,
      lastRun: START + 31 * MINUTE,
      nextRun: START + 61 * MINUTE,
      running: false,
    });
  });

  it('is jittered by at most ± 20 % (SPEC 3), except where it must be even', async () => {
    for (const [chance, next] of [
      [0, 24],
      [0.9999999, 36],
    ] as const) {
      const w = world(chance);
      w.add();
      await w.pass(MINUTE);
      expect(w.status()?.nextRun).toBeCloseTo(START + (1 + next) * MINUTE, -2);
      const even = world(chance);
      even.add({ even: true });
      await even.pass(MINUTE);
      expect(even.status()?.nextRun).toBe(START + 31 * MINUTE);
    }
  });

  it('original 1.3: an interval that is changed counts at once, without restart', async () => {
    const w = world();
    let every = 30 * MINUTE;
    w.add({ everyMs: () => every });
    await w.pass(MINUTE);
    every = 5 * MINUTE;
    w.jobs.rearm();
    await w.pass(5 * MINUTE);
    expect(w.ran).toEqual(['1 interval', '6 interval']);
    await w.pass(5 * MINUTE);
    expect(w.ran).toHaveLength(3);
  });

  it('a change of something else does not move the next run', async () => {
    const w = world();
    w.add();
    await w.pass(MINUTE);
    await w.pass(10 * MINUTE);
    w.jobs.rearm();
    expect(w.status()?.nextRun).toBe(START + 31 * MINUTE);
  });
});

describe('one at a time', () => {
  it('a trigger while it runs makes it run once more, however many come', async () => {
    const w = world();
    const gate = Promise.withResolvers<void>();
    const reasons: string[] = [];
    w.add({
      run: async (reason) => {
        reasons.push(reason);
        if (reasons.length === 1) await gate.promise;
      },
    });
    const first = w.jobs.trigger('fees', 'policy');
    const others = [w.jobs.trigger('fees', 'spike'), w.jobs.trigger('fees', 'config')];
    expect(w.status()?.running).toBe(true);
    expect(reasons).toEqual(['policy']);
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(reasons).toEqual(['policy', 'config']);
  });

  it('stop does not wait for one that may take minutes', async () => {
    const w = world();
    const ended: string[] = [];
    const gate = Promise.withResolvers<void>();
    w.add({ name: 'money', run: () => gate.promise.then(() => void ended.push('money')) });
    w.add({ run: () => Promise.resolve().then(() => void ended.push('fees')) });
    const running = [w.jobs.trigger('money', 'a payment'), w.jobs.trigger('fees', 'policy')];
    await w.jobs.stop(new Set(['money']));
    expect(ended).toEqual(['fees']);
    gate.resolve();
    await w.jobs.stop();
    await Promise.all(running);
    expect(ended).toEqual(['fees', 'money']);
  });

  it('stop waits for the one that runs, and none starts after it', async () => {
    const w = world();
    const gate = Promise.withResolvers<void>();
    let ended = false;
    w.add({
      run: async () => {
        await gate.promise;
        ended = true;
      },
    });
    const running = w.jobs.trigger('fees', 'policy');
    const stopped = w.jobs.stop();
    gate.resolve();
    await Promise.all([running, stopped]);
    expect(ended).toBe(true);
    w.jobs.once('fees', MINUTE, 'second look');
    await w.jobs.trigger('fees', 'policy');
    await w.pass(2 * MINUTE);
    expect(w.status()?.runs).toBe(1);
  });
});

describe('a job that may not run, or cannot', () => {
  it('says why as long as it is so, and not a moment longer', async () => {
    const w = world();
    let because: string | undefined = 'the history is being read';
    w.add({ blocked: () => because });
    expect(w.status()?.waitingFor).toBe('the history is being read');
    await w.pass(MINUTE);
    expect(w.status()?.runs).toBe(0);
    because = undefined;
    expect(w.status()?.waitingFor).toBeUndefined();
    await w.jobs.trigger('fees', 'history read');
    expect(w.status()?.runs).toBe(1);
  });

  it('runs in part where only a part must wait, and says so', async () => {
    const w = world();
    w.add({ partly: () => 'the history is being read' });
    await w.pass(MINUTE);
    expect(w.status()).toMatchObject({ runs: 1, waitingFor: 'the history is being read' });
  });

  it('a failure is counted, said and forgotten at the next success; a node that is away is no alarm', async () => {
    const w = world();
    const fails: (Error | undefined)[] = [
      new RetryLater('no answer'),
      new NodeRefused('feerates: no estimate yet', -1),
      new TypeError('x'),
      undefined,
    ];
    w.add({
      run: async () => {
        const error = fails.shift();
        if (error) throw error;
      },
    });
    await w.pass(MINUTE);
    expect(w.status()).toMatchObject({ failures: 1, lastError: 'RetryLater: no answer' });
    await w.pass(60 * MINUTE);
    expect(w.lines.map((line) => line.split(':')[0])).toEqual(['info', 'info', 'broken']);
    await w.pass(30 * MINUTE);
    expect(w.status()).toMatchObject({ runs: 4, failures: 3, lastError: undefined });
  });
});
