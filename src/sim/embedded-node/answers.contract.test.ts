import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseChannelId, parseNodeId, parseScid, unixMs } from '../../core/units.ts';
import type { SimChannel } from '../market/market.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { asRecord, parseLossless } from './json-text.ts';
import { DOUBLE_START, doubleChannel, doubleForward, MarketDouble } from './market-double.ts';
import { officialSchema, recorded, referencesAbsent } from './recorded-answers.ts';

/** The recorded node's own channels, by their real names. */
const RECORDED = [
  [
    '023287113e3ed32527a620d714770a881aa142daea7239849b5a5aae4451f98f3a',
    '006764283a60785465f7ee41c3dbf22efebaecea54eebf4509285edfaad80e15',
    '112x1x0',
  ],
  [
    '02671718de72e995f96f94b1b651d7f84a6c4566af8e0eda604067c8d77c16a845',
    'f73ad92f7aac552494a459e53c97346d293f49c706ada411b960288bffe04065',
    '112x6x0',
  ],
  [
    '02671718de72e995f96f94b1b651d7f84a6c4566af8e0eda604067c8d77c16a845',
    '4ba3e87cc8c1a10b7a57740838569223c87872814ea47fa22b769e6786f24e31',
    '112x2x0',
  ],
  [
    '02a5b7ead8cfcc70cda45c2b60ef39f4118021bdaff324870b798b302eb593f01c',
    '77316559dead179338702ba3f4ae95f4239f9d6bcbbd32de4f8cbe00cd3e304f',
    '112x4x0',
  ],
] as const;

function recordedChannels(): SimChannel[] {
  return RECORDED.map(([peer, id, name], index) => {
    const [peerId, channelId, scid] = [parseNodeId(peer), parseChannelId(id), parseScid(name)];
    if (!peerId || !channelId || !scid) throw new Error('the recorded names are valid');
    const isPrivate = name === '112x2x0';
    const capacity = isPrivate ? 300_000_000 : 2_000_000_000;
    const htlc = { direction: 'in' as const, id: 3, amount: 1_000, paymentHash: '00'.repeat(32) };
    return doubleChannel(index, {
      peerId,
      channelId,
      scid,
      isPrivate,
      capacity,
      opener: index < 2 ? 'remote' : 'local',
      htlcs: index === 0 ? [htlc] : [],
    });
  });
}

const absent = referencesAbsent();

