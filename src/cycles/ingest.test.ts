import { describe, expect, it } from 'vitest';
import { START } from '../../test/doubles/forwards-node.ts';
import { ingestWorld, live } from '../../test/doubles/ingest-world.ts';
import type { ChannelId } from '../core/units.ts';

const HOUR = 3_600_000;

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
    const w = ingestWorld();
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
    const w = ingestWorld();
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
    const w = ingestWorld();
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
    const w = ingestWorld();
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

describe('the periodic catch-up', () => {
  it('does nothing while the history is being read', async () => {
    const w = ingestWorld();
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
