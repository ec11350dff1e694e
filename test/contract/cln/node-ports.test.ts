import { expect, test, vi } from 'vitest';
import { NodeFeeSetter } from '../../../src/cln/fee-setter.ts';
import { ClnNode } from '../../../src/cln/lightning-node.ts';
import { RpcClient } from '../../../src/cln/rpc-client.ts';
import { msat, type NodeId, parseChannelId, parseNodeId, ppm } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { fixture } from './fixtures.ts';
import { type Asked, LightningdDouble } from './lightningd-double.ts';

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Bug('a constant of this test is malformed');
  return value;
}
const PEER: NodeId = known(parseNodeId(`02${'a'.repeat(64)}`));
const channel = (digit: string) => known(parseChannelId(digit.repeat(64)));

/** The ports over a real socket, with lightningd's answers scripted. */
async function over(answer: (asked: Asked) => void) {
  const double = await new LightningdDouble(answer).listen();
  const client = new RpcClient(double.path, () => {});
  const onProblem = vi.fn();
  return {
    double,
    onProblem,
    node: new ClnNode(client, onProblem),
    fees: new NodeFeeSetter(client),
    async [Symbol.asyncDispose]() {
      client.close();
      await double[Symbol.asyncDispose]();
    },
  };
}

test('peerChannels asks once, leaves a malformed channel out and says so', async () => {
  await using at = await over((asked) => {
    const answer = fixture('listpeerchannels');
    Object.assign(answer.channels?.[0] ?? {}, { to_us_msat: 'plenty' });
    asked.result(answer);
  });
  const channels = await at.node.peerChannels();
  expect(channels.map(({ channelId }) => channelId)).toEqual([channel('2')]);
  expect(at.onProblem.mock.calls).toEqual([
    ['listpeerchannels: 700000x1x0 left out, to_us_msat: expected an amount in msat'],
  ]);
  expect(at.double.asked).toMatchObject([{ method: 'listpeerchannels', params: {} }]);
});

test('peerChannel asks by peer only; gone is undefined, unreadable is RetryLater', async () => {
  const spoiled: Record<string, unknown> = {};
  await using at = await over((asked) => {
    const answer = fixture('listpeerchannels');
    Object.assign(answer.channels?.[0] ?? {}, spoiled);
    asked.result(answer);
  });
  await expect(at.node.peerChannel(PEER, channel('1'))).resolves.toMatchObject({
    scid: '700000x1x0',
  });
  await expect(at.node.peerChannel(PEER, channel('9'))).resolves.toBeUndefined();
  expect(at.double.asked[0]?.params).toEqual({ id: PEER });
  spoiled.to_us_msat = 'plenty';
  await expect(at.node.peerChannel(PEER, channel('1'))).rejects.toThrow(RetryLater);
  await expect(at.node.peerChannel(PEER, channel('9'))).resolves.toBeUndefined();
  spoiled.channel_id = 'unreadable';
  await expect(at.node.peerChannel(PEER, channel('9'))).rejects.toThrow(RetryLater);
});

test('forwards asks for a page by index, never with a filter', async () => {
  await using at = await over((asked) => asked.result(fixture('listforwards')));
  await expect(at.node.forwards('created', 41, 1000)).resolves.toHaveLength(2);
  expect(at.double.asked).toMatchObject([
    { method: 'listforwards', params: { index: 'created', start: 41, limit: 1000 } },
  ]);
});

test.each([
  ['rows out of order', 'created', 0, 1000, [42, 41]],
  ['rows from before the start', 'created', 43, 1000, [42, 44]],
  ['more rows than asked for', 'created', 1, 1, [41, 42]],
] as const)(
  '%s: a page the cursor cannot follow is RetryLater',
  async (_, index, start, limit, order) => {
    await using at = await over((asked) => {
      const [row] = fixture('listforwards').forwards ?? [];
      asked.result({ forwards: order.map((created_index) => ({ ...row, created_index })) });
    });
    await expect(at.node.forwards(index, start, limit)).rejects.toThrow(RetryLater);
  },
);

test('by updated index, rows that never resolved come first, as index 0', async () => {
  await using at = await over((asked) => {
    const [settled, failed] = fixture('listforwards').forwards ?? [];
    asked.result({ forwards: [failed, settled] });
  });
  await expect(at.node.forwards('updated', 0, 1000)).resolves.toHaveLength(2);
  await expect(at.node.forwards('updated', 1, 1000)).rejects.toThrow(RetryLater);
});

