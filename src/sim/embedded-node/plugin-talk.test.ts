/** What a plugin and the node say to each other: calls and notifications. */
import { createConnection } from 'node:net';
import { Ajv } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';
import { endNodes, reasons, running, topicsOf, until } from './node-life.testing.ts';
import { officialSchema, referencesAbsent } from './recorded-answers.ts';

afterEach(endNodes);

describe('calls to a plugin', () => {
  test('white space and member order are kept, the id is extended and comes back as it was', async () => {
    const { node, plugin } = await running();
    const request =
      '{ "jsonrpc" : "2.0", "method" : "fake-echo", "id" : "cli:x#7", "params" :[ 1, {"a" : 2}] }';
    expect(await node.client().raw(request)).toBe(
      '{"jsonrpc":"2.0","id":"cli:x#7","result":{"params":[1,{"a":2}]}}',
    );
    const texts = plugin
      .records()
      .filter(({ what }) => what === 'in')
      .map(({ text }) => text)
      .join('');
    expect(texts).toContain(
      '{ "jsonrpc" : "2.0", "method" : "fake-echo", "id" : "cli:x#7/cln:fake-echo#45", "params" :[ 1, {"a" : 2}] }\n\n',
    );
  });

  test('refusals pass through; help knows the methods; check reaches a plugin that can', async () => {
    const { node } = await running();
    await expect(node.client().call('fake-fail')).rejects.toMatchObject({
      code: -32602,
      message: 'fake says no',
    });
    expect(await node.client().call('help', ['fake-echo'])).toMatchObject({
      help: [{ command: 'fake-echo [a] [b]' }],
    });
    const call = { command_to_check: 'fake-echo', a: 1 };
    expect(await node.client().call('check', call)).toEqual({ checked: call });
  });

  test('progress reaches the caller who asked for it, under his id', async () => {
    const { node } = await running();
    const answers = await new Promise<string>((resolve) => {
      const socket = createConnection(node.socketPath);
      let text = '';
      socket.write('{"jsonrpc":"2.0","id":1,"method":"notifications","params":{"enable":true}}');
      socket.write('{"jsonrpc":"2.0","id":"p","method":"fake-progress","params":[]}');
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (!text.includes('"id":"p","result"')) return;
        socket.destroy();
        resolve(text);
      });
    });
    expect(answers).toContain(
      '{"jsonrpc":"2.0","method":"message","params":{"id":"p","level":"info","message":"half"}}',
    );
  });

  test.each([
    ['garbage', 'Failed to parse RPC JSON response'],
    [
      '{"method":"log","params":{"level":"info","message":"x"}}',
      'JSON-RPC message does not contain "jsonrpc" field',
    ],
    [
      '{"jsonrpc":"2.0","method":"log","params":{"level":"bogus","message":"x"}}',
      'Unknown log-level "bogus"',
    ],
  ])('%s on stdout kills it; what was pending gets -4', async (raw, why) => {
    const { node } = await running();
    const pending = expect(node.client().call('fake-slow')).rejects.toMatchObject({ code: -4 });
    await expect(node.client().call('fake-say', [raw])).rejects.toMatchObject({
      code: -4,
      message: 'Plugin terminated before replying to RPC call.',
    });
    await pending;
    expect(reasons(node)).toContain(`Killing plugin: ${why}`);
    await expect(node.client().call('fake-echo')).rejects.toMatchObject({ code: -32601 });
  });

  test.each([
    '{"jsonrpc":"2.0","method":"log","params":{"level":"unusual","message":"no line feed"}}',
    '{"jsonrpc":"2.0","method":"undeclared","params":{}}\n\n',
    '{"jsonrpc":"2.0","id":7,"method":"getinfo","params":{}}\n',
  ])('%s is tolerated', async (raw) => {
    const { node } = await running();
    await node.client().call('fake-say', [raw]);
    expect(await node.client().call('fake-echo', ['alive'])).toEqual({ params: ['alive'] });
  });
});

