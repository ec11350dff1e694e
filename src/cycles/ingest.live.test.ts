/** What comes in after the history: events, faults of the node and of the disk. */
import { describe, expect, it, test } from 'vitest';
import type { Fault } from '../../test/doubles/forwards-node.ts';
import { ingestWorld, live } from '../../test/doubles/ingest-world.ts';
import { BATCH_ROWS, QUEUE_BOUND } from './ingest-queue.ts';

describe('a node that fails', () => {
  test.each<[Fault, number]>([
    ['drop', 1],
    ['no-index', 1],
    ['below-start', 1],
    ['twice', 1],
    ['shuffle', 0],
  ])('%s: logged, tried again, and no row is skipped', async (fault, retries) => {
    const w = ingestWorld();
    for (let i = 0; i < 1200; i += 1) w.node.settle(1000 + i);
    w.node.faults.push(fault);
    w.ingest.start();
    await w.ingest.idle();
    expect(w.store.totals).toEqual(w.node.settled);
    expect(w.lines.filter((line) => line.includes('next try'))).toHaveLength(retries);
    expect(w.ingest.status().phase).toBe('live');
  });

  it('waits longer each time, at most a minute', async () => {
    const w = ingestWorld();
    w.node.faults.push(...Array<Fault>(8).fill('drop'));
    w.ingest.start();
    await w.ingest.idle();
    const waits = w.pacer.pauses.filter((ms) => ms > 0);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(w.lines[0]).toBe('info: forwards: the socket was closed; next try in 1 s');
  });

  it('a full disk during hydration is waited for, not skipped', async () => {
    const w = ingestWorld();
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
    const w = ingestWorld();
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
    const w = ingestWorld();
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
