/** The plugin ends while sling, which everything about money waits for, does not answer. */
import { expect, test } from 'vitest';
import { App } from '../../../src/app.ts';
import { unixMs } from '../../../src/core/units.ts';
import { RetryLater } from '../../../src/ports/errors.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { InstantPacer, ManualClock } from '../../doubles/manual-clock.ts';
import { NO_BACKEND } from '../../doubles/no-backend.ts';
import { peerChannel } from '../../doubles/peer-channel.ts';
import { PricedNode } from '../../doubles/priced-node.ts';

test('it is not waited for, and the store is closed', async () => {
  const node = new PricedNode([peerChannel(1)]);
  const silence = Promise.withResolvers<never>();
  const store = openStore(':memory:', {
    onProblem: (problem) => {
      throw new Error(problem);
    },
  });
  const lines: string[] = [];
  const app = new App({
    node,
    ...NO_BACKEND,
    backend: { ...NO_BACKEND.backend, jobs: () => silence.promise },
    feeSetter: () => node,
    commandFor: () => '',
    store,
    clock: new ManualClock(unixMs(1_790_000_000_000)),
    pacer: new InstantPacer(),
    entropy: { uniform: () => 0.5 },
    options: new Map([['authority', 'full']] as const),
    log: (level, text) => lines.push(`${level}: ${text}`),
    notify: () => {},
    onBug: (error) => {
      throw error;
    },
  });
  await app.start();
  const watch = app.parts.jobs.trigger('money', 'a payment');
  await new Promise(setImmediate);
  await app.stop(true);
  expect(() => store.spending.openJobs()).toThrow();
  silence.reject(new RetryLater('the connection is closed for good'));
  await watch;
  expect(lines.filter((line) => line.startsWith('broken'))).toEqual([]);
});
