/** An order by hand that the airlock comes to only after the operator was answered. */
import { expect, test } from 'vitest';
import { fromSat } from '../../../src/core/units.ts';
import type { JobOrder, OrderResult } from '../../../src/cycles/rebalance-services.ts';
import { channelId } from '../../doubles/peer-channel.ts';
import { RebalanceWorld } from '../../doubles/rebalance-world.ts';

test('is not wanted any more: the operator was told that nothing was ordered', async () => {
  const world = new RebalanceWorld();
  const alarms: (() => Promise<void>)[] = [];
  Object.assign(world.clock, {
    at: (_: unknown, job: () => Promise<void>) => {
      alarms.push(job);
      return () => undefined;
    },
  });
  const taken: JobOrder[] = [];
  const turn = Promise.withResolvers<OrderResult>();
  // Everything waits behind a stop that takes minutes.
  world.airlock.order = (order) => {
    taken.push(order);
    return turn.promise;
  };
  const request = {
    from: channelId(2),
    to: channelId(1),
    amount: fromSat(400_000),
    maxFee: undefined,
    force: false,
  };
  const answer = world.commands.order(request, false);
  await new Promise(setImmediate);
  expect(taken.map(({ wanted }) => wanted?.())).toEqual([true]);
  for (const ring of alarms) await ring();
  expect(await answer).toMatchObject({
    kind: 'failed',
    because: expect.stringContaining('nothing was ordered'),
  });
  expect(taken.map(({ wanted }) => wanted?.())).toEqual([false]);
  turn.resolve({ kind: 'refused', cap: 'not_ready', because: 'whoever asked is gone' });
  await new Promise(setImmediate);
  expect(world.said(1, 'rebalance-manual')).toMatchObject({ outcome: 'none' });
});
