import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedNode } from './embedded-node.ts';
import { JsonFramer, toJson } from './json-text.ts';
import { doubleChannel, MarketDouble } from './market-double.ts';

let node: EmbeddedNode;
beforeAll(async () => {
  node = new EmbeddedNode({ market: new MarketDouble([doubleChannel(0), doubleChannel(1)]) });
  await node.start();
});
afterAll(() => node.destroy());

/** Writes the parts one after another on one connection and gives the first `count` answers. */
function talk(parts: readonly string[], count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(node.socketPath);
    const framer = new JsonFramer();
    const answers: string[] = [];
    socket.on('error', reject);
    socket.on('close', () => resolve(answers));
    socket.on('data', (chunk) => {
      answers.push(...framer.push(chunk.toString()));
      if (answers.length >= count) socket.end();
    });
    socket.write(parts[0] ?? '', () => {
      setImmediate(() => socket.write(parts.slice(1).join('')));
    });
  });
}
const ping = (id: string): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"help","params":{"command":"getinfo"}}`;
const PONG = '"result":{"help":[{"command":"getinfo "}],"format-hint":"simple"}}';

describe('the envelope, as recorded', () => {
  test.each([
    ['{"jsonrpc":"2.0","id":"x" nonsense}', 'null', 'Failed to parse RPC JSON response'],
    ['{"id":"x","method":"help","params":{}}', 'null', 'does not contain \\"jsonrpc\\" field'],
    [`[${ping('"x"')}]`, 'null', 'does not contain \\"jsonrpc\\" field'],
    ['{"jsonrpc":"2.0","id":"x","method":"listpeers"}', '"x"', 'No params'],
    ['{"jsonrpc":"2.0","method":"listpeers","params":{}}', 'null', 'No id'],
    ['garbage', 'null', 'Failed to parse'],
  ])('%s', async (text, id, message) => {
    const [answer] = await talk([text], 1);
    expect(answer).toContain(`"id":${id},"error":{"code":-32600,`);
    expect(answer).toContain(message);
  });

  test.each(['7', '"a b"', 'null', '"\\u00e9\\"x"'])(
    'id %s comes back as it was sent',
    async (id) => {
      expect(await talk([ping(id)], 1)).toEqual([`{"jsonrpc":"2.0","id":${id},${PONG}`]);
    },
  );

  test('answers are compact and end with two line feeds', async () => {
    const bytes = await new Promise<string>((resolve) => {
      const socket = createConnection(node.socketPath);
      socket.write(ping('1'));
      socket.once('data', (chunk) => {
        resolve(chunk.toString());
        socket.destroy();
      });
    });
    expect(bytes).toBe(`{"jsonrpc":"2.0","id":1,${PONG}\n\n`);
  });

  test('requests without separator are pipelined, and may come in halves', async () => {
    const both = ping('1') + ping('2');
    expect(await talk([both.slice(0, 30), both.slice(30)], 2)).toHaveLength(2);
  });

  test('a waiting call does not hold up the next', async () => {
    const blocked =
      '{"jsonrpc":"2.0","id":"w","method":"wait","params":["forwards","created",999]}';
    expect(await talk([blocked + ping('"b"')], 1)).toEqual([`{"jsonrpc":"2.0","id":"b",${PONG}`]);
  });

  test('filter keeps only what it names, numbers to the digit', async () => {
    const filter = {
      channels: [{ short_channel_id: true, our_max_htlc_value_in_flight_msat: true }],
    };
    expect(await node.client().call('listpeerchannels', {}, filter)).toEqual({
      channels: [
        { short_channel_id: '112x1x0', our_max_htlc_value_in_flight_msat: 2n ** 64n - 1n },
        { short_channel_id: '113x1x0', our_max_htlc_value_in_flight_msat: 2n ** 64n - 1n },
      ],
    });
  });
});

test('positional and named parameters are one', async () => {
  const byName = await node.client().call('setchannel', { id: '112x1x0', feebase: '2sat' });
  const byPlace = await node.client().call('setchannel', ['112x1x0', 2000]);
  expect(byPlace).toEqual(byName);
  await expect(node.client().call('listnodes', [null, 1])).rejects.toThrow('too many parameters');
});

test('check binds the parameters and does nothing', async () => {
  const call = { command_to_check: 'setchannel', id: '112x1x0', feeppm: 999 };
  expect(await node.client().call('check', call)).toEqual({ command_to_check: 'setchannel' });
  await expect(node.client().call('check', { command_to_check: 'setchannel' })).rejects.toThrow(
    'missing required parameter: id',
  );
  expect(toJson(await node.client().call('listpeerchannels', [null, '112x1x0']))).not.toContain(
    '"fee_proportional_millionths":999',
  );
});

test('a socket path that does not fit sun_path is refused at once', () => {
  const directory = `/tmp/${'d'.repeat(100)}`;
  expect(() => new EmbeddedNode({ market: new MarketDouble([]), directory })).toThrow('107 bytes');
});
