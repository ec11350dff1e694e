import { describe, expect, test } from 'vitest';
import { readChainFees } from '../../../src/cln/calls/feerates.ts';
import { readFeesSet } from '../../../src/cln/calls/fees-set.ts';
import { readIdentity } from '../../../src/cln/calls/getinfo.ts';
import { readCommands } from '../../../src/cln/calls/help.ts';
import { readClosedChannels } from '../../../src/cln/calls/listclosedchannels.ts';
import { readConfigs } from '../../../src/cln/calls/listconfigs.ts';
import { readForwards } from '../../../src/cln/calls/listforwards.ts';
import { readPeerChannels } from '../../../src/cln/calls/listpeerchannels.ts';
import { readPeers } from '../../../src/cln/calls/listpeers.ts';
import { readPlugins } from '../../../src/cln/calls/plugin-list.ts';
import { readForwardIndex } from '../../../src/cln/calls/wait.ts';
import { type ChannelId, parseChannelId } from '../../../src/core/units.ts';
import { Bug, RetryLater } from '../../../src/ports/errors.ts';
import { fixture } from './fixtures.ts';

const A = `02${'a'.repeat(64)}`;
const B = `03${'b'.repeat(64)}`;
function channel(digit: string): ChannelId {
  const id = parseChannelId(digit.repeat(64));
  if (!id) throw new Bug('no channel id');
  return id;
}

/** The fixture's first channel with some members set, or removed where undefined. */
function channelWith(change: Record<string, unknown>) {
  const answer = fixture('listpeerchannels');
  const row = answer.channels?.[0] ?? {};
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) delete row[key];
    else row[key] = value;
  }
  return readPeerChannels(answer);
}

describe('listpeerchannels', () => {
  test('a whole channel comes through in our words', () => {
    const [first] = readPeerChannels(fixture('listpeerchannels')).channels;
    expect(first).toEqual({
      peerId: A,
      connected: true,
      state: 'CHANNELD_NORMAL',
      channelId: channel('1'),
      scid: '700000x1x0',
      aliasLocal: '16000000x11x12',
      aliasRemote: '16000000x21x22',
      isPrivate: false,
      opener: 'remote',
      capacity: 5_000_000_000n,
      toUs: 2_000_000_001n,
      ourReserve: 50_000_000n,
      theirReserve: 50_000_000n,
      spendable: 1_949_000_001n,
      receivable: 2_949_999_999n,
      ours: { base: 0n, ppm: 250, htlcMin: 0n, htlcMax: 4_950_000_000n },
      theirs: { base: 1000n, ppm: 1, htlcMin: 1000n, htlcMax: 4_900_000_000n },
      maxAcceptedHtlcs: 483,
      mostInFlight: { in: 2n ** 64n - 1n, out: undefined },
      htlcs: [
        {
          direction: 'out',
          id: 2n ** 53n + 1n,
          amount: 1_000_000n,
          paymentHash: '5'.repeat(64),
          expiry: 700_100,
        },
      ],
      stateChanges: [
        { at: Date.UTC(2026, 2, 1, 0, 0, 1), from: 'OPENINGD', to: 'CHANNELD_AWAITING_LOCKIN' },
        {
          at: Date.UTC(2026, 2, 1, 0, 0, 2, 500),
          from: 'CHANNELD_AWAITING_LOCKIN',
          to: 'CHANNELD_NORMAL',
        },
      ],
    });
  });

  test('what we accept bounds what comes in, what they accept what goes out', () => {
    const [row] = channelWith({
      our_max_htlc_value_in_flight_msat: 700_000_000,
      their_max_htlc_value_in_flight_msat: 300_000_000,
    }).channels;
    expect(row?.mostInFlight).toEqual({ in: 700_000_000n, out: 300_000_000n });
  });

  test('what lightningd leaves out is undefined, never 0; a channel not agreed yet is no problem', () => {
    const { channels, unreadable } = readPeerChannels(fixture('listpeerchannels'));
    expect(unreadable).toEqual([]);
    expect(channels).toHaveLength(2);
    expect(channels[1]).toMatchObject({
      peerId: B,
      scid: undefined,
      aliasLocal: '16000000x31x32',
      aliasRemote: undefined,
      ours: undefined,
      theirs: undefined,
      isPrivate: true,
      htlcs: [],
      stateChanges: [],
    });
  });

  test.each([
    ['a negative amount', { to_us_msat: -1n }],
    ['an amount beyond 64 bits', { to_us_msat: 2n ** 64n }],
    ['a fraction', { spendable_msat: 1.5 }],
    ['a text', { total_msat: '5000000000' }],
    ['sats', { total_msat: '5000sat' }],
    ['a missing amount', { receivable_msat: undefined }],
    ['a null amount', { our_reserve_msat: null }],
    ['an unknown side', { opener: 'nobody' }],
    ['a name that fits no channel', { short_channel_id: '16777216x1x1' }],
    ['slots that are no number', { max_accepted_htlcs: '483' }],
    ['a malformed HTLC', { htlcs: [{ direction: 'out', id: 1, amount_msat: 'x' }] }],
    ['a price beyond 32 bits', { updates: { local: { fee_proportional_millionths: 2 ** 32 } } }],
  ])('%s leaves that channel out with a problem, and the others live', (_, change) => {
    const { channels, unreadable } = channelWith(change);
    expect(channels.map(({ channelId }) => channelId)).toEqual([channel('2')]);
    expect(unreadable).toHaveLength(1);
    expect(unreadable[0]?.problem).toMatch(/^listpeerchannels: \S+ left out, /);
  });

  test('amounts as lightningd wrote them before v23.08 are read', () => {
    const { channels } = channelWith({ total_msat: '5000000000msat' });
    expect(channels[0]?.capacity).toBe(5_000_000_000n);
  });

  test('fields and states of a later version are no problem', () => {
    const { channels } = channelWith({ brand_new: { a: 1 }, state: 'CHANNELD_DREAMING' });
    expect(channels[0]?.state).toBe('CHANNELD_DREAMING');
  });

  test.each([[{}], [[]], [null], ['text'], [{ channels: {} }], [{ channels: [1] }]])(
    'an answer like %j is garbage',
    (answer) => expect(() => readPeerChannels(answer)).toThrow(RetryLater),
  );
});

