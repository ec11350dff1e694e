import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { BadRequest, Bug, NodeRefused, RetryLater } from '../ports/errors.ts';
import { parseLossless } from './lossless-json.ts';
import { MessageStream } from './message-stream.ts';
import { MAX_REQUESTS, type MethodHandler, PluginProtocol } from './plugin-protocol.ts';
import { StdoutWriter } from './stdout-writer.ts';

type Message = {
  id?: unknown;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: unknown;
};

function plugin(methods: Record<string, MethodHandler> = {}, maxUnread?: number) {
  const input = new PassThrough();
  const output = new PassThrough({ highWaterMark: 64 });
  const handlers = {
    getmanifest: () => ({ options: [] }),
    init: () => undefined,
    methods: new Map(Object.entries(methods)),
    onNotification: vi.fn(),
    onShutdown: vi.fn(),
  };
  const protocol = new PluginProtocol(input, output, handlers, new StdoutWriter(output, maxUnread));
  protocol.start();
  const written: Message[] = [];
  const stream = new MessageStream();
  const readOutput = () =>
    output.on('data', (chunk: Uint8Array) =>
      stream.push(chunk, (text) => written.push(parseLossless(text) as Message)),
    );
  const send = (...messages: object[]) => {
    for (const message of messages) input.write(JSON.stringify(message));
  };
  const answerTo = (id: unknown) =>
    vi.waitFor(() => {
      const answer = written.find((message) => !message.method && message.id === id);
      if (!answer) throw new Error('not yet');
      return answer;
    });
  const logged = () => written.filter(({ method }) => method === 'log').map(({ params }) => params);
  return { protocol, input, output, handlers, written, readOutput, send, answerTo, logged };
}

