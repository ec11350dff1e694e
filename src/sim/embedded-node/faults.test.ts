import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NoAnswer } from './client.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { withField, withNews, withoutField } from './faults.ts';
import { doubleChannel, MarketDouble } from './market-double.ts';

let node: EmbeddedNode;
beforeEach(async () => {
  node = new EmbeddedNode({ market: new MarketDouble([doubleChannel(0), doubleChannel(1)]) });
  await node.start();
});
afterEach(() => node.destroy());
const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"listpeerchannels","params":{}}';
const ask = (): Promise<string> => node.client().raw(REQUEST);

describe('answers that are damaged', () => {
  test.each(['"NaN"', '-1', 'null', '1e400', '{}'])('a field with the value %s', async (raw) => {
    node.faults.add({ kind: 'field', field: 'spendable_msat', raw });
    const text = await ask();
    expect(text.split(`"spendable_msat":${raw},`)).toHaveLength(3);
  });

  test('a missing field, first, last and in the middle', () => {
    expect(withoutField('{"a":1,"b":[{"a":"x,}"}],"c":{"b":2,"a":3}}', 'a')).toBe(
      '{"b":[{}],"c":{"b":2}}',
    );
  });

  test('unknown members everywhere leave the known ones as they are', async () => {
    const before: unknown = JSON.parse(await ask());
    node.faults.add({ kind: 'extra-fields' });
    const text = await ask();
    const after: unknown = JSON.parse(text, (name, value) =>
      name === 'zz_new' ? undefined : value,
    );
    expect(text).toContain('zz_new');
    expect(after).toEqual(before);
    expect(withNews('{"a":"{x"}')).toContain('"a":"{x"');
  });

  test('a huge answer is still JSON', async () => {
    node.faults.add({ kind: 'huge', bytes: 3_000_000 });
    const text = await ask();
    expect(text.length).toBeGreaterThan(3_000_000);
    expect(JSON.parse(text)).toHaveProperty('result.channels');
  });

  test('a value may be replaced by text with a dollar sign', () => {
    expect(withField('{"a":1}', 'a', '"$&"')).toBe('{"a":"$&"}');
  });
});

describe('answers that do not come', () => {
  test.each([
    ['garbage', 'no JSON'],
    ['truncated', 'ended without an answer'],
    ['drop', 'ended without an answer'],
  ] as const)('%s', async (kind, why) => {
    node.faults.add({ kind, method: 'listpeerchannels', times: 1 });
    await expect(ask()).rejects.toThrow(NoAnswer);
    node.faults.add({ kind, method: 'listpeerchannels', times: 1 });
    await expect(ask()).rejects.toThrow(why);
    expect(await ask()).toContain('"result"');
  });

  test('a stalled method stalls alone, and until it is let go', async () => {
    const release = node.faults.add({ kind: 'stall', method: 'listpeerchannels' });
    const stalled = ask().then(() => 'answered');
    const other = node
      .client()
      .call('listpeers')
      .then(() => 'others go on');
    expect(await Promise.race([stalled, other])).toBe('others go on');
    release();
    expect(await ask()).toContain('"result"');
  });

  test('a slow answer takes its time', async () => {
    node.faults.add({ kind: 'slow', ms: 30 });
    const began = performance.now();
    await ask();
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  test('drop carries the call out first', async () => {
    node.faults.add({ kind: 'drop', method: 'setchannel' });
    await expect(node.client().call('setchannel', ['112x1x0', 7])).rejects.toThrow(NoAnswer);
    expect(node.state.market.channels()[0]?.ours.base).toBe(7);
  });
});

test('an error is raised before anything is done', async () => {
  node.faults.add({ kind: 'error', method: 'setchannel', code: -1, message: 'busy' });
  await expect(node.client().call('setchannel', ['112x1x0', 7])).rejects.toMatchObject({
    code: -1,
  });
  expect(node.state.market.channels()[0]?.ours.base).toBe(1000);
});

test('an older version lacks a method', async () => {
  node.faults.add({ kind: 'unknown-method', method: 'wait' });
  await expect(node.client().call('wait', ['forwards', 'created', 0])).rejects.toMatchObject({
    code: -32601,
    message: "Unknown command 'wait'",
  });
});

test('the socket goes away, refuses, and comes back', async () => {
  const open = node.client().call('wait', ['forwards', 'created', 9]);
  const broken = expect(open).rejects.toThrow(NoAnswer);
  await node.client().call('listpeers');
  const back = node.restartSocket(20, 'stays');
  await broken;
  await expect(ask()).rejects.toThrow('ECONNREFUSED');
  await back;
  expect(await ask()).toContain('"result"');
});
