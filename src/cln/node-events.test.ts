import { expect, test } from 'vitest';
import { readEvent } from './node-events.ts';

const PEER = `02${'a'.repeat(64)}`;
const CHANNEL = '1'.repeat(64);

test('original e5a3ab9 (fields of a modern forward_event unknown): a forward event is a forward, its preimage not kept', () => {
  const event = readEvent('forward_event', {
    updated_index: 1,
    payment_hash: 'ff',
    in_channel: '1x1x1',
    in_htlc_id: 0,
    out_channel: '2x2x2',
    in_msat: 1010n,
    out_msat: 1000n,
    fee_msat: 10n,
    status: 'settled',
    received_time: 1780000000.5,
    resolved_time: 1780000001.25,
    preimage: 'secret',
  });
  expect(event).toMatchObject({
    kind: 'forward',
    forward: {
      createdIndex: undefined,
      updatedIndex: 1,
      inHtlcId: 0n,
      paymentHash: 'ff',
      receivedAt: 1_780_000_000_500,
      resolvedAt: 1_780_000_001_250,
    },
  });
  expect(JSON.stringify(event, (_, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toMatch(
    'secret',
  );
});

test('a state change in the deprecated form, with a null scid, and in the strict one, without', () => {
  const strict = {
    peer_id: PEER,
    channel_id: CHANNEL,
    timestamp: '2026-03-01T00:00:00.000Z',
    new_state: 'CHANNELD_AWAITING_LOCKIN',
    cause: 'remote',
  };
  const expected = {
    kind: 'channel-state',
    peerId: PEER,
    channelId: CHANNEL,
    scid: undefined,
    at: Date.UTC(2026, 2, 1),
    from: undefined,
    to: 'CHANNELD_AWAITING_LOCKIN',
    cause: 'remote',
  };
  expect(readEvent('channel_state_changed', strict)).toEqual(expected);
  const deprecated = { ...strict, short_channel_id: null, message: null };
  expect(readEvent('channel_state_changed', deprecated)).toEqual(expected);
});

test('peers, blocks, channels, plugins', () => {
  expect(readEvent('connect', { id: PEER, direction: 'in' })).toEqual({
    kind: 'connection',
    peerId: PEER,
    connected: true,
  });
  expect(readEvent('disconnect', { id: PEER })).toMatchObject({ connected: false });
  expect(readEvent('block_added', { hash: '00', height: 81 })).toEqual({
    kind: 'block',
    height: 81,
  });
  expect(readEvent('channel_opened', { id: PEER, funding_msat: 5n })).toEqual({
    kind: 'channel-opened',
    peerId: PEER,
    capacity: 5n,
  });
  const plugin = { plugin_name: 'sling', plugin_path: '/opt/sling', methods: ['sling-once'] };
  expect(readEvent('plugin_started', plugin)).toEqual({
    kind: 'plugin',
    name: 'sling',
    running: true,
    methods: ['sling-once'],
  });
  expect(readEvent('plugin_stopped', plugin)).toMatchObject({ running: false });
});

test('topics we do not read are handed on as they came', () => {
  expect(readEvent('invoice_creation', { a: 1 })).toEqual({
    kind: 'other',
    topic: 'invoice_creation',
    payload: { a: 1 },
  });
});

const movement = { type: 'channel_mvt', primary_tag: 'invoice', payment_hash: 'ff', part_id: 1 };

test.each([
  ['a movement of v25.09 and later', movement],
  ['one that has both kinds of tags', { ...movement, tags: ['invoice'] }],
  ['one of before v25.09', { ...movement, primary_tag: undefined, tags: ['invoice', 'opener'] }],
])('%s for an invoice is a payment of ours', (_, payload) => {
  expect(readEvent('coin_movement', payload)).toEqual({
    kind: 'payment',
    topic: 'coin_movement',
    paymentHash: 'ff',
  });
});

test.each([
  ['a forward', { ...movement, primary_tag: 'routed', tags: ['routed'] }],
  ['a forward before v25.09', { ...movement, primary_tag: undefined, tags: ['routed'] }],
  [
    'a new tag whatever the old ones say',
    { ...movement, primary_tag: 'pushed', tags: ['invoice'] },
  ],
  ['money on chain', { type: 'chain_mvt', primary_tag: 'invoice', tags: ['deposit'] }],
  ['no tag at all', { type: 'channel_mvt', primary_tag: null }],
])('%s is no payment of ours', (_, payload) => {
  expect(readEvent('coin_movement', payload)).toMatchObject({
    kind: 'other',
    topic: 'coin_movement',
  });
});

test('a payment that ended or failed wakes up, whatever else is said of it', () => {
  expect(readEvent('sendpay_success', { payment_hash: 'ff', groupid: 2n ** 60n })).toEqual({
    kind: 'payment',
    topic: 'sendpay_success',
    paymentHash: 'ff',
  });
  const failure = { code: 204, message: 'no way', data: { payment_hash: 'ff', status: 'pending' } };
  expect(readEvent('sendpay_failure', failure)).toEqual({
    kind: 'payment',
    topic: 'sendpay_failure',
    paymentHash: 'ff',
  });
  expect(readEvent('sendpay_failure', { code: 212, message: 'no data' })).toEqual({
    kind: 'payment',
    topic: 'sendpay_failure',
    paymentHash: undefined,
  });
});

test.each([
  ['forward_event', { status: 'settled' }, 'in_channel: '],
  ['forward_event', undefined, ''],
  ['connect', { id: 'nobody' }, 'id: expected a node id'],
  ['block_added', { height: '81' }, 'height: expected an integer from 0'],
  ['coin_movement', { primary_tag: 'invoice' }, 'type: '],
  ['sendpay_success', 'done', ''],
  ['sendpay_failure', { data: { payment_hash: 5 } }, 'data.payment_hash: '],
])('%s of %j is malformed, and says where', (topic, payload, problem) => {
  expect(readEvent(topic, payload)).toEqual({
    kind: 'malformed',
    topic,
    problem: expect.stringContaining(problem),
  });
});
