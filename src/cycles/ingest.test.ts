import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Fault, ForwardsNode, IN, OUT, START } from '../../test/doubles/forwards-node.ts';
import { InstantPacer, ManualClock } from '../../test/doubles/manual-clock.ts';
import { MemoryForwards } from '../../test/doubles/memory-forwards.ts';
import type { ChannelId } from '../core/units.ts';
import type { LogLevel } from '../ports/logger.ts';
import type { Forward } from '../ports/node.ts';
import { Ingest } from './ingest.ts';
import { BATCH_ROWS, QUEUE_BOUND } from './ingest-queue.ts';

const A = 'aa'.repeat(32) as ChannelId;
const B = 'bb'.repeat(32) as ChannelId;
const HOUR = 3_600_000;

function world(node = new ForwardsNode(), store = new MemoryForwards()) {
  const clock = new ManualClock(START);
  const pacer = new InstantPacer();
  const lines: string[] = [];
  const alerts: string[] = [];
  const bugs: unknown[] = [];
  const asked = { names: 0 };
  const ready: number[] = [];
  store.names.set(IN, A).set(OUT, B);
  const directory = {
    refresh: async () => {
      asked.names += 1;
      return [];
    },
  };
  const log = (level: LogLevel, text: string) => lines.push(`${level}: ${text}`);
  const alert = (text: string) => alerts.push(text);
  const onBug = (error: unknown) => bugs.push(error);
  const onReady = () => ready.push(clock.now());
  const make = () =>
    new Ingest({
      keepDays: () => 90,
      node,
      store,
      directory,
      clock,
      pacer,
      log,
      alert,
      onBug,
      onReady,
    });
  return { node, store, clock, pacer, lines, alerts, bugs, asked, ready, make, ingest: make() };
}
type World = ReturnType<typeof world>;

/** A world that has read its history. */
async function live(rows = 0): Promise<World> {
  const w = world();
  for (let i = 0; i < rows; i += 1) w.node.settle(1000 + i);
  w.ingest.start();
  await w.ingest.idle();
  return w;
}

