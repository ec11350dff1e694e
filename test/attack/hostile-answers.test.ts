/** SPEC 11: a node whose numbers are wrong. Nothing is decided on them, nothing is sent, and life goes on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listpeerchannels } from '../../src/sim/embedded-node/answers/listpeerchannels.ts';
import { asRecord, parseVerbatim, toJson } from '../../src/sim/embedded-node/json-text.ts';
import { doubleChannel, MarketDouble } from '../../src/sim/embedded-node/market-double.ts';
import { Life } from '../e2e/harness.ts';
import { expectSaneOrders } from './sane-orders.ts';

/** Unannounced channels pay no gossip token: whenever the base fee is another one, every cycle must send. */
const world = (): MarketDouble =>
  new MarketDouble([0, 1, 2].map((index) => doubleChannel(index, { isPrivate: true })));

const FIELDS = [
  'spendable_msat',
  'receivable_msat',
  'to_us_msat',
  'total_msat',
  'our_reserve_msat',
  'their_reserve_msat',
  'fee_base_msat',
  'fee_proportional_millionths',
  'htlc_maximum_msat',
  'max_accepted_htlcs',
];
const GARBAGE = ['"NaN"', '-1', 'null', '1e400', '1.5', '{}', '[]', 'true', '"12"', `${2n ** 64n}`];

describe('garbage in listpeerchannels', () => {
  let life: Life;
  let base = 0;
  /** Every channel has to be sent something in the next cycle. */
  const makeDue = async (): Promise<void> => {
    base += 1;
    await life.call('revenue-config', ['set', 'base_fee_msat', base]);
  };
  beforeAll(async () => {
    life = await Life.start({ market: world() });
    await life.hours(2);
  });
  afterAll(() => life.destroy());

  test.each(FIELDS)(
    '%s: every kind of garbage, and the field missing: no setchannel',
    async (field) => {
      const method = 'listpeerchannels';
      const faults = [
        ...GARBAGE.map((raw) => ({ kind: 'field', method, field, raw }) as const),
        { kind: 'missing-field', method, field } as const,
      ];
      for (const fault of faults) {
        const before = life.sets.length;
        await makeDue();
        const heal = life.node.faults.add(fault);
        const looks = life.count(method);
        await life.hours(1);
        expect(life.count(method), JSON.stringify(fault)).toBeGreaterThan(looks);
        expect(life.sets.length, JSON.stringify(fault)).toBe(before);
        heal();
        await life.hours(1);
        const sent = life.sets.slice(before);
        expect(new Set(sent.map(({ id }) => id)).size, JSON.stringify(fault)).toBe(3);
        expect(new Set(sent.map((call) => call.base))).toEqual(new Set([`${base}`]));
      }
      expectSaneOrders(life);
    },
  );

  test.each([
    ['the channel id of another', { field: 'channel_id', raw: '"nonsense"' }],
    ['no peer', { field: 'peer_id', raw: 'null' }],
    ['a state nobody has heard of', { field: 'state', raw: '"CHANNELD_DREAMING"' }],
    ['connected says maybe', { field: 'peer_connected', raw: '"maybe"' }],
  ])('%s: nothing is sent', async (_, { field, raw }) => {
    const before = life.sets.length;
    await makeDue();
    const heal = life.node.faults.add({ kind: 'field', method: 'listpeerchannels', field, raw });
    await life.hours(1);
    expect(life.sets.length).toBe(before);
    heal();
    await life.hours(1);
    expect(life.sets.length).toBe(before + 3);
  });

  test('all of that cost no state, no lock and no restart', async () => {
    const status = await life.call('revenue-status');
    expect(status).toMatchObject({ status: 'running', locks: [] });
    expect(life.said()).not.toContain('a defect');
    expect(life.node.stderr).toBe('');
    expect(await life.call('revenue-fee-debug')).toMatchObject({ total: 3 });
  });
});