const request = (id: unknown, method: string, params: unknown = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

test('getmanifest and init are answered, ids echoed as they came', async () => {
  const { readOutput, send, written, answerTo } = plugin();
  readOutput();
  const ids = ['cli:revenue-status#1/cln:revenue-status#2', 7, null, { odd: ['id'] }];
  send(request('m', 'getmanifest'), request('i', 'init'));
  send(...ids.map((id) => request(id, 'getmanifest')));
  await expect(answerTo('m')).resolves.toEqual({
    jsonrpc: '2.0',
    id: 'm',
    result: { options: [] },
  });
  await expect(answerTo('i')).resolves.toMatchObject({ result: {} });
  await vi.waitFor(() => expect(written).toHaveLength(6));
  expect(written.slice(2).map(({ id }) => id)).toEqual(ids);
});

test('params reach the method raw, as list or object, and an answer keeps every digit', async () => {
  const echo = vi.fn((params: unknown) => ({ params, big: 2n ** 64n - 1n }));
  const { readOutput, send, answerTo } = plugin({ 'revenue-echo': echo });
  readOutput();
  send(request('1', 'revenue-echo', [1, 'two', { x: 1 }]), request('2', 'revenue-echo', { a: 1 }));
  await expect(answerTo('1')).resolves.toMatchObject({
    result: { params: [1, 'two', { x: 1 }], big: 2n ** 64n - 1n },
  });
  await expect(answerTo('2')).resolves.toMatchObject({ result: { params: { a: 1 } } });
  expect(echo).toHaveBeenLastCalledWith({ a: 1 }, { check: false });
});

test.each([
  ['an object', { command_to_check: 'revenue-set-fee', ppm: 1 }, { ppm: 1 }],
  ['a list', ['revenue-set-fee', 1], [1]],
])('check with params as %s asks the method without doing', async (_, params, own) => {
  const setFee = vi.fn();
  const { readOutput, send, answerTo } = plugin({ 'revenue-set-fee': setFee });
  readOutput();
  send(request('c', 'check', params));
  await expect(answerTo('c')).resolves.toEqual({
    jsonrpc: '2.0',
    id: 'c',
    result: { command_to_check: 'revenue-set-fee' },
  });
  expect(setFee.mock.calls).toEqual([[own, { check: true }]]);
});

test.each([[{}], [[]], [['no-such']], [{ command_to_check: 7 }], [null]])(
  'check of nothing known (%j) is −32602 on command_to_check',
  async (params) => {
    const { readOutput, send, answerTo } = plugin();
    readOutput();
    send(request('c', 'check', params));
    await expect(answerTo('c')).resolves.toMatchObject({
      error: { code: -32602, data: { field: 'command_to_check' } },
    });
  },
);

const throwing =
  (error: unknown): MethodHandler =>
  () => {
    throw error;
  };

test.each([
  ['BadRequest', throwing(new BadRequest('ppm', 'too high')), -32602, 'ppm: too high'],
  ['RetryLater', throwing(new RetryLater('deaf')), -1, 'try again later: deaf'],
  ['NodeRefused', throwing(new NodeRefused('no', 205)), 205, 'no'],
  ['Bug', throwing(new Bug('impossible')), -32603, 'internal error: impossible'],
  ['a rejection with no Error', () => Promise.reject('?'), -32603, 'internal error: ?'],
  ['an answer that is no JSON', () => ({ f: circular() }), -32603, 'internal error: '],
])('%s becomes an error object', async (_, handler, code, message) => {
  const { readOutput, send, answerTo, logged } = plugin({ m: handler });
  readOutput();
  send(request('e', 'm'));
  const { error } = await answerTo('e');
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  const broken = logged().filter((line) => (line as { level: string }).level === 'error');
  expect(broken.length > 0).toBe(code === -32603);
});

function circular(): object {
  const ring: { self?: object } = {};
  ring.self = ring;
  return ring;
}

test('a method nobody has is −32601', async () => {
  const { readOutput, send, answerTo } = plugin();
  readOutput();
  send(request('u', 'revenue-nothing'));
  await expect(answerTo('u')).resolves.toMatchObject({ error: { code: -32601 } });
});

test('a tower of brackets costs its caller a refusal, and nobody else anything', async () => {
  const { input, readOutput, send, answerTo, handlers } = plugin({ 'revenue-echo': () => ({}) });
  readOutput();
  const tower = '['.repeat(600) + ']'.repeat(600);
  input.write(`{"jsonrpc":"2.0","id":"deep","method":"revenue-echo","params":{"limit":${tower}}}`);
  send(request('next', 'revenue-echo'));
  await expect(answerTo('deep')).resolves.toMatchObject({
    error: {
      code: -32602,
      message: expect.stringContaining('nested deeper'),
      data: { field: 'params' },
    },
  });
  await expect(answerTo('next')).resolves.toMatchObject({ result: {} });
  expect(handlers.onShutdown).not.toHaveBeenCalled();
});

test('a slow method keeps nobody waiting', async () => {
  const slow = Promise.withResolvers<string>();
  const { readOutput, send, answerTo, written } = plugin({
    slow: () => slow.promise,
    fast: () => 'f',
  });
  readOutput();
  send(request('s', 'slow'), request('f', 'fast'));
  await expect(answerTo('f')).resolves.toMatchObject({ result: 'f' });
  expect(written).toHaveLength(1);
  slow.resolve('s');
  await expect(answerTo('s')).resolves.toMatchObject({ result: 's' });
});

test('beyond the bound of open requests one more is told to come back', async () => {
  const slow = Promise.withResolvers<string>();
  const { readOutput, send, answerTo } = plugin({ slow: () => slow.promise });
  readOutput();
  send(...Array.from({ length: MAX_REQUESTS + 1 }, (_, n) => request(n, 'slow')));
  await expect(answerTo(MAX_REQUESTS)).resolves.toMatchObject({ error: { code: -1 } });
  slow.resolve('done');
  await expect(answerTo(MAX_REQUESTS - 1)).resolves.toMatchObject({ result: 'done' });
  send(request('next', 'slow'));
  await expect(answerTo('next')).resolves.toMatchObject({ result: 'done' });
});

test('notifications are unwrapped and handed over in order before anything else happens', () => {
  const { input, handlers } = plugin();
  const notes = [
    { method: 'block_added', params: { block_added: { height: 81 } } },
    { method: 'revenue_alert', origin: 'other.py', params: { revenue_alert: { a_msat: 5 } } },
    { method: 'odd', params: { unwrapped: true } },
    { method: '__proto__', params: {} },
  ];
  input.emit('data', Buffer.from(notes.map((n) => JSON.stringify(n)).join('')));
  expect(handlers.onNotification.mock.calls).toEqual([
    ['block_added', { height: 81 }, undefined],
    ['revenue_alert', { a_msat: 5n }, 'other.py'],
    ['odd', { unwrapped: true }, undefined],
    ['__proto__', {}, undefined],
  ]);
});

test('any chunking of any notifications reaches the handler unchanged', () => {
  const payloads = fc.array(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()));
  fc.assert(
    fc.property(payloads, fc.integer({ min: 1, max: 50 }), (sent, size) => {
      const { input, handlers } = plugin();
      const notes = sent.map((payload) => ({ method: 'note', params: { note: payload } }));
      const bytes = Buffer.from(notes.map((note) => JSON.stringify(note)).join('\n\n'));
      for (let at = 0; at < bytes.length; at += size) {
        input.emit('data', bytes.subarray(at, at + size));
      }
      expect(handlers.onNotification.mock.calls.map(([, payload]) => payload)).toEqual(
        sent.map((payload) => ({ ...payload })),
      );
    }),
    { numRuns: 50 },
  );
});

