/** Ingest, directory, flow cycle and peer view over the real memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { PendingHtlcs } from '../../../src/core/flow/pending-htlcs.ts';
import { DAY_MS, fromSat, laterBy, msat, unixMs } from '../../../src/core/units.ts';
import { Directory } from '../../../src/cycles/directory.ts';
import { FlowCycle } from '../../../src/cycles/flow-cycle.ts';
import { Ingest } from '../../../src/cycles/ingest.ts';
import { observeChannels } from '../../../src/cycles/peer-view.ts';
import type { Forward, PeerChannel } from '../../../src/ports/node.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { type Fault, ForwardsNode, IN, OUT, START } from '../../doubles/forwards-node.ts';
import { InstantPacer, ManualClock } from '../../doubles/manual-clock.ts';
import { channelId, nodeId, peerChannel } from '../../doubles/peer-channel.ts';

const folder = mkdtempSync(join(tmpdir(), 'ingest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = (n: number, name: string): PeerChannel =>
  peerChannel(n, { scid: undefined, aliasLocal: name as PeerChannel['aliasLocal'] });
const CHANNELS = [named(1, IN), named(2, OUT)];

const openMemory = (path: string): Store =>
  openStore(path, {
    onProblem: (sentence) => {
      throw new Error(sentence);
    },
  });

function world(store: Store = openMemory(':memory:'), node = new ForwardsNode()) {
  const clock = new ManualClock(laterBy(START, DAY_MS / 2));
  const open = [...CHANNELS];
  const shown = {
    peerChannels: async () => open,
    closedChannels: async () => [],
    leftOut: () => 0,
  };
  const alerts: string[] = [];
  const make = (memory = store): Ingest =>
    new Ingest({
      keepDays: () => 90,
      node,
      store: memory,
      directory: new Directory(shown, memory.channels, clock),
      clock,
      pacer: new InstantPacer(),
      log: () => {},
      alert: (text) => alerts.push(text),
      onBug: (error) => {
        throw error;
      },
    });
  return { store, node, clock, open, shown, alerts, make };
}
const sums = (store: Store) => {
  const { forwards, out, fees } = store.forwards.nodeTotals();
  return { forwards, out, fees };
};
const expected = (node: ForwardsNode) => ({
  ...node.settled,
  fees: 7n * BigInt(node.settled.forwards),
});

describe('hydration into the real memory', () => {
  it('is exact, and survives being closed in mid-page', async () => {
    const path = join(folder, 'cursors.db');
    const first = openMemory(path);
    const w = world(first);
    for (let i = 0; i < 2500; i += 1) w.node.settle(1000 + i);
    const ingest = w.make();
    let pages = 0;
    w.node.onPage = () => {
      pages += 1;
      if (pages === 2) {
        ingest.stop();
        first.close();
      }
    };
    ingest.start();
    await ingest.idle();
    const again = openMemory(path);
    expect(again.forwards.cursors()).toMatchObject({ created: 1000, hydrated: false });
    const next = w.make(again);
    next.start();
    await next.idle();
    expect(sums(again)).toEqual(expected(w.node));
    expect(next.status()).toMatchObject({ phase: 'live', created: 2500, unresolved: 0 });
    again.close();
  });

  it('failures are counted once, however they are seen', async () => {
    const w = world();
    for (let i = 0; i < 20; i += 1) w.node.resolve(w.node.offer(5).createdIndex ?? 0, 'failed');
    const inFlight = w.node.offer(5).createdIndex ?? 0;
    const ingest = w.make();
    ingest.start();
    await ingest.idle();
    const event = w.node.resolve(inFlight, 'failed');
    ingest.accept(event);
    await ingest.idle();
    await ingest.catchUp();
    await ingest.catchUp();
    expect(w.store.forwards.counts()).toMatchObject({ settledRows: 0, failed: 21 });
    expect(w.store.peers.reputations()).toMatchObject([{ peerId: nodeId(1), success: 0 }]);
  });

  it('original 4.9: local_failed never blames the sender', async () => {
    const w = world();
    w.node.refuse(500);
    const ingest = w.make();
    ingest.start();
    await ingest.idle();
    expect(w.store.forwards.counts()).toMatchObject({ failed: 0, localFailed: 1 });
    expect(w.store.peers.reputations()).toEqual([]);
  });

  it('forwards under a name nobody had find their channel when it turns up', async () => {
    const w = world();
    w.node.settle(1000, { out: '300x3x0' });
    const ingest = w.make();
    ingest.start();
    await ingest.idle();
    expect(ingest.status().unresolved).toBe(1);
    w.open.push(named(3, '300x3x0'));
    await ingest.catchUp();
    expect(w.store.forwards.channelTotals().get(channelId(3))).toMatchObject({ out: 1000n });
    expect(ingest.status().unresolved).toBe(0);
    expect(sums(w.store)).toEqual(expected(w.node));
  });
});

describe('whatever happens, over the real memory', () => {
  const step = fc.record({
    do: fc.constantFrom(
      'offer',
      'offer',
      'settle',
      'settle',
      'fail',
      'restart',
      'catch up',
      'fault',
    ),
    which: fc.nat(9),
    event: fc.constantFrom('once', 'twice', 'late', 'lost'),
    fault: fc.constantFrom<Fault>('drop', 'no-index', 'below-start', 'twice', 'shuffle'),
  });

  it('totals are those of the node, and failures count once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const w = world();
        const late: Forward[] = [];
        let failed = 0;
        let ingest = w.make();
        ingest.start();
        for (const now of steps) {
          if (now.do === 'offer') ingest.accept(w.node.offer(100));
          if (now.do === 'catch up') await Promise.allSettled([ingest.catchUp()]);
          if (now.do === 'fault') w.node.faults.push(now.fault);
          if (now.do === 'restart') {
            ingest.stop();
            ingest = w.make();
            ingest.start();
          }
          if (now.do !== 'settle' && now.do !== 'fail') continue;
          const which = w.node.inFlight[now.which % Math.max(1, w.node.inFlight.length)];
          if (which === undefined) continue;
          const event = w.node.resolve(which, now.do === 'settle' ? 'settled' : 'failed');
          if (now.do === 'fail') failed += 1;
          if (now.event === 'late') late.unshift(event);
          if (now.event === 'once' || now.event === 'twice') ingest.accept(event);
          if (now.event === 'twice') ingest.accept(event);
        }
        for (const event of late) ingest.accept(event);
        await ingest.idle();
        w.node.faults.length = 0;
        await ingest.catchUp();
        expect(sums(w.store)).toEqual(expected(w.node));
        expect(w.store.forwards.counts().failed).toBe(failed);
        w.store.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('flow and evidence from the real memory', () => {
  it('original 4.1: sub-satoshi forwards count, on both sides, and the node counts exits only', async () => {
    const w = world();
    for (let i = 0; i < 12; i += 1) w.node.settle(900);
    const ingest = w.make();
    ingest.start();
    await ingest.idle();
    const flow = new FlowCycle({
      node: w.shown,
      store: w.store,
      clock: w.clock,
      log: () => {},
      settings: () => ({
        windowDays: 7,
        graceDays: 14,
        reputation: true,
        reputationDecay: 0.98,
        intervalMs: 3_600_000,
      }),
    });
    await flow.run();
    const byId = new Map(flow.latest().map((metrics) => [metrics.channelId, metrics]));
    expect(byId.get(channelId(1))).toMatchObject({
      in: 12n * 907n,
      out: 0n,
      count: 12,
      direction: -1,
    });
    expect(byId.get(channelId(2))).toMatchObject({
      in: 0n,
      out: 12n * 900n,
      count: 12,
      direction: 1,
    });
    const settings = { reputation: true, openEstimate: fromSat(5000) };
    const seen = observeChannels(
      w.store,
      CHANNELS,
      new PendingHtlcs(),
      settings,
      unixMs(w.clock.now()),
    );
    expect(seen.get(channelId(2))).toMatchObject({
      settledOutEver: msat(12n * 900n),
      leftInDay: msat(12n * 900n),
      flow: { state: 'BALANCED', direction: 1 },
      realisedPpm: (84 / 10_800) * 1e6,
    });
    expect(seen.get(channelId(2))?.books.entries).toMatchObject({ revenue: 84n, assisted: 0n });
    expect(seen.get(channelId(1))?.books.entries).toMatchObject({ revenue: 0n, assisted: 84n });
    expect(w.store.forwards.nodeTotals()).toMatchObject({ forwards: 12, fees: 84n });
  });
});