describe('whole numbers that cannot be true', () => {
  const absurd: readonly (readonly [string, string])[] = [
    ['spendable_msat', `${2n ** 64n - 1n}`],
    ['to_us_msat', `${2n ** 64n - 1n}`],
    ['to_us_msat', '0'],
    ['total_msat', '0'],
    ['total_msat', '1'],
    ['our_reserve_msat', `${2n ** 64n - 1n}`],
    ['their_reserve_msat', `${2n ** 64n - 1n}`],
    ['fee_proportional_millionths', '4294967295'],
    ['fee_base_msat', `${2n ** 64n - 1n}`],
    ['htlc_maximum_msat', '0'],
    ['max_accepted_htlcs', '0'],
  ];
  test.each(absurd)('%s = %s: alive, and every order is sane', async (field, raw) => {
    await using life = await Life.start({ market: world() });
    const heal = life.node.faults.add({ kind: 'field', method: 'listpeerchannels', field, raw });
    await life.hours(3);
    heal();
    await life.hours(3);
    expectSaneOrders(life);
    expect(life.said()).not.toContain('a defect');
    expect(await life.call('revenue-fee-debug')).toMatchObject({ total: 3 });
  });
});

test('one channel of many is garbage: it is left alone, the others are priced', async () => {
  let garbage = true;
  const damaged = {
    ...listpeerchannels,
    answer: async (...given: Parameters<typeof listpeerchannels.answer>) => {
      const text = await listpeerchannels.answer(...given);
      if (!garbage) return text;
      const answer = asRecord(parseVerbatim(text));
      const channels: unknown = answer?.channels;
      if (!Array.isArray(channels)) throw new Error('no channels');
      return toJson({
        channels: channels.map((row, i) =>
          i === 1 ? { ...row, spendable_msat: JSON.rawJSON('-5000'), to_us_msat: 'lots' } : row,
        ),
      });
    },
  };
  await using life = await Life.start({ market: world(), commands: [damaged] });
  const victim = String(life.channel(1).channelId);
  await life.hours(3);
  const priced = new Set(life.sets.map(({ id }) => id));
  expect(priced.size).toBe(2);
  expect(priced).not.toContain(victim);
  expect(life.said()).toContain('left out');
  garbage = false;
  await life.hours(1);
  expect(life.sets.map(({ id }) => id)).toContain(victim);
  expectSaneOrders(life);
});

describe('the price of block space', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>> | 'unknown'])[] = [
    ['0', { opening: '0', mutual_close: '0', unilateral_close: '0' }],
    ['10¹² sat/vB', { opening: '1000000000000000' }],
    ['negative', { opening: '-5', mutual_close: '-5', unilateral_close: '-5' }],
    ['NaN', { opening: '"NaN"' }],
    ['1e400', { opening: '1e400' }],
    ['null', { opening: 'null', mutual_close: 'null', unilateral_close: 'null' }],
    ['a method nobody knows', 'unknown'],
  ];
  test.each(cases)(
    '%s: prices stay inside the bounds, and the node is priced',
    async (_, fields) => {
      await using life = await Life.start({
        seed: 13,
        prepare: ({ faults }) => {
          const method = 'feerates';
          if (fields === 'unknown') faults.add({ kind: 'unknown-method', method });
          else
            for (const [field, raw] of Object.entries(fields))
              faults.add({ kind: 'field', method, field, raw });
        },
      });
      await life.hours(6);
      expect(life.count('feerates')).toBeGreaterThan(10);
      expect(life.sets.length).toBeGreaterThan(3);
      expectSaneOrders(life);
      expect(life.said()).not.toContain('a defect');
      life.node.faults.clear();
      await life.hours(6);
      expectSaneOrders(life);
    },
  );
});

test.each(['single bytes', 'several in one'] as const)('messages cut into %s', async (shape) => {
  await using life = await Life.start({
    seed: 13,
    channels: 4,
    prepare: ({ faults }) => {
      faults.pipe = shape;
    },
  });
  await life.hours(6);
  expect(life.sets.length).toBeGreaterThan(2);
  expect(await life.call('revenue-status')).toMatchObject({ hydration: { phase: 'live' } });
});

test('a newer lightningd: members nobody has heard of change nothing', async () => {
  const lived = async (newer: boolean): Promise<unknown> => {
    await using life = await Life.start({
      seed: 13,
      prepare: ({ faults }) => {
        if (!newer) return;
        for (const method of ['listpeerchannels', 'listforwards', 'setchannel', 'feerates'])
          faults.add({ kind: 'extra-fields', method });
      },
    });
    await life.hours(12);
    return life.sets.map(({ at, text }) => ({ at, text }));
  };
  expect(await lived(true)).toEqual(await lived(false));
});
