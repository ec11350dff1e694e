/** How a plugin starts and ends on the embedded node, and how the node ends around it. */
import { afterEach, describe, expect, test } from 'vitest';
import { fakePlugin } from './fake-plugin-file.ts';
import { asRecord } from './json-text.ts';
import { endNodes, make, reasons, running, topicsOf, until } from './node-life.testing.ts';

afterEach(endNodes);

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