describe.skipIf(absent)('the embedded node against recorded lightningd answers', () => {
  let node: EmbeddedNode;
  const ask = async (name: string): Promise<{ ours: unknown; theirs: unknown }> => {
    const { request, answer } = recorded(name);
    return { ours: parseLossless(await node.client().raw(request)), theirs: parseLossless(answer) };
  };

  beforeAll(async () => {
    const past = [
      doubleForward(0, 'offered', -2_000),
      doubleForward(0, 'settled', -1_000),
      doubleForward(1, 'local_failed', -900, { outIndex: undefined }),
      doubleForward(2, 'offered', -800),
      doubleForward(2, 'failed', -700),
      doubleForward(3, 'offered', -600),
    ];
    const closed = doubleChannel(9, { closed: true });
    const opening = doubleChannel(8);
    const market = new MarketDouble([...recordedChannels(), opening, closed], [], past);
    node = new EmbeddedNode({ market });
    await node.start();
    node.setQuirk(8, { state: 'CHANNELD_AWAITING_LOCKIN' });
  });
  afterAll(() => node.destroy());

  // Each of these was sent to a real node; our answer must be the same value for value.
  test.each([
    'setchannel-bad-id',
    'setchannel-by-peer-id',
    'setchannel-htlcmax-too-high',
    'setchannel-htlcmin-gt-max',
    'setchannel-missing-id',
    'setchannel-negative-ppm',
    'setchannel-ppm-overflow',
    'setchannel-unknown-channel',
    'setchannel-unknown-param',
    'setchannel-unknown-peer',
    'setchannel',
    'listforwards-bad-status',
    'listforwards-limit-without-index',
    'listforwards-start-without-index',
    'listforwards-past-end',
    'listpeers-id-not-on-curve',
    'listpeers-unknown-id',
    'listchannels-unknown',
    'listnodes-unknown',
    'feerates-bad-style',
    'wait-bad',
    'help-setchannel',
    'help-unknown',
    'unknown-command',
    'deldatastore-missing',
  ])('%s: the same answer', async (name) => {
    for (const { index } of node.state.market.channels()) {
      const capacity = index === 2 ? 300_000_000 : 2_000_000_000;
      const policy = { base: 1000, ppm: 10, htlcMin: 0, htlcMax: capacity - capacity / 100 };
      node.state.market.setPolicy(index, policy, 0);
    }
    const { ours, theirs } = await ask(name);
    expect(ours).toEqual(theirs);
  });

  test('datastore refuses in the recorded words', async () => {
    await ask('datastore');
    for (const name of [
      'datastore-must-create-error',
      'datastore-bad-generation',
      'listdatastore',
    ]) {
      const { ours, theirs } = await ask(name);
      expect(ours).toEqual(theirs);
    }
  });

  test('feerates perkb and perkw at 5 sat/vB: the recorded estimates', async () => {
    for (const name of ['feerates-perkb', 'feerates-perkw']) {
      const { ours, theirs } = await ask(name);
      expect(shape(ours)).toEqual(shape(theirs));
      expect(JSON.stringify(ours)).toContain('"feerate":');
    }
    expect(await node.client().call('feerates', ['perkb'])).toMatchObject({
      perkb: { opening: 5000, unilateral_close: 8000, mutual_close: 2000, floor: 1012 },
    });
  });

  test.each([
    ['getinfo', 'getinfo'],
    ['listpeers', 'listpeers-one'],
    ['listchannels', 'listchannels-scid'],
    ['listfunds', 'listfunds'],
    ['listnodes', 'listnodes'],
    ['listhtlcs', 'listhtlcs'],
    ['bkpr-listbalances', 'bkpr-listbalances'],
    ['listchainmoves', 'listchainmoves'],
    ['plugin-list', 'plugin-list'],
  ])('%s: no field is missing, added or of another type', async (_, name) => {
    const { ours, theirs } = await ask(name);
    const [a, b] = [shape(ours), shape(theirs)];
    const optional = ['remote_addr', 'updated_index'];
    for (const field of optional) {
      a.delete(field);
      b.delete(field);
    }
    expect(Object.fromEntries(a)).toEqual(Object.fromEntries(b));
  });

  test('a normal channel has every recorded field, and updates.remote', async () => {
    const { theirs } = await ask('listpeerchannels-by-scid');
    const ours = await node.client().call('listpeerchannels', { short_channel_id: '112x4x0' });
    const wanted = shape(theirs);
    for (const name of ['jsonrpc', 'id', 'psbt']) wanted.delete(name);
    wanted.delete('result');
    const got = shape(ours);
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(wanted));
  });

  test('a channel before lock-in lacks what the recorded one lacks', async () => {
    const { theirs } = await ask('state-opening-listpeerchannels');
    const [old] = channelsOf(asRecord(theirs)?.result).filter(inState('CHANNELD_AWAITING_LOCKIN'));
    const [fresh] = channelsOf(await node.client().call('listpeerchannels')).filter(
      inState('CHANNELD_AWAITING_LOCKIN'),
    );
    expect(Object.keys(fresh ?? {}).sort()).toEqual(Object.keys(old ?? {}).sort());
    expect(Object.keys(asRecord(fresh?.updates) ?? {})).toEqual(['local']);
    expect(Object.keys(asRecord(fresh?.alias) ?? {})).toEqual(['local']);
    expect([fresh?.state_changes, fresh?.status]).toEqual([old?.state_changes, old?.status]);
  });

  test('a disconnected channel has no owner, no status and no reestablished', async () => {
    const market = new MarketDouble([doubleChannel(0, { connected: false })]);
    await using alone = new EmbeddedNode({ market });
    await alone.start();
    const [ours] = channelsOf(await alone.client().call('listpeerchannels'));
    const { theirs } = await ask('state-disconnected-listpeerchannels');
    const old = channelsOf(asRecord(theirs)?.result).find((one) => one.peer_connected === false);
    expect(Object.keys(ours ?? {}).sort()).toEqual(Object.keys(old ?? {}).sort());
    expect(ours?.status).toEqual([]);
  });

  test.each(['CLOSINGD_COMPLETE', 'ONCHAIN'] as const)('a channel in %s', async (state) => {
    node.setQuirk(1, { state });
    const [ours] = channelsOf(await node.client().call('listpeerchannels')).filter(inState(state));
    const name = state === 'ONCHAIN' ? 'state-mutual-onchain' : 'state-mutual-closing';
    const { theirs } = await ask(`${name}-listpeerchannels`);
    const [old] = channelsOf(asRecord(theirs)?.result).filter(inState(state));
    expect(Object.keys(ours ?? {}).sort()).toEqual(Object.keys(old ?? {}).sort());
    node.setQuirk(1, {});
  });

  test('setchannel on a closing channel: refused in the recorded words', async () => {
    node.setQuirk(2, { state: 'CLOSINGD_COMPLETE' });
    const { ours, theirs } = await ask('state-mutual-closing-setchannel');
    expect(ours).toEqual(theirs);
    node.setQuirk(2, {});
  });

  test('listforwards rows carry exactly the recorded fields, by status', async () => {
    for (const status of ['settled', 'failed', 'local_failed', 'offered'] as const) {
      const file =
        status === 'offered' ? 'inflight-listforwards-offered' : `listforwards-status-${status}`;
      const { ours, theirs } = await ask(file);
      expect(Object.keys(rowOf(ours))).toEqual(Object.keys(rowOf(theirs)));
    }
  });

  test('every answer passes its official schema', async () => {
    const ajv = new Ajv({ strict: false });
    const params: Record<string, object> = {
      feerates: { style: 'perkb' },
      setchannel: { id: '112x1x0', feeppm: 77 },
      wait: { subsystem: 'forwards', indexname: 'created', nextvalue: 0 },
      plugin: { subcommand: 'list' },
      check: { command_to_check: 'listpeers' },
      help: {},
      datastore: { key: ['a'], string: 'b', mode: 'create-or-replace' },
    };
    const plain = [
      'getinfo',
      'listpeers',
      'listpeerchannels',
      'listclosedchannels',
      'listforwards',
      'listfunds',
      'listchannels',
      'listnodes',
      'listhtlcs',
      'listsendpays',
      'listconfigs',
      'listdatastore',
      'bkpr-listbalances',
      'bkpr-listincome',
      'bkpr-listaccountevents',
      'listchainmoves',
    ];
    for (const method of [...plain, ...Object.keys(params)]) {
      const validate = ajv.compile(officialSchema(method));
      const result = await node.client().call(method, { ...params[method] });
      const asDoubles: unknown = JSON.parse(
        JSON.stringify(result, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)),
      );
      expect(validate(asDoubles), `${method}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  });

  test('a schema that must fail, fails', () => {
    const validate = new Ajv({ strict: false }).compile(officialSchema('listpeers'));
    expect(validate({ peers: [{ id: 'no key', connected: true, num_channels: 1 }] })).toBe(false);
  });
});

describe('numbers that no double holds', () => {
  test('max_htlc_value_in_flight is the whole u64, received_time has nine decimals', async () => {
    const market = new MarketDouble(
      [doubleChannel(0), doubleChannel(1)],
      [],
      [doubleForward(5, 'offered', 0)],
    );
    await using node = new EmbeddedNode({ market });
    await node.start();
    const channels = await node.client().call('listpeerchannels');
    expect(channelsOf(channels)[0]?.their_max_htlc_value_in_flight_msat).toBe(2n ** 64n - 1n);
    const text = await node
      .client()
      .raw('{"jsonrpc":"2.0","id":1,"method":"listforwards","params":[]}');
    const [, whole, ms] = /"received_time":(\d+)\.(\d{3})\d{6}[,}]/.exec(text) ?? [];
    expect(unixMs(Number(`${whole}${ms}`))).toBe(DOUBLE_START);
  });
});

/** Field name → JavaScript type, over the whole answer. */
function shape(value: unknown, into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const element of value) shape(element, into);
  const part = asRecord(value);
  for (const [name, inner] of Object.entries(part ?? {})) {
    if (!/^\d|^[0-9a-f]{64}/.test(name)) into.set(name, kind(inner));
    shape(inner, into);
  }
  return into;
}
const kind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'bigint' ? 'number' : typeof value;

function listIn(result: unknown, name: string): Record<string, unknown>[] {
  const list = asRecord(result)?.[name];
  return Array.isArray(list) ? list.map((one) => asRecord(one) ?? {}) : [];
}
const channelsOf = (result: unknown): Record<string, unknown>[] => listIn(result, 'channels');
const rowOf = (answer: unknown): Record<string, unknown> =>
  listIn(asRecord(answer)?.result, 'forwards')[0] ?? {};
const inState =
  (state: string) =>
  (channel: Record<string, unknown>): boolean =>
    channel.state === state;
