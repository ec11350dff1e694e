/**
 * The whole plugin reads a million forwards from the socket, while somebody keeps asking `revenue-status` (SPEC 2.2,
 * 12). One in seven failed on the way, one in seven for lack of our liquidity, over two years.
 */
import { DAY_MS, laterBy, unixMs } from '../../src/core/units.ts';
import type { Forward } from '../../src/ports/node.ts';
import { type Bench, quantile, row } from '../bench-row.ts';
import { ServedNode } from '../served-node.ts';
import { forwardOf } from '../synthetic-forwards.ts';

const CHANNELS = 200;
const ROWS = 1_000_000;
const YEARS_MS = 730 * DAY_MS;
const ASK_EVERY_MS = 100;
/** SPEC 12. */
const TOTAL_S = 20;
const RSS_MB = 200;
const DELAY_MS = 50;
const STATUS_MS = 100;
/** Far beyond the bound: then something is broken, not slow. */
const GIVE_UP_MS = 10 * TOTAL_S * 1000;
const MB = 1e6;

export const hydration: Bench = {
  name: 'hydration',
  async run(say) {
    const from = Date.now() - YEARS_MS;
    const served = new ServedNode(CHANNELS, {
      rows: ROWS,
      at: (number) => rowOf(number, from + (number / ROWS) * YEARS_MS),
    });
    try {
      const started = performance.now();
      await served.start();
      const times = await untilLive(served, say);
      const seconds = (performance.now() - started) / 1000;
      // The process tells of itself a few times a second.
      await new Promise((done) => setTimeout(done, 2 * ASK_EVERY_MS + 300));
      const { p99Ms, peakRss, cpuMs } = served.health();
      say(`the plugin computed for ${(cpuMs / 1000).toFixed(1)} s of them`);
      return [
        row('hydration/1 M forwards', seconds, 's', TOTAL_S),
        row('hydration/peak RSS', peakRss / MB, 'MB', RSS_MB),
        row('hydration/event-loop delay p99', p99Ms, 'ms', DELAY_MS),
        row('hydration/revenue-status p99', quantile(times, 0.99), 'ms', STATUS_MS),
      ];
    } finally {
      await served.end();
    }
  },
};

/** Milliseconds of each `revenue-status` until the history was read. */
async function untilLive(
  served: ServedNode,
  say: (text: string) => void,
): Promise<readonly number[]> {
  const client = served.node.client();
  const times: number[] = [];
  const giveUp = performance.now() + GIVE_UP_MS;
  while (performance.now() < giveUp) {
    const asked = performance.now();
    const status = JSON.stringify(await client.call('revenue-status'), (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    times.push(performance.now() - asked);
    if (status.includes('"phase":"live"')) return times;
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
  }
  say(served.node.logs.map(({ message }) => message).join('\n'));
  throw new Error('the history was not read');
}

function rowOf(number: number, at: number): Forward {
  const settled = forwardOf(number, CHANNELS);
  const receivedAt = unixMs(at);
  const moved = { ...settled, receivedAt, resolvedAt: laterBy(receivedAt, 2000) };
  if (number % 7 === 0)
    return { ...moved, status: 'failed', failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE' };
  if (number % 7 === 1)
    return {
      ...moved,
      status: 'local_failed',
      updatedIndex: undefined,
      outMsat: undefined,
      feeMsat: undefined,
      resolvedAt: undefined,
      failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
    };
  return moved;
}
