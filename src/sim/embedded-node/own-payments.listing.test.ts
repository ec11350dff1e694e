/** What listsendpays and listchannelmoves tell of our own payments, by whatever page and version. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';
import { endNodes, make } from './node-life.testing.ts';
import { channels, circular, HOOK, lived, OUT, rows, STORY } from './own-payments.testing.ts';

afterEach(endNodes);

describe('listsendpays', () => {
  test('a group id is more than a double holds and comes with all its digits', async () => {
    const node = await lived();
    const [row] = await rows(node, 'listsendpays', 'payments', { payment_hash: HOOK });
    const [, debit] = await rows(node, 'listchannelmoves', 'channelmoves');
    expect(typeof row?.groupid).toBe('bigint');
    expect(debit?.group_id).toBe(row?.groupid);
  });

  test.each([
    [{}, [1, 2, 3]],
    [{ status: 'pending' }, [3]],
    [{ status: 'complete' }, [2]],
    [{ status: 'failed' }, [1]],
    [{ index: 'created', start: 2, limit: 1 }, [2]],
    [{ index: 'updated', start: 2 }, [2]],
    // As with forwards: what was never updated comes first.
    [{ index: 'updated', start: 0 }, [3, 1, 2]],
    [{ index: 'created', start: 99 }, []],
    [{ bolt11: 'lnbcrt1' }, []],
  ])('%o → created_index %o', async (params, indexes) => {
    const node = await lived([...STORY, circular('offered', 'ab'.repeat(32), 9_000)]);
    const found = await rows(node, 'listsendpays', 'payments', params);
    expect(found.map(({ created_index }) => created_index)).toEqual(indexes);
  });

  test.each(['listsendpays', 'listpays', 'listchannelmoves'])(
    '%s with start but no index is refused',
    async (method) => {
      const node = await lived();
      await expect(rows(node, method, 'x', { start: 1 })).rejects.toMatchObject({ code: -32602 });
    },
  );
});

describe('listchannelmoves', () => {
  test('counts every settled forward twice, out first, and payments of ours back first', async () => {
    const events = [
      doubleForward(0, 'offered', 10),
      doubleForward(0, 'settled', 20),
      doubleForward(1, 'offered', 30),
      doubleForward(1, 'failed', 40),
      ...STORY,
      doubleForward(2, 'offered', 5_000_000),
      doubleForward(2, 'settled', 5_000_020),
    ];
    const market = new MarketDouble(channels(), events, [doubleForward(9, 'settled', -9)]);
    const node = make({ market });
    await node.start();
    node.advance(unixMs(DOUBLE_START + 6_000_000));
    const moves = await rows(node, 'listchannelmoves', 'channelmoves', { index: 'created' });
    const seen = moves.map(({ created_index, account_id, primary_tag, credit_msat }) => [
      created_index,
      account_id === OUT ? 'out' : 'in',
      primary_tag,
      Number(credit_msat) > 0 ? 'credit' : 'debit',
    ]);
    // The forwards of the double run from channel 0 to channel 1: against the payments of ours.
    expect(seen).toEqual([
      [1, 'in', 'routed', 'debit'],
      [2, 'out', 'routed', 'credit'],
      [3, 'in', 'routed', 'debit'],
      [4, 'out', 'routed', 'credit'],
      [5, 'in', 'invoice', 'credit'],
      [6, 'out', 'invoice', 'debit'],
      [7, 'in', 'routed', 'debit'],
      [8, 'out', 'routed', 'credit'],
    ]);
    const page = await rows(node, 'listchannelmoves', 'channelmoves', {
      index: 'created',
      start: 4,
      limit: 2,
    });
    expect(page.map(({ created_index }) => created_index)).toEqual([4, 5]);
  });

  test('what is missing when less arrives shows: the fee is what it was meant to be', async () => {
    const short = { receivedMsat: 24_750_000, startedAt: unixMs(1_795_233_947_000) };
    const node = await lived([
      circular('offered', HOOK, 2_000),
      circular('settled', HOOK, 3_000, short),
    ]);
    const [credit, debit] = await rows(node, 'listchannelmoves', 'channelmoves');
    expect(credit).toMatchObject({ credit_msat: 24_750_000, fees_msat: 0 });
    expect(debit).toMatchObject({ debit_msat: 25_002_500, fees_msat: 2_500 });
    const [row] = await rows(node, 'listsendpays', 'payments');
    expect(row).toMatchObject({ amount_msat: 25_000_000, amount_sent_msat: 25_002_500 });
  });

  test.each(['v25.05', 'v24.11.1', 'v0.12.0'])('%s does not know it', async (version) => {
    const node = await lived(STORY, { version });
    const client = node.client();
    const unknown = { code: -32601 };
    await expect(client.call('listchannelmoves')).rejects.toMatchObject(unknown);
    await expect(client.call('help', ['listchannelmoves'])).rejects.toMatchObject(unknown);
    await expect(client.call('wait', ['channelmoves', 'created', 0])).rejects.toMatchObject({
      code: -32602,
    });
    expect(await rows(node, 'listsendpays', 'payments')).toHaveLength(2);
  });

  test.each(['v25.09', 'v25.12.1', 'v26.06.6'])('%s knows it', async (version) => {
    const node = await lived(STORY, { version });
    expect(await rows(node, 'listchannelmoves', 'channelmoves')).toHaveLength(2);
  });

  test('a wait for the next move ends with it', async () => {
    const market = new MarketDouble(channels(), STORY);
    const node = make({ market });
    await node.start();
    const client = node.client();
    const [move, paid] = [
      client.call('wait', ['channelmoves', 'created', 2]),
      client.call('wait', ['sendpays', 'updated', 2]),
    ];
    await client.call('listpeers');
    node.advance(unixMs(DOUBLE_START + 4_000_000));
    expect(await move).toEqual({
      subsystem: 'channelmoves',
      created: 2,
      channelmoves: { account: OUT, credit_msat: 0, debit_msat: 25_002_500 },
    });
    expect(await paid).toMatchObject({ updated: 2, sendpays: { status: 'complete' } });
  });

  test('pages over any mixture add up to the whole', async () => {
    const kinds = fc.array(fc.constantFrom('forward', 'own'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(kinds, fc.integer({ min: 1, max: 7 }), async (story, limit) => {
        const events = story.map(
          (kind, i): MarketEvent =>
            kind === 'forward'
              ? doubleForward(i, 'settled', i)
              : circular('settled', i.toString(16).padStart(64, '0'), i),
        );
        const alone = new EmbeddedNode({ market: new MarketDouble(channels(), events) });
        try {
          alone.advance(unixMs(DOUBLE_START + 5_000_000));
          const all = alone.state.moves.page(0, Number.POSITIVE_INFINITY);
          const paged = [];
          for (let start = 1; start <= alone.state.moves.last; start += limit)
            paged.push(...alone.state.moves.page(start, limit));
          expect(paged).toEqual(all);
          expect(all.map(({ createdIndex }) => createdIndex)).toEqual(
            Array.from({ length: 2 * story.length }, (_, i) => i + 1),
          );
        } finally {
          await alone.destroy();
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('a wallet of any size is in listfunds and in the balances', async () => {
  const node = await lived();
  node.state.wallet = 123_000;
  const [output] = await rows(node, 'listfunds', 'outputs');
  expect(output).toMatchObject({ amount_msat: 123_000, status: 'confirmed', reserved: false });
  node.state.wallet = 0;
  expect(await rows(node, 'listfunds', 'outputs')).toEqual([]);
});

test('a peer’s price towards us is in its half of listchannels', async () => {
  const node = await lived([]);
  const [first] = channels();
  const theirs = { base: 77, ppm: 88, htlcMin: 0, htlcMax: 1_000 };
  const market = node.state.market;
  if (market instanceof MarketDouble) market.list = [{ ...doubleChannel(0), ...first, theirs }];
  const edges = await rows(node, 'listchannels', 'channels', { source: first?.peerId });
  expect(edges).toMatchObject([
    { destination: node.state.id, base_fee_millisatoshi: 77, fee_per_millionth: 88 },
  ]);
});
