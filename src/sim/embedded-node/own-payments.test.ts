/** Payments to ourselves as a real node showed them (facts/cln-scale.md §4): c-hook came back, b-fail did not. */
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type ChannelId, parseChannelId, parseScid, type Scid, unixMs } from '../../core/units.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { MarketEvent } from '../market/market.ts';
import { EmbeddedNode } from './embedded-node.ts';
import type { EmbeddedNodeOptions } from './embedded-node-options.ts';
import { type FakePlugin, fakePlugin, removeFakePlugins } from './fake-plugin-file.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';
import { officialSchema, recordedCircular, referencesAbsent } from './recorded-answers.ts';

let node: EmbeddedNode | undefined;
afterEach(async () => {
  await node?.destroy();
  node = undefined;
  removeFakePlugins();
});

/** c-hook's channels: 0 it left by, 1 it came back by. */
const OUT = 'bf403097e4acff99ee0f179499a4c47fa9dfc6ea8dd27206f112aed896712e77';
const IN = 'bad8e05c448d692bd8fded547850e84b96cb56d9b0e6a600cedca404ff67e580';
const HOOK = '10b7ed7728762b86e2abb93ef99a5440db9c2323b92d834ac6091d07ac9612a3';
const FAIL = '8aa9915147543c29c2b6f2996b0bbf361303176f60134d6fee0cd67ebba3eec0';

function named(id: string, scid: string): { channelId: ChannelId; scid: Scid } {
  const names = { channelId: parseChannelId(id), scid: parseScid(scid) };
  if (!names.channelId || !names.scid) throw new Error('the recorded names are valid');
  return { channelId: names.channelId, scid: names.scid };
}
const channels = () => [
  doubleChannel(0, named(OUT, '112x6x0')),
  doubleChannel(1, named(IN, '112x5x0')),
];

/** `at` and `startedAt` in ms after the recorded second 1795233945. */
const circular = (
  phase: CircularEvent['phase'],
  paymentHash: string,
  at: number,
  changes: Partial<CircularEvent> = {},
): CircularEvent => ({
  kind: 'circular',
  phase,
  at: unixMs(1_795_233_945_000 + at),
  startedAt: unixMs(1_795_233_945_000),
  paymentHash,
  fromIndex: 0,
  toIndex: 1,
  outHtlcId: 4,
  inHtlcId: phase === 'settled' ? 1 : undefined,
  amountMsat: 25_000_000,
  sentMsat: 25_002_500,
  receivedMsat: phase === 'settled' ? 25_000_000 : 0,
  ...changes,
});
const FAILED = { amountMsat: 1_300_000_000, sentMsat: 1_300_028_000 };
const STORY = [
  circular('offered', FAIL, 0, FAILED),
  circular('failed', FAIL, 400, FAILED),
  circular('offered', HOOK, 2_000, { startedAt: unixMs(1_795_233_947_000) }),
  circular('settled', HOOK, 3_000, { startedAt: unixMs(1_795_233_947_000) }),
];

async function lived(
  events: readonly MarketEvent[] = STORY,
  options: Partial<EmbeddedNodeOptions> = {},
): Promise<EmbeddedNode> {
  node = new EmbeddedNode({ market: new MarketDouble(channels(), events), ...options });
  await node.start();
  node.advance(unixMs(DOUBLE_START + 4_000_000));
  return node;
}

async function rows(method: string, list: string, params: object = {}): Promise<Row[]> {
  const result = asRecord(await node?.client().call(method, { ...params }));
  return rowsOf(result, list);
}
type Row = Record<string, unknown>;
const rowsOf = (result: unknown, list: string): Row[] => {
  const found = asRecord(result)?.[list];
  return Array.isArray(found) ? found.map((row) => asRecord(row) ?? {}) : [];
};
/** What depends on the node it happened on. */
const OWN = ['destination', 'groupid', 'group_id', 'payment_preimage', 'preimage'];
const PLACES = ['created_index', 'updated_index', 'id'];
const plain = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => ![...OWN, ...PLACES].includes(name)));