describe('hydration (SPEC 2.2)', () => {
  it('notes the updated index, reads created pages, then updated ones, then lives', async () => {
    const { node, store, ingest, asked } = await live(2500);
    expect(node.asked).toEqual([
      'last created',
      'last updated',
      'created 1 1000',
      'created 1001 1000',
      'created 2001 1000',
      'updated 2501 1000',
    ]);
    expect(store.cursors).toEqual({
      created: 2500,
      updated: 2500,
      hydrationMark: 2500,
      hydrated: true,
    });
    expect(store.totals).toEqual(node.settled);
    expect(asked.names).toBe(1);
    expect(ingest.status()).toEqual({
      phase: 'live',
      created: 2500,
      updated: 2500,
      nodeCreated: 2500,
      forwards: 2500,
      queued: 0,
      dropped: 0,
      unresolved: 0,
    });
  });

  it('does not block: start returns before the first answer', () => {
    const w = world();
    w.ingest.start();
    expect(w.store.cursors.hydrationMark).toBeUndefined();
    expect(w.ingest.status().phase).toBe('starting');
    expect(w.ingest.decisionsAllowed()).toBe(false);
  });

  it('original §3 (init waited for one whole listforwards): never all forwards at once', async () => {
    const { node } = await live(3000);
    const pages = node.asked.filter((call) => !call.startsWith('last'));
    for (const page of pages) expect(page).toMatch(/^(created|updated) [1-9]\d* 1000$/);
  });

  it('rests between pages', async () => {
    const { pacer } = await live(3500);
    // A turn of the event loop between each of five answers and its storing, and a rest after each whole page.
    expect(pacer.pauses).toHaveLength(5 + 3);
    for (const pause of pacer.pauses) expect(pause).toBeGreaterThanOrEqual(0);
  });

  it('original §3 (start at the newest time stored lost what settled later): finds in the updated pass what was in flight', async () => {
    const w = world();
    for (let i = 0; i < 1500; i += 1) w.node.offer(1000);
    w.node.onPage = () => {
      const [first] = w.node.inFlight;
      if (first !== undefined) w.node.resolve(first, 'settled');
    };
    w.ingest.start();
    await w.ingest.idle();
    w.node.onPage = () => {};
    await w.ingest.catchUp();
    expect(w.node.settled.forwards).toBeGreaterThanOrEqual(3);
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('original §3 (read again after every start): goes on at the cursor after an end in mid-page, and reads nothing twice', async () => {
    const w = world();
    for (let i = 0; i < 2500; i += 1) w.node.settle(1000);
    let pages = 0;
    w.node.onPage = () => {
      pages += 1;
      if (pages === 2) w.ingest.stop();
    };
    w.ingest.start();
    await w.ingest.idle();
    expect(w.store.cursors).toMatchObject({ created: 1000, hydrated: false });
    w.node.settle(5);
    w.node.asked.length = 0;
    const again = w.make();
    again.start();
    await again.idle();
    expect(w.node.asked.slice(2)).toEqual([
      'created 1001 1000',
      'created 2001 1000',
      'updated 2501 1000',
    ]);
    expect(w.store.totals).toEqual(w.node.settled);
    expect(w.store.cursors.hydrationMark).toBe(2500);
  });

  it('after a restart it catches up before anything is decided', async () => {
    const w = await live(10);
    w.ingest.stop();
    w.node.settle(77);
    const again = w.make();
    again.start();
    expect(again.decisionsAllowed()).toBe(false);
    await again.idle();
    expect(again.decisionsAllowed()).toBe(true);
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('touches nothing after its end, whatever is still on its way', async () => {
    const w = world();
    w.node.settle(1);
    w.node.onPage = () => {
      w.ingest.stop();
      w.store.closed = true;
    };
    w.ingest.start();
    await w.ingest.idle();
    expect(w.bugs).toEqual([]);
    expect(w.store.cursors.created).toBe(0);
    w.ingest.accept(w.node.settle(2));
    await w.ingest.idle();
    expect(w.store.totals.forwards).toBe(0);
  });
});

describe('a node that fails', () => {
  test.each<[Fault, number]>([
    ['drop', 1],
    ['no-index', 1],
    ['below-start', 1],
    ['twice', 1],
    ['shuffle', 0],
  ])('%s: logged, tried again, and no row is skipped', async (fault, retries) => {
    const w = world();
    for (let i = 0; i < 1200; i += 1) w.node.settle(1000 + i);
    w.node.faults.push(fault);
    w.ingest.start();
    await w.ingest.idle();
    expect(w.store.totals).toEqual(w.node.settled);
    expect(w.lines.filter((line) => line.includes('next try'))).toHaveLength(retries);
    expect(w.ingest.status().phase).toBe('live');
  });

  it('waits longer each time, at most a minute', async () => {
    const w = world();
    w.node.faults.push(...Array<Fault>(8).fill('drop'));
    w.ingest.start();
    await w.ingest.idle();
    const waits = w.pacer.pauses.filter((ms) => ms > 0);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(w.lines[0]).toBe('info: forwards: the socket was closed; next try in 1 s');
  });

  it('a full disk during hydration is waited for, not skipped', async () => {
    const w = world();
    w.node.settle(5);
    w.store.diskFails = true;
    const pause = w.pacer.pause.bind(w.pacer);
    w.pacer.pause = async (ms) => {
      w.store.diskFails = false;
      await pause(ms);
    };
    w.ingest.start();
    await w.ingest.idle();
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('a defect of ours is handed on, not retried', async () => {
    const w = world();
    w.store.closed = true;
    w.ingest.start();
    await w.ingest.idle();
    expect(w.bugs).toEqual([new Error('written after the end')]);
  });

  it('a restored node raises an alert and is read anew; totals stay', async () => {
    const w = await live(1500);
    w.node.restore(400);
    for (let i = 0; i < 3; i += 1) w.node.offer(9);
    await w.ingest.catchUp();
    expect(w.alerts).toHaveLength(1);
    expect(w.alerts[0]).toContain('403');
    expect(w.alerts[0]).toContain('1500');
    expect(w.store.cursors).toMatchObject({ created: 403, updated: 400, hydrated: true });
    expect(w.store.totals.forwards).toBe(1500);
    expect(w.ingest.decisionsAllowed()).toBe(true);
    await w.ingest.catchUp();
    expect(w.alerts).toHaveLength(1);
  });

  it('a restored node that breaks off while it is read anew is read on at the next turn', async () => {
    const w = await live(1500);
    w.node.restore(400);
    w.node.faults.push('drop');
    await expect(w.ingest.catchUp()).rejects.toThrow('the socket was closed');
    expect(w.ingest.waitingFor()).toContain('history');
    await w.ingest.catchUp();
    expect(w.ingest.waitingFor()).toBeUndefined();
    expect(w.store.cursors).toMatchObject({ created: 400, updated: 400, hydrated: true });
    expect(w.alerts).toHaveLength(1);
  });

  it('a node restored to fewer resolutions only is noticed too', async () => {
    const w = world();
    w.node.offer(1);
    w.node.settle(2);
    w.ingest.start();
    await w.ingest.idle();
    w.store.cursors = { ...w.store.cursors, updated: 2 };
    await w.ingest.catchUp();
    expect(w.alerts).toHaveLength(1);
  });
});

describe('live events', () => {
  it('are taken in at once and stored together', async () => {
    const w = await live();
    for (let i = 0; i < 2300; i += 1) w.ingest.accept(w.node.settle(1000 + i));
    expect(w.ingest.status().queued).toBe(2300);
    expect(w.store.totals.forwards).toBe(0);
    await w.ingest.idle();
    expect(w.store.batches).toEqual([BATCH_ROWS, BATCH_ROWS, 300]);
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('are stored without anybody waiting', async () => {
    const w = await live();
    w.ingest.accept(w.node.settle(1));
    w.ingest.accept(w.node.settle(2));
    for (let i = 0; i < 5; i += 1) await Promise.resolve();
    expect(w.store.totals.forwards).toBe(2);
    w.ingest.accept(w.node.settle(3));
    for (let i = 0; i < 10; i += 1) await Promise.resolve();
    expect(w.store.totals.forwards).toBe(3);
  });

  it('do not move cursors, so the next pass sees their rows again and changes nothing', async () => {
    const w = await live(5);
    w.ingest.accept(w.node.settle(1));
    await w.ingest.idle();
    expect(w.store.cursors.created).toBe(5);
    await w.ingest.catchUp();
    expect(w.store.cursors).toMatchObject({ created: 6, updated: 6 });
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('only settled events are queued', async () => {
    const w = await live();
    const offered = w.node.offer(5);
    w.ingest.accept(offered);
    w.ingest.accept({ ...offered, status: 'local_failed', outMsat: undefined });
    w.ingest.accept({ ...offered, status: 'failed' });
    expect(w.ingest.status().queued).toBe(0);
  });

  it('beyond the bound are dropped and counted, and the next catch-up reads them', async () => {
    const w = await live();
    for (let i = 0; i < QUEUE_BOUND + 3; i += 1) w.ingest.accept(w.node.settle(1));
    expect(w.ingest.status()).toMatchObject({ queued: QUEUE_BOUND, dropped: 3 });
    await w.ingest.idle();
    expect(w.store.totals.forwards).toBe(QUEUE_BOUND);
    await w.ingest.catchUp();
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('lessons 1.3 (ledger rows lost silently): rows that the disk refused are not lost silently', async () => {
    const w = await live();
    w.store.diskFails = true;
    for (let i = 0; i < 1500; i += 1) w.ingest.accept(w.node.settle(1));
    await w.ingest.idle();
    expect(w.lines.filter((line) => line.startsWith('broken'))).toEqual([
      'broken: forwards could not be stored and will be read again: the disk is full',
    ]);
    expect(w.ingest.status().dropped).toBe(1500);
    w.store.diskFails = false;
    await w.ingest.catchUp();
    expect(w.store.totals).toEqual(w.node.settled);
    w.ingest.accept(w.node.settle(1));
    await w.ingest.idle();
    w.store.diskFails = true;
    w.ingest.accept(w.node.settle(1));
    await w.ingest.idle();
    expect(w.lines.filter((line) => line.startsWith('broken'))).toHaveLength(2);
  });

  it('an end is stored on the way out', async () => {
    const w = await live();
    w.ingest.accept(w.node.settle(1));
    w.ingest.stop();
    expect(w.store.totals).toEqual(w.node.settled);
  });
});

describe('the periodic catch-up', () => {
  it('does nothing while the history is being read', async () => {
    const w = world();
    w.ingest.start();
    await w.ingest.catchUp();
    expect(w.node.asked).toEqual([]);
    await w.ingest.idle();
  });

  it('runs once at a time', async () => {
    const w = await live(1);
    w.node.asked.length = 0;
    await Promise.all([w.ingest.catchUp(), w.ingest.catchUp()]);
    expect(w.node.asked).toHaveLength(4);
  });

  it('throws what the node threw, and the next one goes on', async () => {
    const w = await live(1);
    w.node.settle(3);
    w.node.faults.push('drop');
    await expect(w.ingest.catchUp()).rejects.toThrow('the socket was closed');
    await w.ingest.idle();
    await w.ingest.catchUp();
    expect(w.store.totals).toEqual(w.node.settled);
  });

  it('after more than an hour without one nothing is decided until it has run', async () => {
    const w = await live(1);
    w.clock.move(HOUR);
    expect(w.ingest.decisionsAllowed()).toBe(true);
    w.clock.move(1);
    expect(w.ingest.decisionsAllowed()).toBe(false);
    expect(w.ingest.waitingFor()).toContain('more than an hour');
    await w.ingest.catchUp();
    expect(w.ingest.decisionsAllowed()).toBe(true);
  });

  it('says when cycles may decide: once after the history, and after a gap', async () => {
    const w = await live(1);
    expect(w.ready).toEqual([START]);
    await w.ingest.catchUp();
    expect(w.ready).toHaveLength(1);
    w.clock.move(2 * HOUR);
    await w.ingest.catchUp();
    expect(w.ready).toEqual([START, START + 2 * HOUR]);
  });
});

describe('names nobody has yet (SPEC, words)', () => {
  it('are counted, asked about once, and resolved later', async () => {
    const w = await live();
    expect(w.asked.names).toBe(1);
    w.ingest.accept(w.node.settle(1, { out: '300x3x0' }));
    w.ingest.accept(w.node.settle(1, { out: '300x3x0' }));
    await w.ingest.idle();
    expect(w.ingest.status().unresolved).toBe(2);
    await w.ingest.catchUp();
    expect(w.asked.names).toBe(2);
    await w.ingest.catchUp();
    expect(w.asked.names).toBe(2);
    w.store.names.set('300x3x0', 'cc'.repeat(32) as ChannelId);
    w.ingest.accept(w.node.settle(1, { in: '400x4x0' }));
    await w.ingest.idle();
    await w.ingest.catchUp();
    expect(w.asked.names).toBe(3);
    // Each of the two passes of the catch-up read the row once more.
    expect(w.ingest.status().unresolved).toBe(3);
  });

  it('original §5 (unknown ids refetched again and again): a made-up name in a failed forward is no reason to ask', async () => {
    const w = await live();
    w.node.resolve(w.node.offer(1, { out: '9x9x9' }).createdIndex ?? 0, 'failed');
    await w.ingest.catchUp();
    await w.ingest.catchUp();
    expect(w.asked.names).toBe(1);
    expect(w.ingest.status().unresolved).toBe(0);
  });
});

type Step =
  | { readonly do: 'offer' | 'restart' | 'catch up' | 'idle' }
  | {
      readonly do: 'resolve';
      readonly which: number;
      readonly settled: boolean;
      readonly event: 'once' | 'twice' | 'late' | 'lost';
    }
  | { readonly do: 'fault'; readonly fault: Fault };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'offer' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      which: fc.nat(20),
      settled: fc.boolean(),
      event: fc.constantFrom('once' as const, 'twice' as const, 'late' as const, 'lost' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ do: 'restart' }, { do: 'catch up' }, { do: 'idle' }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault>('drop', 'no-index', 'below-start', 'twice', 'shuffle'),
    }),
  },
);

describe('whatever happens', () => {
  it('duplicates, losses, reordering, restarts and faults change nothing in the totals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const w = world();
        let ingest = w.ingest;
        const late: Forward[] = [];
        ingest.start();
        for (const now of steps) {
          switch (now.do) {
            case 'offer':
              ingest.accept(w.node.offer(100));
              break;
            case 'resolve': {
              const which = w.node.inFlight[now.which % Math.max(1, w.node.inFlight.length)];
              if (which === undefined) break;
              const event = w.node.resolve(which, now.settled ? 'settled' : 'failed');
              if (now.event === 'late') late.unshift(event);
              if (now.event === 'once' || now.event === 'twice') ingest.accept(event);
              if (now.event === 'twice') ingest.accept(event);
              break;
            }
            case 'restart':
              ingest.stop();
              ingest = w.make();
              ingest.start();
              break;
            case 'catch up':
              await Promise.allSettled([ingest.catchUp()]);
              break;
            case 'idle':
              await ingest.idle();
              break;
            case 'fault':
              w.node.faults.push(now.fault);
          }
        }
        for (const event of late) ingest.accept(event);
        await ingest.idle();
        w.node.faults.length = 0;
        await ingest.catchUp();
        expect(w.store.totals).toEqual(w.node.settled);
        expect(w.bugs).toEqual([]);
        expect(ingest.status().phase).toBe('live');
      }),
      { numRuns: 200 },
    );
  });
});
