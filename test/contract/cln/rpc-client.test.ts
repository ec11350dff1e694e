import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { BREAKER_LAWS } from '../../../src/cln/breakers.ts';
import { RpcClient } from '../../../src/cln/rpc-client.ts';
import { MAX_PENDING } from '../../../src/cln/rpc-connection.ts';
import { NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { type Asked, LightningdDouble } from './lightningd-double.ts';

const quiet = () => {};
const serve = (onAsked: (asked: Asked, all: readonly Asked[]) => void) =>
  new LightningdDouble(onAsked).listen();

/** A client that is closed with the test. */
function clientOf(node: LightningdDouble, say: (level: string, text: string) => void = quiet) {
  const client = new RpcClient(node.path, say);
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

test('a request carries jsonrpc, a string id, method and params, and the result comes back whole', async () => {
  await using node = await serve((asked) => asked.result({ amount_msat: 2n ** 64n - 1n }));
  using client = clientOf(node);
  await expect(client.call('help', { base_msat: 2n ** 64n - 1n })).resolves.toEqual({
    amount_msat: 2n ** 64n - 1n,
  });
  expect(node.asked).toMatchObject([{ method: 'help', params: { base_msat: 2n ** 64n - 1n } }]);
});

test('calls are pipelined on one connection and answers may come in any order', async () => {
  const permutation = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
  await fc.assert(
    fc.asyncProperty(permutation, async (order) => {
      await using node = await serve((_, all) => {
        if (all.length === 6) for (const i of order) all[i]?.result({ mine: all[i]?.params });
      });
      using client = clientOf(node);
      const calls = order.map((_, i) => client.call('wait', { nextvalue: i }));
      await expect(Promise.all(calls)).resolves.toEqual(
        order.map((_, i) => ({ mine: { nextvalue: i } })),
      );
      expect(node.connections).toBe(1);
    }),
    { numRuns: 20 },
  );
});

test('answers without any separator and in single bytes are understood', async () => {
  await using node = await serve((_, all) => {
    const [first, second] = all;
    if (!first || !second) return;
    const bytes = [second, first].map(
      ({ id }) => `{"jsonrpc":"2.0","id":"${id}","result":"${id}"}`,
    );
    for (const byte of bytes.join('')) first.raw(byte);
  });
  using client = clientOf(node);
  const answers = await Promise.all([client.call('a', {}), client.call('b', {})]);
  expect(answers).toEqual(node.asked.map(({ id }) => id));
});

test("lightningd's error is NodeRefused with its code, and does not open the breaker", async () => {
  await using node = await serve((asked) => asked.error(-32602, 'id: should be a channel ID'));
  using client = clientOf(node);
  for (let i = 0; i < 10; i++) {
    const call = client.call('help', {});
    await expect(call).rejects.toThrow(NodeRefused);
    await expect(call).rejects.toMatchObject({ code: -32602 });
  }
  expect(client.brokenOff()).toEqual([]);
});

test('a call forwarded to a plugin that died (−4) has an unknown outcome', async () => {
  await using node = await serve((asked) =>
    asked.error(-4, 'Plugin terminated before replying to RPC call.'),
  );
  using client = clientOf(node);
  await expect(client.call('sling-stats', {}, { group: 'sling' })).rejects.toThrow(RetryLater);
});

test('a drop fails every open call with RetryLater, is logged once, and the next call reconnects', async () => {
  await using node = await serve((asked, all) => {
    if (asked.connection > 1) asked.result('again');
    else if (all.length === 3) asked.drop();
  });
  const say = vi.fn();
  using client = clientOf(node, say);
  const lost = [1, 2, 3].map((n) => client.call('help', { n }));
  for (const outcome of await Promise.allSettled(lost)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(RetryLater) });
  }
  await expect(client.call('help', {})).resolves.toBe('again');
  expect(say.mock.calls).toEqual([['info', expect.stringContaining('3 calls unanswered')]]);
});

test.each([
  ['text', 'nonsense'],
  ['broken JSON', '{"id" oops}'],
  ['a list', '[1]'],
  ['an answer to nobody', '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Failed"}}'],
  ['a numeric id', '{"jsonrpc":"2.0","id":7,"result":{}}'],
])('%s instead of an answer is RetryLater, and a new connection is made', async (_, garbage) => {
  await using node = await serve((asked) =>
    asked.connection === 1 ? asked.raw(garbage) : asked.result('clean'),
  );
  using client = clientOf(node);
  await expect(client.call('help', {}, { timeoutMs: 5_000 })).rejects.toThrow(RetryLater);
  await expect(client.call('help', {})).resolves.toBe('clean');
  expect(node.connections).toBe(2);
});

