import { Ajv } from 'ajv';
import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import type { EmbeddedNode } from './embedded-node.ts';
import { type FakePlugin, fakePlugin } from './fake-plugin-file.ts';
import { asRecord } from './json-text.ts';
import { DOUBLE_START, MarketDouble } from './market-double.ts';
import { endNodes, make } from './node-life.testing.ts';
import {
  channels,
  circular,
  FAIL,
  HOOK,
  lived,
  type Row,
  rows,
  rowsOf,
  STORY,
} from './own-payments.testing.ts';
import { officialSchema, recordedCircular, referencesAbsent } from './recorded-answers.ts';

afterEach(endNodes);

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
      const node = await lived();
      const ours = await rows(node, method, list, params);
      const theirs = rowsOf(recordedCircular(name), list);
      expect(ours.map((row) => Object.keys(row))).toEqual(theirs.map((row) => Object.keys(row)));
      expect(ours.map(plain)).toEqual(theirs.map(plain));
    },
  );

  test('bkpr-listincome: the fee on the channel it left by, nothing for the failed one', async () => {
    const node = await lived();
    const theirs = rowsOf(recordedCircular('z-bkpr-listincome'), 'income_events');
    const hook = theirs.filter(({ payment_id }) => payment_id === HOOK);
    const ours = await rows(node, 'bkpr-listincome', 'income_events');
    expect(ours.filter(({ txid, outpoint }) => !txid && !outpoint)).toEqual(hook);
  });

  test('the answers pass the official schemas, pending rows too', async () => {
    const node = await lived([...STORY, circular('offered', 'ab'.repeat(32), 9_000)]);
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
      const result = doubles(await node.client().call(method, params));
      expect(validate(result), `${method}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  });

  test('the notifications: recorded members, official schemas, the same created_index as the list', async () => {
    const { node, plugin } = await told(STORY);
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
    const moves = await rows(node, 'listchannelmoves', 'channelmoves');
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
  const paid = async (): Promise<EmbeddedNode> => {
    const node = await lived([]);
    const { time } = node;
    time.foreign({ ...INVOICE, label: 'circular', bolt11: 'lnbcrt500u1' });
    time.foreign({ ...PARTS, partId: 1 });
    time.foreign({ ...PARTS, partId: 2 });
    time.foreign({ ...SELF, partId: 1, groupId: 923_644_880_703_401_960n, bolt11: 'lnbcrt10u1' });
    return node;
  };

  test.each([
    ['a1-listsendpays', 'listsendpays', 'payments', INVOICE],
    ['a1-listpays', 'listpays', 'pays', INVOICE],
    ['d-parts-listsendpays', 'listsendpays', 'payments', PARTS],
    ['d-parts-listpays', 'listpays', 'pays', PARTS],
    ['e-self-pay-listsendpays', 'listsendpays', 'payments', SELF],
    ['e-self-pay-listpays', 'listpays', 'pays', SELF],
  ])('%s: the same members, the same amounts', async (name, method, list, { paymentHash }) => {
    const node = await paid();
    const ours = await rows(node, method, list, { payment_hash: paymentHash });
    const theirs = rowsOf(recordedCircular(name), list);
    expect(ours.map((row) => Object.keys(row))).toEqual(theirs.map((row) => Object.keys(row)));
    expect(ours.map(amounts)).toEqual(theirs.map(amounts));
  });

  test.each([
    ['a1-listchannelmoves', INVOICE],
    ['d-parts-listchannelmoves', PARTS],
    ['e-self-pay-listchannelmoves', SELF],
  ])('%s: the same rows, whatever their order', async (name, { paymentHash }) => {
    const node = await paid();
    const ours = await rows(node, 'listchannelmoves', 'channelmoves');
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
async function told(
  story: readonly MarketEvent[],
): Promise<{ node: EmbeddedNode; plugin: FakePlugin }> {
  const plugin = fakePlugin({
    manifest: { subscriptions: ['coin_movement', 'sendpay_success', 'sendpay_failure'] },
  });
  const node = make({ market: new MarketDouble(channels(), story) });
  await node.start([{ path: plugin.path }]);
  node.advance(unixMs(DOUBLE_START + 4_000_000));
  const count = node.plugins.hosts[0]?.notifications;
  while (plugin.received().filter(({ id }) => id === undefined).length < (count ?? 0))
    await new Promise((resolve) => setTimeout(resolve, 5));
  return { node, plugin };
}
