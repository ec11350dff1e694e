import { expect, test } from 'vitest';
import { ClnPayments } from '../../../src/cln/payment-records.ts';
import { type NodeCaller, RpcClient } from '../../../src/cln/rpc-client.ts';
import { DAY_MS, type NodeId, parseChannelId, parseNodeId } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { type Asked, LightningdDouble } from './lightningd-double.ts';

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Bug('a constant of this test is malformed');
  return value;
}
const node = (digits: string): NodeId => known(parseNodeId(`02${digits.padEnd(64, '0')}`));
const SELF = node('5e1f');
const PEER = node('aaaa');
const OURS = known(parseChannelId('1'.repeat(64)));
const IDENTITY = { id: SELF, network: 'regtest', version: 'v26.06.6', blockheight: 1 };

/** The records over a real socket; no call takes longer than `patience` ms. */
async function over(answer: (asked: Asked) => void, patience = 2000) {
  const double = await new LightningdDouble(answer).listen();
  const client = new RpcClient(double.path, () => {});
  const hurried: NodeCaller = {
    call: (method, params, options) =>
      client.call(method, params, { ...options, timeoutMs: patience }),
  };
  const time = { now: 0 };
  return {
    double,
    time,
    payments: new ClnPayments(hurried, (scid) => (scid === '700000x1x0' ? OURS : undefined), {
      elapsed: () => time.now,
    }),
    asked: () => double.asked.map(({ method, params }) => [method, params]),
    async [Symbol.asyncDispose]() {
      client.close();
      await double[Symbol.asyncDispose]();
    },
  };
}

const pay = (created_index: number, status = 'complete') => ({
  created_index,
  payment_hash: 'f'.repeat(64),
  status,
  amount_sent_msat: 1,
  created_at: 1,
});
const move = (created_index: number) => ({
  created_index,
  account_id: 'wallet',
  credit_msat: 1,
  debit_msat: 0,
  fees_msat: 0,
  timestamp: 1,
  primary_tag: 'pushed',
});

test('both records are asked for by page of the created index, with nothing but that', async () => {
  await using at = await over((asked) =>
    asked.result(
      asked.method === 'listsendpays'
        ? { payments: [pay(41), pay(43)] }
        : { channelmoves: [move(9), move(10)] },
    ),
  );
  await expect(at.payments.sendPays(41, 500)).resolves.toHaveLength(2);
  await expect(at.payments.channelMoves(9, 2)).resolves.toHaveLength(2);
  expect(at.asked()).toEqual([
    ['listsendpays', { index: 'created', start: 41, limit: 500 }],
    ['listchannelmoves', { index: 'created', start: 9, limit: 2 }],
  ]);
});

test.each([
  ['rows out of order', [42, 41], 41, 10],
  ['a row twice', [42, 42], 41, 10],
  ['rows from before the start', [40, 42], 41, 10],
  ['more rows than asked for', [41, 42], 41, 1],
])('%s: a page the cursor cannot follow is RetryLater', async (_, indexes, start, limit) => {
  await using at = await over((asked) =>
    asked.result({ payments: indexes.map((i) => pay(i)), channelmoves: indexes.map(move) }),
  );
  await expect(at.payments.sendPays(start, limit)).rejects.toThrow(RetryLater);
  await expect(at.payments.channelMoves(start, limit)).rejects.toThrow(RetryLater);
});

test('what is still under way is asked for by status, and nothing else is taken for it', async () => {
  await using at = await over((asked) =>
    asked.result({ payments: [pay(2, 'pending'), pay(1, 'failed')] }),
  );
  await expect(at.payments.pendingSendPays()).resolves.toMatchObject([{ index: 2 }]);
  expect(at.asked()).toEqual([['listsendpays', { status: 'pending' }]]);
});

test('the wallet is what listfunds calls confirmed and free', async () => {
  await using at = await over((asked) =>
    asked.result({
      outputs: [{ amount_msat: 5000, status: 'confirmed', reserved: false }],
      channels: [],
    }),
  );
  await expect(at.payments.wallet()).resolves.toEqual({ confirmed: 5000n });
  expect(at.asked()).toEqual([['listfunds', {}]]);
});

test.each([
  ['has moves from v25.09', 'listchannelmoves [index]', true],
  ['has none before', 'listforwards', false],
])('a node %s, and is asked once', async (_, command, has) => {
  await using at = await over((asked) => asked.result({ help: [{ command }] }));
  await expect(at.payments.hasChannelMoves()).resolves.toBe(has);
  await expect(at.payments.hasChannelMoves()).resolves.toBe(has);
  expect(at.asked()).toEqual([['help', {}]]);
});

test('a failure to say whether there are moves is not remembered', async () => {
  await using at = await over((asked) => {
    if (at.double.asked.length === 1) asked.error(-1, 'not now');
    else asked.result({ help: [{ command: 'listchannelmoves' }] });
  });
  await expect(at.payments.hasChannelMoves()).rejects.toThrow(NodeRefused);
  await expect(at.payments.hasChannelMoves()).resolves.toBe(true);
});

const gossip = (
  source: NodeId,
  destination: NodeId,
  price: { readonly base?: number; readonly ppm: number },
  change: object = {},
) => ({
  source,
  destination,
  short_channel_id: '800000x1x0',
  active: true,
  base_fee_millisatoshi: price.base ?? 0,
  fee_per_millionth: price.ppm,
  ...change,
});