test.each([
  ['neither result nor error', '{"jsonrpc":"2.0","id":"ID"}'],
  ['an error that is a string', '{"jsonrpc":"2.0","id":"ID","error":"no"}'],
  ['an error without code', '{"jsonrpc":"2.0","id":"ID","error":{"message":"no"}}'],
])('%s is RetryLater', async (_, answer) => {
  await using node = await serve((asked) => asked.raw(answer.replace('ID', asked.id)));
  using client = clientOf(node);
  await expect(client.call('help', {})).rejects.toThrow(RetryLater);
});

test('answers nobody waits for, given twice or too late, disturb nobody', async () => {
  await using node = await serve((asked, all) => {
    if (asked.method === 'late') asked.raw('{"jsonrpc":"2.0","method":"progress","params":{}}');
    else for (const one of all) one.result(one.method);
    asked.raw('{"jsonrpc":"2.0","id":"stranger","result":1}');
  });
  using client = clientOf(node);
  await expect(client.call('late', {}, { timeoutMs: 30 })).rejects.toThrow('within 30 ms');
  await expect(client.call('second', {})).resolves.toBe('second');
  await expect(client.call('third', {})).resolves.toBe('third');
  expect(node.connections).toBe(1);
});

test('an answer that stops half-way ends at its limit and does not poison the next', async () => {
  await using node = await serve((asked) => {
    if (asked.connection === 1) asked.raw(`{"jsonrpc":"2.0","id":"${asked.id}","resu`);
    else asked.result('whole');
  });
  using client = clientOf(node);
  await expect(client.call('help', {}, { timeoutMs: 300 })).rejects.toThrow(RetryLater);
  await expect(client.call('help', {})).resolves.toBe('whole');
});

test('a node that is silent for a whole limit gets a new connection', async () => {
  await using node = await serve((asked) => {
    if (asked.connection > 1) asked.result('here');
  });
  using client = clientOf(node);
  await expect(client.call('help', {}, { timeoutMs: 30 })).rejects.toThrow(RetryLater);
  await expect(client.call('help', {})).resolves.toBe('here');
});

test('lightningd stopping and starting again costs RetryLater meanwhile and nothing after', async () => {
  await using node = await serve((asked) => asked.result('up'));
  using client = clientOf(node);
  await expect(client.call('help', {})).resolves.toBe('up');
  await node.goAway();
  await expect(client.call('help', {})).rejects.toThrow(RetryLater);
  await node.listen();
  await expect(client.call('help', {})).resolves.toBe('up');
});

test('a neighbour that fails is left alone without being asked; the others are not', async () => {
  await using node = await serve((asked) => {
    if (asked.method.startsWith('bkpr-')) asked.error(-4, 'died');
    else asked.result('fine');
  });
  using client = clientOf(node);
  const { failures } = BREAKER_LAWS.bookkeeper;
  for (let i = 0; i < failures + 4; i++) {
    const call = client.call('bkpr-listincome', { start_time: 1 }, { group: 'bookkeeper' });
    await expect(call).rejects.toThrow(RetryLater);
  }
  expect(node.asked).toHaveLength(failures);
  expect(client.brokenOff()).toEqual(['bookkeeper']);
  await expect(client.call('help', {})).resolves.toBe('fine');
});

test('beyond the bound of unanswered calls one more fails at once, and is never sent', async () => {
  await using node = await serve(() => {});
  using client = clientOf(node);
  const open = Array.from({ length: MAX_PENDING }, () => client.call('wait', {}));
  await expect(client.call('wait', {})).rejects.toThrow(`${MAX_PENDING} calls are unanswered`);
  client.close();
  const outcomes = await Promise.allSettled(open);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
});

test('closing fails what is open and everything after', async () => {
  await using node = await serve(() => {});
  using client = clientOf(node);
  const open = client.call('wait', {});
  await vi.waitFor(() => expect(node.asked).toHaveLength(1));
  client.close();
  await expect(open).rejects.toThrow(RetryLater);
  await expect(client.call('help', {})).rejects.toThrow(RetryLater);
  expect(node.asked).toHaveLength(1);
});