test('lastForwardIndex does not wait: nextvalue 0', async () => {
  await using at = await over((asked) => asked.result({ subsystem: 'forwards', updated: 12 }));
  await expect(at.node.lastForwardIndex('updated')).resolves.toBe(12);
  expect(at.double.asked).toMatchObject([
    { method: 'wait', params: { subsystem: 'forwards', indexname: 'updated', nextvalue: 0 } },
  ]);
});

test.each([
  [{}, undefined],
  [
    { warning_bitcoind_sync: 'Bitcoind is not up-to-date.' },
    'bitcoind: Bitcoind is not up-to-date.',
  ],
  [{ warning_lightningd_sync: 'Still loading blocks.' }, 'lightningd: Still loading blocks.'],
  [{ blockheight: 0 }, 'lightningd has seen no block yet'],
])('synced reads the warnings of getinfo: %j', async (change, said) => {
  await using at = await over((asked) => asked.result({ blockheight: 800_000, ...change }));
  await expect(at.node.synced()).resolves.toBe(said);
});

test('the other calls ask what they should', async () => {
  const answers: Record<string, object> = {
    getinfo: { id: PEER, alias: 'a', network: 'regtest', version: 'v', blockheight: 1 },
    listpeers: { peers: [] },
    listclosedchannels: fixture('listclosedchannels'),
    feerates: { perkb: { opening: 1000 } },
    plugin: { plugins: [] },
    help: { help: [{ command: 'ping id' }] },
    listconfigs: { configs: {} },
  };
  await using at = await over((asked) => asked.result(answers[asked.method]));
  const { node } = at;
  await expect(node.identity()).resolves.toMatchObject({ blockHeight: 1 });
  await expect(node.peers()).resolves.toEqual([]);
  await expect(node.closedChannels()).resolves.toHaveLength(2);
  await expect(node.chainFees()).resolves.toEqual({ satPerVbyte: 1 });
  await expect(node.plugins()).resolves.toEqual([]);
  await expect(node.commands()).resolves.toEqual(new Set(['ping']));
  await expect(node.configs()).resolves.toEqual(new Map());
  expect(at.double.asked.map(({ method, params }) => [method, params])).toEqual([
    ['getinfo', {}],
    ['listpeers', {}],
    ['listclosedchannels', {}],
    ['feerates', { style: 'perkb' }],
    ['plugin', { subcommand: 'list' }],
    ['help', {}],
    ['listconfigs', {}],
  ]);
});

const request = {
  channelId: channel('1'),
  base: msat(0n),
  ppm: ppm(333),
  htlcMax: undefined,
  enforceDelay: undefined,
};
const setRow = (digit: string) => ({
  channel_id: digit.repeat(64),
  fee_base_msat: 0,
  fee_proportional_millionths: 333,
  maximum_htlc_out_msat: 5,
});

test('a fee is set by channel_id; values that are not ours are not named', async () => {
  await using at = await over((asked) => asked.result({ channels: [setRow('1')] }));
  await expect(at.fees.setChannel(request)).resolves.toEqual({
    channelId: channel('1'),
    base: 0n,
    ppm: 333,
    htlcMax: 5n,
  });
  await at.fees.setChannel({ ...request, htlcMax: msat(2n ** 60n), enforceDelay: 0 });
  expect(at.double.asked.map(({ params }) => params)).toEqual([
    { id: channel('1'), feebase: 0, feeppm: 333 },
    { id: channel('1'), feebase: 0, feeppm: 333, htlcmax: 2n ** 60n, enforcedelay: 0 },
  ]);
});

test.each([
  ['another channel', { channels: [setRow('2')] }],
  ['no channel', { channels: [] }],
  ['nothing', {}],
  ['a malformed price', { channels: [{ ...setRow('1'), fee_proportional_millionths: '333' }] }],
])('an answer naming %s leaves the outcome unknown', async (_, answer) => {
  await using at = await over((asked) => asked.result(answer));
  await expect(at.fees.setChannel(request)).rejects.toThrow(RetryLater);
});

test('a refusal says that nothing was done; a drop says nothing', async () => {
  await using at = await over((asked) => {
    if (asked.connection === 1 && at.double.asked.length === 1) asked.error(-1, 'closing');
    else asked.drop();
  });
  await expect(at.fees.setChannel(request)).rejects.toThrow(NodeRefused);
  await expect(at.fees.setChannel(request)).rejects.toThrow(RetryLater);
});
