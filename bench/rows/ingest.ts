/** Live `forward_event`s into a memory on disk, durable: each batch is synced before the next is taken (SPEC 12). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IngestQueue } from '../../src/cycles/ingest-queue.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import { SystemClock, systemPacer } from '../../src/system/system-time.ts';
import { type Bench, row } from '../bench-row.ts';
import { forwardOf } from '../synthetic-forwards.ts';

const CHANNELS = 200;
const WARM_UP = 50_000;
const EVENTS = 300_000;
/** What arrives in one read from lightningd's pipe. */
const BURST = 500;
/** Far below the queue's own bound: an event it had to drop would not be sustained. */
const MOST_WAITING = 10_000;
const EVENTS_A_SECOND = 20_000;

export const ingest: Bench = {
  name: 'ingest',
  async run(say) {
    const directory = mkdtempSync(join(tmpdir(), 'revenue-bench-'));
    const store = openStore(join(directory, 'revenue-ops.db'), { onProblem: say });
    const queue = new IngestQueue({
      forwards: store.forwards,
      clock: new SystemClock(),
      pacer: systemPacer,
      log: (_, text) => say(text),
      stored: () => undefined,
      onBug: (error) => {
        throw error;
      },
    });
    const feed = async (from: number, until: number): Promise<void> => {
      for (let number = from; number <= until; number += 1) {
        queue.put(forwardOf(number, CHANNELS));
        if (number % BURST === 0) await systemPacer.pause(0);
        while (queue.length > MOST_WAITING) await systemPacer.pause(0);
      }
      queue.flush();
    };
    try {
      await feed(1, WARM_UP);
      const started = performance.now();
      await feed(WARM_UP + 1, WARM_UP + EVENTS);
      const seconds = (performance.now() - started) / 1000;
      const { forwards } = store.forwards.nodeTotals();
      const lost = WARM_UP + EVENTS - forwards;
      return [
        row('ingest/forward_event, durable', EVENTS / seconds, 'rows/s', EVENTS_A_SECOND),
        row('ingest/not stored', lost, 'calls', 0),
      ];
    } finally {
      queue.stop();
      store.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
