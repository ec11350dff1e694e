import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';

let node: EmbeddedNode | undefined;
afterEach(async () => node?.destroy());

const CHANNELS = [doubleChannel(0), doubleChannel(1)];
/** created: 1 settled, 2 local_failed, 3 failed, 4 offered. */
const PAST = [
  doubleForward(0, 'offered', -900),
  doubleForward(1, 'local_failed', -800),
  doubleForward(2, 'offered', -700),
  doubleForward(2, 'failed', -600),
  doubleForward(0, 'settled', -500),
  doubleForward(3, 'offered', -400),
];

async function started(market: MarketDouble): Promise<EmbeddedNode> {
  node = new EmbeddedNode({ market, lockstep: true });
  await node.start();
  return node;
}
async function createdIndexes(params: object): Promise<unknown[]> {
  const result = asRecord(await node?.client().call('listforwards', { ...params }));
  const rows = Array.isArray(result?.forwards) ? result.forwards : [];
  return rows.map((row) => asRecord(row)?.created_index);
}

describe('listforwards and its traps', () => {
  test.each([
    [{}, [1, 2, 3, 4]],
    [{ index: 'created', start: 2, limit: 2 }, [2, 3]],
    [{ index: 'created', start: 0, limit: 1 }, [1]],
    [{ index: 'created', start: 99 }, []],
    [{ status: 'local_failed' }, [2]],
    [{ status: 'settled', index: 'created', start: 1, limit: 9 }, [1]],
    // In order of resolution: the failed one came first; local_failed never appears.
    [{ index: 'updated', start: 1 }, [3, 1]],
    // The trap: rows without updated_index come first.
    [{ index: 'updated', start: 0, limit: 3 }, [2, 4, 3]],
    // The limit is silently ignored with a channel filter.
    [{ out_channel: '113x1x0', index: 'created', limit: 1 }, [1, 2, 3, 4]],
    [{ in_channel: '1x1x1' }, []],
  ])('%o → created_index %o', async (params, rows) => {
    await started(new MarketDouble(CHANNELS, [], PAST));
    expect(await createdIndexes(params)).toEqual(rows);
  });

  test('start with a channel filter is an error', async () => {
    await started(new MarketDouble(CHANNELS, [], PAST));
    const call = createdIndexes({ in_channel: '112x1x0', index: 'created', start: 1 });
    await expect(call).rejects.toMatchObject({ code: -32602 });
  });
});

describe('wait', () => {
  test('nextvalue 0 and what is reached answer at once', async () => {
    const client = (await started(new MarketDouble(CHANNELS, [], PAST))).client();
    const forwards = { subsystem: 'forwards', indexname: 'updated' };
    for (const nextvalue of [0, 1, 2]) {
      const answer = await client.call('wait', { ...forwards, nextvalue });
      expect(answer).toEqual({ subsystem: 'forwards', updated: 2 });
    }
    expect(await client.call('wait', ['invoices', 'created', 0])).toEqual({
      subsystem: 'invoices',
      created: 0,
    });
  });

  test.each([true, false])(
    'a blocked call answers when it is reached; details only with deprecated APIs: %s',
    async (deprecatedApis) => {
      const market = new MarketDouble(CHANNELS, [doubleForward(3, 'settled', 50)], PAST);
      node = new EmbeddedNode({ market, deprecatedApis });
      await node.start();
      const answer = node.client().call('wait', ['forwards', 'updated', 3]);
      await node.client().call('listpeers');
      node.advance(unixMs(DOUBLE_START + 100));
      const row = {
        status: 'settled',
        in_channel: '112x1x0',
        in_htlc_id: 3,
        in_msat: 1_001_013,
        out_channel: '113x1x0',
      };
      expect(await answer).toEqual({
        subsystem: 'forwards',
        updated: 3,
        ...(deprecatedApis ? { details: row } : {}),
        forwards: row,
      });
    },
  );
});

describe('bookkeeper follows the settled forwards', () => {
  test('income, two events a forward, balances', async () => {
    const client = (await started(new MarketDouble(CHANNELS, [], PAST))).client();
    const [into, out] = CHANNELS;
    const began = Math.floor(DOUBLE_START / 1000) - 3600;
    // Without what opened the channels, a day before.
    const income = await client.call('bkpr-listincome', { start_time: began });
    expect(income).toMatchObject({
      income_events: [{ account: out?.channelId, tag: 'routed', credit_msat: 1010, debit_msat: 0 }],
    });
    expect(await client.call('bkpr-listaccountevents', [into?.channelId])).toMatchObject({
      events: [{ credit_msat: 1_001_010, debit_msat: 0, fees_msat: 1010 }],
    });
    const from = Math.floor(DOUBLE_START / 1000);
    expect(await client.call('bkpr-listincome', { start_time: from })).toEqual({
      income_events: [],
    });
  });
});

test('speed: a page of 1000 rows out of 100,000 and 100 channels, each in a few milliseconds', async () => {
  const channels = Array.from({ length: 100 }, (_, i) => doubleChannel(i));
  const past = Array.from({ length: 50_000 }, (_, i) => [
    doubleForward(i, 'offered', i),
    doubleForward(i, 'settled', i),
  ]).flat();
  const client = (await started(new MarketDouble(channels, [], past))).client();
  const page = '{"jsonrpc":"2.0","id":1,"method":"listforwards","params":["all","x"]}'.replace(
    '["all","x"]',
    '{"index":"created","start":40000,"limit":1000}',
  );
  const all = '{"jsonrpc":"2.0","id":1,"method":"listpeerchannels","params":{}}';
  const best = async (request: string): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const began = performance.now();
      await client.raw(request);
      times.push(performance.now() - began);
    }
    return Math.min(...times);
  };
  expect(await best(page)).toBeLessThan(25);
  expect(await best(all)).toBeLessThan(25);
});