describe('listforwards', () => {
  test('lessons 1.5 (times are floats, an integer cast gave 0): rows in our words, times in whole milliseconds', () => {
    expect(readForwards(fixture('listforwards'))).toEqual([
      {
        createdIndex: 41,
        updatedIndex: 7,
        inChannel: '700000x1x0',
        inHtlcId: 3n,
        outChannel: '700000x2x1',
        inMsat: 100_250n,
        outMsat: 100_000n,
        feeMsat: 250n,
        status: 'settled',
        failReason: undefined,
        paymentHash: undefined,
        receivedAt: 1_780_000_000_124,
        resolvedAt: 1_780_000_001_500,
      },
      {
        createdIndex: 42,
        updatedIndex: undefined,
        inChannel: '16000000x21x22',
        inHtlcId: 4n,
        outChannel: '9x9x9',
        inMsat: 77n,
        outMsat: undefined,
        feeMsat: undefined,
        status: 'local_failed',
        failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
        paymentHash: undefined,
        receivedAt: 1_780_000_002_000,
        resolvedAt: undefined,
      },
    ]);
  });

  test.each([
    ['an unknown status', { status: 'lost' }],
    ['an amount that is a text', { fee_msat: '250' }],
    ['no time', { received_time: undefined }],
    ['a time that is a text', { received_time: '1780000000.1' }],
    ['a time in milliseconds', { received_time: 1780000000123 }],
    ['an index that is no integer', { created_index: 1.5 }],
    ['no channel', { in_channel: undefined }],
    ['a negative htlc id', { in_htlc_id: -1 }],
  ])('%s makes the whole page RetryLater: a skipped row would be lost for ever', (_, change) => {
    const answer = fixture('listforwards');
    answer.forwards?.push({ ...answer.forwards[0], ...change });
    expect(() => readForwards(answer)).toThrow(RetryLater);
    expect(() => readForwards(answer)).toThrow(/forwards\.2\./);
  });
});

describe('listclosedchannels', () => {
  test('an old one has only what is known', () => {
    const [first, second] = readClosedChannels(fixture('listclosedchannels'), () => {});
    expect(first).toMatchObject({ peerId: A, scid: '650000x4x1', aliasLocal: '16000000x41x42' });
    expect(second).toEqual({
      channelId: channel('4'),
      peerId: undefined,
      scid: undefined,
      aliasLocal: undefined,
      aliasRemote: undefined,
      opener: 'remote',
      capacity: 400_000_000n,
    });
  });

  test('a malformed one is left out with a problem', () => {
    const answer = fixture('listclosedchannels');
    answer.closedchannels?.unshift({ channel_id: 'ABC', total_msat: 1n });
    const problems: string[] = [];
    expect(readClosedChannels(answer, (text) => problems.push(text))).toHaveLength(2);
    expect(problems).toEqual([
      'listclosedchannels: row 0 left out, channel_id: expected a channel id',
    ]);
  });
});

