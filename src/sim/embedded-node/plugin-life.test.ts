import { createConnection } from 'node:net';
import { Ajv } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import { EmbeddedNode } from './embedded-node.ts';
import type { EmbeddedNodeOptions } from './embedded-node-options.ts';
import type { FakeBehaviour } from './fake-plugin.ts';
import { type FakePlugin, fakePlugin, removeFakePlugins } from './fake-plugin-file.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';
import { officialSchema, referencesAbsent } from './recorded-answers.ts';

const nodes: EmbeddedNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
  removeFakePlugins();
});

function make(options: Partial<EmbeddedNodeOptions> = {}): EmbeddedNode {
  const market = new MarketDouble([doubleChannel(0), doubleChannel(1)]);
  const node = new EmbeddedNode({ market, ...options });
  nodes.push(node);
  return node;
}

async function running(
  behaviour: FakeBehaviour = {},
  options: Partial<EmbeddedNodeOptions> = {},
): Promise<{ node: EmbeddedNode; plugin: FakePlugin }> {
  const [node, plugin] = [make(options), fakePlugin(behaviour)];
  await node.start([{ path: plugin.path }]);
  return { node, plugin };
}

const topicsOf = (plugin: FakePlugin): unknown[] =>
  plugin
    .received()
    .filter(({ id }) => id === undefined)
    .map(({ method }) => method);