const EVENTS: MarketEvent[] = [
  doubleForward(0, 'offered', 10),
  doubleForward(1, 'local_failed', 20, { outIndex: undefined }),
  doubleForward(0, 'settled', 100),
  {
    kind: 'connection',
    at: unixMs(DOUBLE_START + 200),
    peerId: doubleChannel(0).peerId,
    connected: false,
  },
  { kind: 'block', at: unixMs(DOUBLE_START + 300), height: 118 },
];

describe('notifications', () => {
  const lockstep = {
    market: new MarketDouble([doubleChannel(0), doubleChannel(1)], EVENTS),
    lockstep: true,
  };

  test('sim-advance tells everything first, counts it, and answers with the time', async () => {
    const { node, plugin } = await running({}, lockstep);
    const answer = await node.client().call('sim-advance', { until_ms: DOUBLE_START + 1_000 });
    const wanted = [
      'plugin_started',
      'forward_event',
      'forward_event',
      'forward_event',
      'coin_movement',
      'coin_movement',
      'disconnect',
      'block_added',
    ];
    expect(answer).toEqual({ now_ms: DOUBLE_START + 1_000, notifications: wanted.length });
    await until(() => topicsOf(plugin).length === wanted.length);
    expect(topicsOf(plugin)).toEqual(wanted);
    await expect(node.client().call('sim-advance', [DOUBLE_START])).rejects.toMatchObject({
      code: -32602,
    });
    await until(() => node.published.length > 0);
    expect(node.published).toEqual([
      {
        plugin: 'fake-plugin',
        method: 'fake_event',
        params: { fake_event: { seen: 'block_added' } },
      },
    ]);
    const forwards = plugin.received().filter(({ method }) => method === 'forward_event');
    const [offered, local, settled] = forwards.map(
      ({ params }) => asRecord(asRecord(params)?.forward_event) ?? {},
    );
    expect([offered?.created_index, offered?.updated_index, offered?.out_htlc_id]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    expect([local?.created_index, local?.out_msat, local?.out_channel]).toEqual([
      2,
      undefined,
      '9x9x9',
    ]);
    expect([settled?.created_index, settled?.updated_index, typeof settled?.preimage]).toEqual([
      undefined,
      1,
      'string',
    ]);
  });

  test.skipIf(referencesAbsent())('each passes its official schema', async () => {
    const market = new MarketDouble([doubleChannel(0), doubleChannel(1)], EVENTS);
    const { node, plugin } = await running({}, { market, lockstep: true, deprecatedApis: false });
    node.setQuirk(0, { state: 'CHANNELD_SHUTTING_DOWN' });
    market.list.push(doubleChannel(3));
    const told = await node.client().call('sim-advance', [DOUBLE_START + 1_000]);
    await until(() => topicsOf(plugin).length === asRecord(told)?.notifications);
    expect(topicsOf(plugin)).toContain('channel_opened');
    const ajv = new Ajv({ strict: false });
    for (const { method, params } of plugin.received().filter(({ id }) => id === undefined)) {
      const validate = ajv.compile(officialSchema(`notification/${String(method)}`));
      const content = asRecord(params)?.[String(method)];
      const valid = validate(content) || validate(params);
      expect(
        valid,
        `${String(method)} ${JSON.stringify(params)}: ${ajv.errorsText(validate.errors)}`,
      ).toBe(true);
    }
  });

  test('without lockstep there is no sim-advance; time runs by the clock when asked to', async () => {
    const market = new MarketDouble([doubleChannel(0), doubleChannel(1)], EVENTS);
    const { node } = await running({}, { market, realtime: { speed: 10_000 } });
    await expect(node.client().call('sim-advance', [DOUBLE_START])).rejects.toMatchObject({
      code: -32601,
    });
    await until(() => market.coming.length === 0);
    expect(node.state.height).toBe(118);
  });

  test.each(['single bytes', 'several in one'] as const)(
    'the same messages in %s',
    async (pipe) => {
      const market = new MarketDouble([doubleChannel(0), doubleChannel(1)], EVENTS);
      const { node, plugin } = await running({}, { market, lockstep: true });
      node.faults.pipe = pipe;
      await node.client().call('sim-advance', [DOUBLE_START + 1_000]);
      await until(() => topicsOf(plugin).length === 8);
      expect(await node.client().call('fake-echo', ['über'])).toEqual({ params: ['über'] });
    },
  );
});