const absent = referencesAbsent();

describe.skipIf(absent)('against the recorded circular payments', () => {
  test.each([
    ['c-hook-listsendpays', 'listsendpays', 'payments', { payment_hash: HOOK }],
    ['b-fail-listsendpays', 'listsendpays', 'payments', { payment_hash: FAIL }],
    ['c-hook-listpays', 'listpays', 'pays', { payment_hash: HOOK }],
    ['b-fail-listpays', 'listpays', 'pays', { payment_hash: FAIL }],
    ['c-hook-listchannelmoves', 'listchannelmoves', 'channelmoves', { index: 'created', start: 1 }],
    [
      'c-hook-bkpr-listaccountevents-payment',
      'bkpr-listaccountevents',
      'events',
      { payment_id: HOOK },
    ],
    [
      'b-fail-bkpr-listaccountevents-payment',
      'bkpr-listaccountevents',
      'events',
      { payment_id: FAIL },
    ],
  ])(
    '%s: the same members in the same order, and the same values',
    async (name, method, list, params) => {
      await lived();
      const ours = await rows(method, list, params);
      const theirs = rowsOf(recordedCircular(name), list);
      expect(ours.map((row) => Object.keys(row))).toEqual(theirs.map((row) => Object.keys(row)));
      expect(ours.map(plain)).toEqual(theirs.map(plain));
    },
  );

  test('bkpr-listincome: the fee on the channel it left by, nothing for the failed one', async () => {
    await lived();
    const theirs = rowsOf(recordedCircular('z-bkpr-listincome'), 'income_events');
    const hook = theirs.filter(({ payment_id }) => payment_id === HOOK);
    const ours = await rows('bkpr-listincome', 'income_events');
    expect(ours.filter(({ txid, outpoint }) => !txid && !outpoint)).toEqual(hook);
  });

  test('the answers pass the official schemas, pending rows too', async () => {
    await lived([...STORY, circular('offered', 'ab'.repeat(32), 9_000)]);
    const ajv = new Ajv({ strict: false });
    const calls = [
      ['listsendpays', {}],
      ['listchannelmoves', {}],
      ['bkpr-listincome', {}],
      ['bkpr-listaccountevents', {}],
      ['wait', { subsystem: 'sendpays', indexname: 'updated', nextvalue: 2 }],
      ['wait', { subsystem: 'channelmoves', indexname: 'created', nextvalue: 2 }],
    ] as const;
    for (const [method, params] of calls) {
      const validate = ajv.compile(officialSchema(method));
      const result = doubles(await node?.client().call(method, params));
      expect(validate(result), `${method}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  });

  test('the notifications: recorded members, official schemas, the same created_index as the list', async () => {
    const plugin = await told(STORY);
    const topics = plugin.received().filter(({ id }) => id === undefined);
    const heard = topics.map(({ method, params }) => ({
      topic: String(method),
      content: asRecord(asRecord(params)?.[String(method)]) ?? {},
    }));
    expect(heard.map(({ topic }) => topic)).toEqual([
      'sendpay_failure',
      'coin_movement',
      'sendpay_success',
      'coin_movement',
    ]);
    const recordings = [
      'b-fail-notification-sendpay_failure-1',
      'c-hook-notification-coin_movement-1',
      'c-hook-notification-sendpay_success-1',
      'c-hook-notification-coin_movement-2',
    ];
    const ajv = new Ajv({ strict: false });
    for (const [i, { topic, content }] of heard.entries()) {
      const theirs = asRecord(recordedCircular(recordings[i] ?? ''));
      expect(Object.keys(content)).toEqual(Object.keys(theirs ?? {}));
      const validate = ajv.compile(officialSchema(`notification/${topic}`));
      expect(validate(doubles(content)), ajv.errorsText(validate.errors)).toBe(true);
    }
    const failure = asRecord(heard[0]?.content.data);
    const theirs = asRecord(asRecord(recordedCircular(recordings[0] ?? ''))?.data);
    expect(Object.keys(failure ?? {})).toEqual(Object.keys(theirs ?? {}));
    expect(failure).toMatchObject({ status: 'pending', amount_sent_msat: 1_300_028_000 });
    const moves = await rows('listchannelmoves', 'channelmoves');
    const movements = heard.filter(({ topic }) => topic === 'coin_movement');
    expect(movements.map(({ content }) => content.created_index)).toEqual(
      moves.map(({ created_index }) => created_index),
    );
  });
});

/** What others do: an invoice of our own paid by hand, in two parts, or without leaving us. */
describe.skipIf(absent)('against the recorded payments of others', () => {
  const way = { from: 0, to: 1 };
  const INVOICE = { paymentHash: 'a1'.repeat(32), amount: 50_000_000, sent: 50_003_000, way };
  const PARTS = { paymentHash: 'd0'.repeat(32), amount: 20_000_000, sent: 20_002_400, way };
  const SELF = { paymentHash: 'e0'.repeat(32), amount: 1_000_000, sent: 1_000_000 };
  const paid = async (): Promise<void> => {
    const { time } = await lived([]);
    time.foreign({ ...INVOICE, label: 'circular', bolt11: 'lnbcrt500u1' });
    time.foreign({ ...PARTS, partId: 1 });
    time.foreign({ ...PARTS, partId: 2 });
    time.foreign({ ...SELF, partId: 1, groupId: 923_644_880_703_401_960n, bolt11: 'lnbcrt10u1' });
  };

  test.each([
    ['a1-listsendpays', 'listsendpays', 'payments', INVOICE],
    ['a1-listpays', 'listpays', 'pays', INVOICE],
    ['d-parts-listsendpays', 'listsendpays', 'payments', PARTS],
    ['d-parts-listpays', 'listpays', 'pays', PARTS],
    ['e-self-pay-listsendpays', 'listsendpays', 'payments', SELF],
    ['e-self-pay-listpays', 'listpays', 'pays', SELF],
  ])('%s: the same members, the same amounts', async (name, method, list, { paymentHash }) => {
    await paid();
    const ours = await rows(method, list, { payment_hash: paymentHash });
    const theirs = rowsOf(recordedCircular(name), list);
    expect(ours.map((row) => Object.keys(row))).toEqual(theirs.map((row) => Object.keys(row)));
    expect(ours.map(amounts)).toEqual(theirs.map(amounts));
  });

  test.each([
    ['a1-listchannelmoves', INVOICE],
    ['d-parts-listchannelmoves', PARTS],
    ['e-self-pay-listchannelmoves', SELF],
  ])('%s: the same rows, whatever their order', async (name, { paymentHash }) => {
    await paid();
    const ours = await rows('listchannelmoves', 'channelmoves');
    const its = ours.filter(({ payment_hash }) => payment_hash === paymentHash);
    const theirs = rowsOf(recordedCircular(name), 'channelmoves');
    const sorted = (all: readonly Row[]): string[] =>
      all.map((row) => JSON.stringify([Object.keys(row), row.part_id, amounts(row)])).sort();
    expect(sorted(its)).toEqual(sorted(theirs));
  });
});

const amounts = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => /_msat$|^number_of_parts$/.test(name)));

const doubles = (result: unknown): unknown =>
  JSON.parse(JSON.stringify(result, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)));

/** A plugin that subscribed to what our payments bring, after the story. */
async function told(story: readonly MarketEvent[]): Promise<FakePlugin> {
  const plugin = fakePlugin({
    manifest: { subscriptions: ['coin_movement', 'sendpay_success', 'sendpay_failure'] },
  });
  node = new EmbeddedNode({ market: new MarketDouble(channels(), story) });
  await node.start([{ path: plugin.path }]);
  node.advance(unixMs(DOUBLE_START + 4_000_000));
  const count = node.plugins.hosts[0]?.notifications;
  while (plugin.received().filter(({ id }) => id === undefined).length < (count ?? 0))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return plugin;
}

describe('listsendpays', () => {
  test('a group id is more than a double holds and comes with all its digits', async () => {
    await lived();
    const [row] = await rows('listsendpays', 'payments', { payment_hash: HOOK });
    const [, debit] = await rows('listchannelmoves', 'channelmoves');
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
    await lived([...STORY, circular('offered', 'ab'.repeat(32), 9_000)]);
    const found = await rows('listsendpays', 'payments', params);
    expect(found.map(({ created_index }) => created_index)).toEqual(indexes);
  });

  test.each(['listsendpays', 'listpays', 'listchannelmoves'])(
    '%s with start but no index is refused',
    async (method) => {
      await lived();
      await expect(rows(method, 'x', { start: 1 })).rejects.toMatchObject({ code: -32602 });
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
    node = new EmbeddedNode({ market });
    await node.start();
    node.advance(unixMs(DOUBLE_START + 6_000_000));
    const moves = await rows('listchannelmoves', 'channelmoves', { index: 'created' });
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
    const page = await rows('listchannelmoves', 'channelmoves', {
      index: 'created',
      start: 4,
      limit: 2,
    });
    expect(page.map(({ created_index }) => created_index)).toEqual([4, 5]);
  });

  test('what is missing when less arrives shows: the fee is what it was meant to be', async () => {
    const short = { receivedMsat: 24_750_000, startedAt: unixMs(1_795_233_947_000) };
    await lived([circular('offered', HOOK, 2_000), circular('settled', HOOK, 3_000, short)]);
    const [credit, debit] = await rows('listchannelmoves', 'channelmoves');
    expect(credit).toMatchObject({ credit_msat: 24_750_000, fees_msat: 0 });
    expect(debit).toMatchObject({ debit_msat: 25_002_500, fees_msat: 2_500 });
    const [row] = await rows('listsendpays', 'payments');
    expect(row).toMatchObject({ amount_msat: 25_000_000, amount_sent_msat: 25_002_500 });
  });

  test.each(['v25.05', 'v24.11.1', 'v0.12.0'])('%s does not know it', async (version) => {
    await lived(STORY, { version });
    const client = node?.client();
    const unknown = { code: -32601 };
    await expect(client?.call('listchannelmoves')).rejects.toMatchObject(unknown);
    await expect(client?.call('help', ['listchannelmoves'])).rejects.toMatchObject(unknown);
    await expect(client?.call('wait', ['channelmoves', 'created', 0])).rejects.toMatchObject({
      code: -32602,
    });
    expect(await rows('listsendpays', 'payments')).toHaveLength(2);
  });

  test.each(['v25.09', 'v25.12.1', 'v26.06.6'])('%s knows it', async (version) => {
    await lived(STORY, { version });
    expect(await rows('listchannelmoves', 'channelmoves')).toHaveLength(2);
  });

  test('a wait for the next move ends with it', async () => {
    const market = new MarketDouble(channels(), STORY);
    node = new EmbeddedNode({ market });
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
  const alone = await lived();
  alone.state.wallet = 123_000;
  const [output] = await rows('listfunds', 'outputs');
  expect(output).toMatchObject({ amount_msat: 123_000, status: 'confirmed', reserved: false });
  alone.state.wallet = 0;
  expect(await rows('listfunds', 'outputs')).toEqual([]);
});

test('a peer’s price towards us is in its half of listchannels', async () => {
  const alone = await lived([]);
  const [first] = channels();
  const theirs = { base: 77, ppm: 88, htlcMin: 0, htlcMax: 1_000 };
  const market = alone.state.market;
  if (market instanceof MarketDouble) market.list = [{ ...doubleChannel(0), ...first, theirs }];
  const edges = await rows('listchannels', 'channels', { source: first?.peerId });
  expect(edges).toMatchObject([
    { destination: alone.state.id, base_fee_millisatoshi: 77, fee_per_millionth: 88 },
  ]);
});