test("a peer's price towards us is read from its own gossip, for channels that are ours", async () => {
  const ours = { short_channel_id: '700000x1x0' };
  await using at = await over((asked) => {
    if (asked.method === 'getinfo') return asked.result(IDENTITY);
    asked.result({
      channels: [
        gossip(PEER, SELF, { base: 1000, ppm: 7 }, ours),
        gossip(PEER, SELF, { ppm: 1 }, { short_channel_id: '700000x2x0' }),
        gossip(PEER, node('bbbb'), { ppm: 2 }, ours),
        gossip(SELF, PEER, { ppm: 3 }, ours),
        // A node that answers more than was asked for.
        gossip(node('cccc'), SELF, { ppm: 4 }, ours),
      ],
    });
  });
  await expect(at.payments.inboundFees(PEER)).resolves.toEqual(
    new Map([[OURS, { base: 1000n, ppm: 7 }]]),
  );
  await at.payments.inboundFees(PEER);
  expect(at.asked()).toEqual([
    ['getinfo', {}],
    ['listchannels', { source: PEER }],
    ['listchannels', { source: PEER }],
  ]);
});

test('a channel the peer has disabled has no price', async () => {
  await using at = await over((asked) => {
    if (asked.method === 'getinfo') return asked.result(IDENTITY);
    const off = { short_channel_id: '700000x1x0', active: false };
    asked.result({ channels: [gossip(PEER, SELF, { ppm: 7 }, off)] });
  });
  await expect(at.payments.inboundFees(PEER)).resolves.toEqual(new Map());
});

/** A network of `peers`, each with the given prices away from itself. */
const network =
  (peers: readonly NodeId[], pricesOf: (peer: NodeId) => readonly object[]) =>
  (asked: Asked): void => {
    const { source } = asked.params as { source?: NodeId };
    const channels =
      source === undefined || source === SELF
        ? peers.map((peer) => gossip(SELF, peer, { ppm: 9999 }))
        : pricesOf(source);
    asked.result(asked.method === 'getinfo' ? IDENTITY : { channels });
  };

test("the network's price is the median of our peers' active channels, base fee for 100 000 sat included", async () => {
  const prices = [
    gossip(PEER, node('b1'), { ppm: 10 }),
    gossip(PEER, node('b2'), { base: 1000, ppm: 100 }),
    gossip(PEER, node('b3'), { ppm: 900 }),
    gossip(PEER, node('b4'), { ppm: 1 }, { active: false }),
    gossip(PEER, SELF, { ppm: 1 }),
  ];
  await using at = await over(network([PEER], () => prices));
  await expect(at.payments.networkMedianPpm()).resolves.toBe(110);
  prices.pop();
  prices.push(gossip(PEER, node('b5'), { ppm: 111 }));
  at.time.now = DAY_MS;
  await expect(at.payments.networkMedianPpm()).resolves.toBe(110.5);
});

test('it is asked of twenty peers at most, never of the whole network, and once a day', async () => {
  const peers = Array.from({ length: 45 }, (_, i) => node(`a${i.toString(16).padStart(2, '0')}`));
  await using at = await over(network(peers, (peer) => [gossip(peer, node('ffff'), { ppm: 50 })]));
  await expect(at.payments.networkMedianPpm()).resolves.toBe(50);
  const sources = at
    .asked()
    .flatMap(([method, params]) =>
      method === 'listchannels' ? [(params as { source?: NodeId }).source] : [],
    );
  expect(sources).not.toContain(undefined);
  expect(sources[0]).toBe(SELF);
  expect(sources.length - 1).toBeLessThanOrEqual(20);
  expect(sources.length - 1).toBeGreaterThan(10);
  at.time.now = DAY_MS - 1;
  await at.payments.networkMedianPpm();
  expect(at.asked()).toHaveLength(sources.length + 1);
  at.time.now = DAY_MS;
  await at.payments.networkMedianPpm();
  expect(at.asked()).toHaveLength(2 * sources.length + 1);
});

test('one peer with thousands of channels does not outweigh the others', async () => {
  const others = ['a1', 'a2', 'a3'].map(node);
  const many = (peer: NodeId, count: number, ppm: number) =>
    Array.from({ length: count }, () => gossip(peer, node('ffff'), { ppm }));
  await using at = await over(
    network([PEER, ...others], (peer) =>
      many(peer, peer === PEER ? 5000 : 150, peer === PEER ? 1 : 80),
    ),
  );
  await expect(at.payments.networkMedianPpm()).resolves.toBe(80);
});

test('without gossip the price is unknown, and asked for again', async () => {
  let peers: NodeId[] = [];
  await using at = await over((asked) =>
    network(peers, (peer) => [gossip(peer, node('ffff'), { ppm: 5 })])(asked),
  );
  await expect(at.payments.networkMedianPpm()).resolves.toBeUndefined();
  peers = [PEER];
  await expect(at.payments.networkMedianPpm()).resolves.toBe(5);
});

test('a silent node is RetryLater for every question, a refusing one NodeRefused', async () => {
  const questions = (payments: ClnPayments) => [
    payments.hasChannelMoves(),
    payments.channelMoves(0, 10),
    payments.sendPays(0, 10),
    payments.pendingSendPays(),
    payments.wallet(),
    payments.inboundFees(PEER),
    payments.networkMedianPpm(),
  ];
  await using silent = await over(() => {}, 50);
  for (const answer of await Promise.allSettled(questions(silent.payments)))
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(RetryLater) });
  await using refusing = await over((asked) => asked.error(-1, 'no'));
  for (const answer of await Promise.allSettled(questions(refusing.payments)))
    expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(NodeRefused) });
});