describe('feerates', () => {
  test.each([
    [{ opening: 5000, mutual_close: 1, unilateral_close: 1 }, 5],
    [{ opening: 0, mutual_close: 2500 }, 2.5],
    [{ unilateral_close: 253 }, 0.253],
    [{ opening: 0, mutual_close: 0, unilateral_close: 0 }, undefined],
    [{ opening: null }, undefined],
    [{ floor: 1012, min_acceptable: 1012 }, undefined],
  ])(
    'original 4.2 (1 sat/vB made up): %j is %s sat/vB: no estimate is unknown, never 0',
    (perkb, satPerVbyte) => {
      expect(readChainFees({ perkb })).toEqual({ satPerVbyte });
    },
  );

  test.each([[{}], [{ perkb: { opening: '5000' } }], [{ perkb: { opening: -1 } }]])(
    '%j is garbage',
    (answer) => expect(() => readChainFees(answer)).toThrow(RetryLater),
  );
});

test('setting fees answers for the channel that was asked, among others of the peer', () => {
  const row = (digit: string, rate: number) => ({
    channel_id: digit.repeat(64),
    fee_base_msat: 0n,
    fee_proportional_millionths: rate,
    maximum_htlc_out_msat: 7n,
  });
  const answer = { channels: [row('1', 10), row('2', 20)] };
  expect(readFeesSet(answer, channel('2'))).toEqual({
    channelId: channel('2'),
    base: 0n,
    ppm: 20,
    htlcMax: 7n,
  });
  expect(() => readFeesSet(answer, channel('3'))).toThrow(RetryLater);
});

test('wait answers with the value of the index that was asked', () => {
  expect(readForwardIndex('updated', { subsystem: 'forwards', updated: 0 })).toBe(0);
  expect(() => readForwardIndex('updated', { subsystem: 'forwards', created: 5 })).toThrow(
    RetryLater,
  );
  expect(() => readForwardIndex('created', { subsystem: 'invoices', created: 5 })).toThrow(
    RetryLater,
  );
});

test('plugins that run, without their path; commands without their usage', () => {
  const plugins = [
    { name: '/opt/plugins/sling', active: true },
    { name: 'clboss', active: true },
    { name: '/opt/plugins/asleep.py', active: false },
  ];
  expect(readPlugins({ command: 'list', plugins })).toEqual(['sling', 'clboss']);
  const help = [{ command: 'sling-once scid direction' }, { command: 'stop' }];
  expect(readCommands({ help })).toEqual(new Set(['sling-once', 'stop']));
});

test('getinfo, listpeers, listconfigs', () => {
  const info = { id: A, network: 'bitcoin', version: 'v26.06.6', blockheight: 900_000 };
  expect(readIdentity(info)).toEqual({
    id: A,
    alias: '',
    network: 'bitcoin',
    version: 'v26.06.6',
    blockHeight: 900_000,
  });
  expect(() => readIdentity({ ...info, id: `04${'a'.repeat(64)}` })).toThrow(RetryLater);
  const peers = [
    { id: B, connected: false },
    { id: A, connected: true, features: '800898880a8a59a1' },
  ];
  expect(readPeers({ peers })).toEqual([
    { peerId: B, connected: false, features: undefined },
    { peerId: A, connected: true, features: '800898880a8a59a1' },
  ]);
  expect(() => readPeers({ peers: [{ id: A, connected: true, features: 8 }] })).toThrow(RetryLater);
  const configs = {
    'htlc-maximum-msat': { value_msat: 2n ** 64n - 1n, source: 'default' },
    developer: { set: false, source: 'cmdline' },
    plugin: { values_str: ['a', 'b'] },
  };
  expect(readConfigs({ configs })).toEqual(
    new Map<string, object>([
      ['htlc-maximum-msat', { value: 2n ** 64n - 1n, source: 'default' }],
      ['developer', { value: false, source: 'cmdline' }],
      ['plugin', { value: ['a', 'b'], source: undefined }],
    ]),
  );
});