test('one event that cannot be digested is logged and the next one comes', async () => {
  const { readOutput, send, handlers, logged } = plugin();
  readOutput();
  handlers.onNotification.mockImplementationOnce(() => {
    throw new Bug('undigested');
  });
  send({ method: 'a', params: {} }, { method: 'b', params: {} });
  await vi.waitFor(() => expect(handlers.onNotification).toHaveBeenCalledTimes(2));
  await vi.waitFor(() =>
    expect(logged()[0]).toEqual({ level: 'error', message: expect.stringContaining('undigested') }),
  );
});

test('shutdown and then end of input end us once', async () => {
  const { send, input, handlers } = plugin();
  send({ method: 'shutdown', params: { shutdown: {} } });
  input.end();
  await vi.waitFor(() => expect(input.readableEnded).toBe(true));
  expect(handlers.onShutdown.mock.calls).toEqual([['signal']]);
  expect(handlers.onNotification).not.toHaveBeenCalled();
});

test('end of input alone ends us too: lightningd was killed', async () => {
  const { input, handlers } = plugin();
  input.end();
  await vi.waitFor(() => expect(handlers.onShutdown.mock.calls).toEqual([['eof']]));
});

test('input that is no JSON, and output nobody takes, end us once', async () => {
  const { readOutput, input, output, handlers, logged } = plugin();
  readOutput();
  input.write('}nonsense');
  await vi.waitFor(() => expect(handlers.onShutdown.mock.calls).toEqual([['garbage']]));
  await vi.waitFor(() => expect(logged()).toHaveLength(1));
  output.destroy(new Error('EPIPE'));
  await vi.waitFor(() => expect(output.closed).toBe(true));
  expect(handlers.onShutdown).toHaveBeenCalledTimes(1);
});

test('after the pipe broke nothing is written and nothing throws', async () => {
  const { protocol, output, handlers } = plugin();
  output.destroy(new Error('EPIPE'));
  await vi.waitFor(() => expect(handlers.onShutdown.mock.calls).toEqual([['broken-pipe']]));
  protocol.log('info', 'into the void');
  expect(protocol.notify('revenue_alert', {})).toBe(false);
  await expect(protocol.drained()).resolves.toBeUndefined();
});

test('log speaks the five levels lightningd knows, line by line', async () => {
  const { protocol, readOutput, logged } = plugin();
  readOutput();
  protocol.log('trace', 't');
  protocol.log('debug', 'd');
  protocol.log('info', 'one\n\ntwo');
  protocol.log('unusual', 'u');
  protocol.log('broken', 'b');
  await protocol.drained();
  await vi.waitFor(() => expect(logged()).toHaveLength(6));
  expect(logged()).toEqual([
    { level: 'trace', message: 't' },
    { level: 'debug', message: 'd' },
    { level: 'info', message: 'one' },
    { level: 'info', message: 'two' },
    { level: 'warn', message: 'u' },
    { level: 'error', message: 'b' },
  ]);
});

test('a notification of ours is wrapped under its own name', async () => {
  const { protocol, readOutput, written } = plugin();
  readOutput();
  expect(protocol.notify('revenue_decision', { fee_msat: 5n })).toBe(true);
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(written[0]).toEqual({
    jsonrpc: '2.0',
    method: 'revenue_decision',
    params: { revenue_decision: { fee_msat: 5n } },
  });
});

test('while lightningd does not read, log lines are left out and counted, answers are kept', async () => {
  const { protocol, readOutput, send, output, logged, answerTo } = plugin(
    { m: () => 'kept' },
    1000,
  );
  for (let i = 0; i < 500; i++) protocol.log('info', `line ${i}`);
  const unread = output.writableLength;
  expect(unread).toBeLessThan(1200);
  send(request('a', 'm'));
  await vi.waitFor(() => expect(output.writableLength).toBeGreaterThan(unread));
  readOutput();
  await expect(answerTo('a')).resolves.toMatchObject({ result: 'kept' });
  const kept = logged().length;
  protocol.log('info', 'now');
  await vi.waitFor(() => expect(logged()).toHaveLength(kept + 2));
  expect(logged().at(-1)).toEqual({
    level: 'warn',
    message: `${500 - kept} messages to lightningd left out`,
  });
});

test('requests wait while answers are not read, and all are answered afterwards', async () => {
  const { readOutput, send, input, answerTo } = plugin({ m: () => 'x'.repeat(500) }, 1000);
  for (let i = 0; i < 50; i++) send(request(i, 'm'));
  await vi.waitFor(() => expect(input.isPaused()).toBe(true));
  readOutput();
  for (let i = 0; i < 50; i++) await answerTo(i);
});