/** Until it holds; what is waited for is in another process. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const reasons = (node: EmbeddedNode): string => node.logs.map(({ message }) => message).join('\n');

describe('starting', () => {
  test('getmanifest and init are what lightningd sends', async () => {
    const node = make({ deprecatedApis: false });
    const plugin = fakePlugin();
    await node.start([{ path: plugin.path, options: { 'fake-int': 7 } }]);
    const [manifest, init] = plugin.received();
    expect(manifest).toEqual({
      jsonrpc: '2.0',
      id: 'cln:getmanifest#20',
      method: 'getmanifest',
      params: { 'allow-deprecated-apis': false },
    });
    expect(init).toMatchObject({ jsonrpc: '2.0', id: 'cln:init#44', method: 'init' });
    const params = asRecord(init?.params);
    expect(params?.options).toEqual({ 'fake-text': 'as it is', 'fake-int': 7 });
    expect(params?.configuration).toMatchObject({
      'lightning-dir': node.networkDirectory,
      'rpc-file': 'lightning-rpc',
      startup: true,
      network: 'regtest',
    });
    const begun = plugin.records().find(({ what }) => what === 'start');
    expect(JSON.parse(begun?.text ?? '{}')).toEqual({
      cwd: node.networkDirectory,
      version: 'v26.06.6',
      plugin: '1',
    });
  });

  test.each([
    ['text that is no JSON', { sayFirst: 'hello\n' }, 'Failed to parse RPC JSON response'],
    [
      'a message without jsonrpc',
      { sayFirst: '{"id":"x","result":{}}' },
      'does not contain "jsonrpc" field',
    ],
    [
      'an unknown log level',
      { sayFirst: '{"jsonrpc":"2.0","method":"log","params":{"level":"loud","message":"x"}}' },
      'Unknown log-level "loud"',
    ],
    [
      'an option twice',
      {
        manifest: {
          options: [
            { name: 'a', type: 'int', description: '' },
            { name: 'a', type: 'int', description: '' },
          ],
        },
      },
      'already registered',
    ],
    [
      'a method of lightningd',
      { manifest: { rpcmethods: [{ name: 'getinfo', usage: '', description: '' }] } },
      'method "getinfo"',
    ],
  ])('dies loudly of %s', async (_, behaviour, why) => {
    const node = make();
    const plugin = fakePlugin(behaviour);
    await expect(node.start([{ path: plugin.path }])).rejects.toThrow(why);
    await until(() => node.plugins.hosts.length === 0);
    expect(reasons(node)).toContain('Killing plugin: ');
  });

  test('a plugin that does not answer getmanifest in time is killed', async () => {
    const node = make({ handshakeMs: 50 });
    const plugin = fakePlugin({ mute: true });
    await expect(node.start([{ path: plugin.path }])).rejects.toThrow(
      "failed to respond to 'getmanifest' in time",
    );
    expect(node.plugins.hosts).toEqual([]);
  });

  test('blank lines, one line feed and an unknown id are tolerated', async () => {
    const { node } = await running({
      sayFirst: '\n\n\n{"jsonrpc":"2.0","id":"nosuch","result":{}}\n',
    });
    expect(node.plugins.hosts[0]?.active).toBe(true);
  });

  test('disable in init ends the plugin and not the node', async () => {
    const node = make();
    const plugin = fakePlugin({ initResult: { disable: 'no database' } });
    const [started] = await node.start([{ path: plugin.path }]);
    expect(started).toMatchObject({
      kind: 'disabled',
      reason: 'disabled itself at init: no database',
    });
    await expect(node.client().call('plugin', ['start', plugin.path])).rejects.toMatchObject({
      code: -3,
      message: `${plugin.path}: disabled itself at init: no database`,
    });
    expect(await node.client().call('listpeers')).toHaveProperty('peers');
  });

  test('logs are split into lines, stderr is kept', async () => {
    const { node } = await running();
    await until(() => node.logs.length >= 2 && node.stderr !== '');
    expect(node.logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info up',
      'info and running',
    ]);
    expect(node.stderr).toBe('fake on stderr\n');
  });
});

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

describe('ending', () => {
  test('plugin stop, subscribed: told first, gone, others hear of it', async () => {
    const { node, plugin } = await running();
    const witness = fakePlugin({ manifest: { options: [], rpcmethods: [] } }, 'witness');
    await node.client().call('plugin', ['start', witness.path]);
    expect(await node.client().call('plugin', ['stop', 'fake-plugin'])).toEqual({
      command: 'stop',
      result: 'Successfully stopped fake-plugin.',
    });
    expect(plugin.records().at(-1)).toEqual({ what: 'exit', text: 'shutdown' });
    await until(() => topicsOf(witness).includes('plugin_stopped'));
    await expect(node.client().call('plugin', ['stop', 'fake-plugin'])).rejects.toMatchObject({
      code: -32602,
    });
  });

  test('plugin stop, subscribed and stubborn: SIGKILL after the grace', async () => {
    const { node, plugin } = await running({ atShutdown: 'ignore' }, { shutdownGraceMs: 50 });
    await node.client().call('plugin', ['stop', plugin.path]);
    expect(reasons(node)).toContain('Timeout on shutdown: killing anyway');
    expect(topicsOf(plugin)).toContain('shutdown');
    expect(node.plugins.hosts).toEqual([]);
  });

  test('plugin stop, not subscribed: SIGKILL at once, no EOF', async () => {
    const { node, plugin } = await running({ manifest: { subscriptions: [] } });
    await node.client().call('plugin', ['stop', plugin.path]);
    expect(plugin.records().some(({ what }) => what === 'exit')).toBe(false);
    expect(reasons(node)).toContain('stopped by lightningd via RPC');
  });

  test('lightningd stop: the RPC refuses, the plugin is told, the caller is answered last', async () => {
    const { node, plugin } = await running();
    const answer = node.client().call('stop');
    await until(() => topicsOf(plugin).includes('shutdown'));
    await expect(node.client().call('listpeers')).rejects.toThrow('ECONNREFUSED');
    expect(await answer).toBe('Shutdown complete');
    expect(plugin.records().at(-1)).toEqual({ what: 'exit', text: 'shutdown' });
  });

  test('lightningd stop, stubborn: EOF after the grace, not killed', async () => {
    const { node, plugin } = await running(
      { atShutdown: 'ignore', atEof: 'ignore' },
      { shutdownGraceMs: 50 },
    );
    await node.stop();
    await until(() => plugin.records().some(({ text }) => text === 'eof'));
    expect(node.plugins.hosts[0]?.alive).toBe(true);
  });

  test('lightningd stop, not subscribed: only EOF', async () => {
    const { node, plugin } = await running({ manifest: { subscriptions: [] } });
    await node.stop();
    expect(plugin.records().at(-1)).toEqual({ what: 'exit', text: 'eof' });
    expect(topicsOf(plugin)).toEqual([]);
  });

  test('lightningd dies: EOF and a dead socket, nobody is told', async () => {
    const { node, plugin } = await running();
    await until(() => node.logs.length >= 2);
    node.die();
    await until(() => plugin.records().at(-1)?.what === 'exit');
    expect(plugin.records().at(-1)?.text).toBe('eof');
    expect(topicsOf(plugin)).not.toContain('shutdown');
    await expect(node.client().call('listpeers')).rejects.toThrow('ECONNREFUSED');
  });

  test('lightningd restarts: the plugin sees EOF, the socket comes back', async () => {
    const { node, plugin } = await running();
    await node.restartSocket(10, 'eof');
    await until(() => plugin.records().at(-1)?.text === 'eof');
    expect(await node.client().call('listpeers')).toHaveProperty('peers');
  });

  test('the plugin dies: pending calls get -4, the node goes on', async () => {
    const { node } = await running();
    const pending = node.client().call('fake-slow');
    const gone = expect(pending).rejects.toMatchObject({ code: -4 });
    await node.client().call('fake-echo');
    const pid = node.plugins.hosts[0]?.pid;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await gone;
    expect(await node.client().call('listpeers')).toHaveProperty('peers');
  });
});

describe('setconfig', () => {
  const options = [
    { name: 'fixed', type: 'int', default: 1, description: '' },
    { name: 'moving', type: 'int', default: 1, description: '', dynamic: true },
  ];

  test('a dynamic option reaches the plugin as text and shows in listconfigs', async () => {
    const { node, plugin } = await running({ manifest: { options } });
    const answer = await node.client().call('setconfig', ['moving', 9, true]);
    const shown = { value_int: 9, plugin: plugin.path, dynamic: true };
    expect(answer).toMatchObject({ config: { config: 'moving', ...shown } });
    const sent = plugin.received().find(({ method }) => method === 'setconfig');
    expect(sent?.params).toEqual({ config: 'moving', val: '9' });
    expect(await node.client().call('listconfigs', ['moving'])).toMatchObject({
      configs: { moving: shown },
    });
  });

  test.each(['fixed', 'nosuch'])('%s cannot be set', async (name) => {
    const { node } = await running({ manifest: { options } });
    await expect(node.client().call('setconfig', [name, 9])).rejects.toMatchObject({
      code: -32602,
    });
  });
});

describe('plugin start by a call', () => {
  test('options may come with it; what is wrong is refused in the recorded words', async () => {
    const node = make();
    await node.start();
    const [plugin, fixed] = [fakePlugin(), fakePlugin({ manifest: { dynamic: false } })];
    const start = (path: string, options: object = {}): Promise<unknown> =>
      node.client().call('plugin', { subcommand: 'start', plugin: path, ...options });
    await expect(start(plugin.path, { nosuch: 1 })).rejects.toMatchObject({
      code: -3,
      message: `${plugin.path}: unknown parameter nosuch`,
    });
    await expect(start(plugin.path, { 'fake-int': 'abc' })).rejects.toMatchObject({
      code: -3,
      message: `${plugin.path}: 'abc' is not a number`,
    });
    await expect(start(fixed.path)).rejects.toMatchObject({
      code: -3,
      message: `${fixed.path}: Not a dynamic plugin`,
    });
    await expect(start('/nonexistent')).rejects.toMatchObject({
      code: -32602,
      message: '/nonexistent is not executable: No such file or directory',
    });
    await until(() => node.plugins.hosts.length === 0);
    expect(await start(plugin.path, { 'fake-int': 5 })).toMatchObject({ command: 'start' });
    await expect(start(plugin.path)).rejects.toMatchObject({
      code: -32602,
      message: `${plugin.path}: Invalid argument`,
    });
    expect(await node.client().call('listconfigs', ['fake-int'])).toEqual({
      configs: { 'fake-int': { value_int: 5, source: 'cmdline', plugin: plugin.path } },
    });
    const init = plugin.received().findLast(({ method }) => method === 'init');
    expect(asRecord(asRecord(init?.params)?.configuration)?.startup).toBe(false);
  });
});
