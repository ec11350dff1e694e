/** Our sling calls, the node's records and the stand-in for both, over its real socket. */
import { afterEach, expect, test } from 'vitest';
import { ClnPayments } from '../../../src/cln/payment-records.ts';
import { RpcClient } from '../../../src/cln/rpc-client.ts';
import { SlingRebalancer } from '../../../src/cln/sling.ts';
import { fromSat, parseScid, ppm, type Scid, unixMs } from '../../../src/core/units.ts';
import { Bug, NodeRefused } from '../../../src/ports/errors.ts';
import type { RebalanceOrder } from '../../../src/ports/rebalancer.ts';
import { CircularDouble } from '../../../src/sim/embedded-node/circular-double.ts';
import { EmbeddedNode } from '../../../src/sim/embedded-node/embedded-node.ts';
import { doubleChannel } from '../../../src/sim/embedded-node/market-double.ts';

let ending: (() => Promise<void>) | undefined;
afterEach(async () => {
  await ending?.();
  ending = undefined;
});

function scid(text: string): Scid {
  const name = parseScid(text);
  if (!name) throw new Bug('a constant of this test is malformed');
  return name;
}
const order: RebalanceOrder = {
  destination: scid('112x1x0'),
  sources: [scid('113x1x0')],
  chunk: fromSat(100_000),
  total: fromSat(300_000),
  maxPpm: ppm(200),
  keepShare: 0.1,
  keepAmount: fromSat(50_000),
};

async function begun() {
  const market = new CircularDouble([0, 1, 2, 3].map((index) => doubleChannel(index)));
  const node = new EmbeddedNode({ market, sling: 'healthy' });
  await node.start();
  const client = new RpcClient(node.socketPath, () => {});
  ending = async () => {
    client.close();
    await node.destroy();
  };
  return {
    node,
    sling: new SlingRebalancer(client),
    payments: new ClnPayments(client, () => undefined, { elapsed: () => 0 }),
    minutes: (count: number) => node.advance(unixMs(node.state.now() + count * 60_000)),
  };
}

test('an order is at work until all is moved, and every part of it stands in both records', async () => {
  const { sling, payments, minutes } = await begun();
  await expect(sling.version()).resolves.toBe('v4.3.1');
  await sling.orders().start(order);
  await expect(sling.jobs()).resolves.toMatchObject([{ channel: order.destination, maxPpm: 200 }]);
  await expect(sling.orders().start(order)).rejects.toThrow(NodeRefused);
  await expect(sling.jobs()).resolves.toHaveLength(1);
  for (let waited = 0; waited < 600 && (await sling.jobs()).length > 0; waited += 5) minutes(5);
  await expect(sling.jobs()).resolves.toEqual([]);

  await expect(payments.hasChannelMoves()).resolves.toBe(true);
  const paid = (await payments.sendPays(0, 1000)).filter(({ status }) => status === 'complete');
  expect(paid.map(({ amount }) => amount)).toEqual([order.chunk, order.chunk, order.chunk]);
  expect(paid.every(({ invoice, label }) => !invoice && label === undefined)).toBe(true);
  const moves = await payments.channelMoves(0, 1000);
  const ours = moves.filter(({ paymentHash }) =>
    paid.some((part) => part.paymentHash === paymentHash),
  );
  const sum = (of: 'credit' | 'debit' | 'fees') => ours.reduce((all, row) => all + row[of], 0n);
  expect(sum('credit')).toBe(order.total);
  expect(sum('debit') - sum('credit')).toBe(sum('fees'));
  await expect(payments.pendingSendPays()).resolves.toEqual([]);
});

test('an order that is stopped is over at once; stopping and removing what is not there is no error', async () => {
  const { sling } = await begun();
  await sling.orders().start(order);
  await sling.stop(order.destination);
  await expect(sling.jobs()).resolves.toEqual([]);
  await sling.orders().start(order);
  await sling.remove(order.destination);
  await sling.stop(order.destination);
  await sling.remove(order.destination);
  await expect(sling.jobs()).resolves.toEqual([]);
});
