import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedNode } from './embedded-node.ts';
import { doubleChannel, MarketDouble } from './market-double.ts';

let market: MarketDouble;
let node: EmbeddedNode;
beforeEach(async () => {
  market = new MarketDouble([doubleChannel(0), doubleChannel(1, { connected: false })]);
  node = new EmbeddedNode({ market });
  await node.start();
});
afterEach(() => node.destroy());
const set = (params: object): Promise<unknown> => node.client().call('setchannel', { ...params });

describe('what reaches the market', () => {
  test('omitted fields are not touched, the delay is 600 s when not given', async () => {
    await set({ id: '112x1x0', feeppm: 25 });
    expect(market.policyCalls).toEqual([{ index: 0, policy: { ppm: 25 }, enforceDelay: 600 }]);
  });

  test('every field, and no delay at all', async () => {
    await set({ id: '112x1x0', feebase: 1, feeppm: 2, htlcmin: 3, htlcmax: 4, enforcedelay: 0 });
    expect(market.policyCalls).toEqual([
      { index: 0, policy: { base: 1, ppm: 2, htlcMin: 3, htlcMax: 4 }, enforceDelay: 0 },
    ]);
  });

  test('a disconnected channel in CHANNELD_NORMAL is accepted', async () => {
    await set({ id: doubleChannel(1).channelId, feeppm: 1 });
    expect(market.policyCalls.map(({ index }) => index)).toEqual([1]);
  });

  test('"all" leaves closing channels out', async () => {
    node.setQuirk(1, { state: 'AWAITING_UNILATERAL' });
    await set({ id: 'all', feeppm: 1 });
    expect(market.policyCalls.map(({ index }) => index)).toEqual([0]);
  });

  test.each([1.5, -1, 4_294_967_296, 'ten', true])(
    'feeppm %s: -32602, nothing is set',
    async (feeppm) => {
      await expect(set({ id: '112x1x0', feeppm })).rejects.toMatchObject({ code: -32602 });
      expect(market.policyCalls).toEqual([]);
    },
  );

  test('the largest u32 is accepted', async () => {
    await set({ id: '112x1x0', feeppm: 4_294_967_295 });
    expect(market.policyCalls[0]?.policy.ppm).toBe(4_294_967_295);
  });
});

describe('lies', () => {
  test('other values: set as asked, answered differently', async () => {
    node.faults.add({ kind: 'setchannel-lies', lie: 'other values' });
    expect(await set({ id: '112x1x0', feeppm: 25 })).toMatchObject({
      channels: [{ fee_proportional_millionths: 26 }],
    });
    expect(market.list[0]?.ours.ppm).toBe(25);
  });

  test('not applied: answered as asked, and nothing happened', async () => {
    node.faults.add({ kind: 'setchannel-lies', lie: 'not applied', times: 1 });
    expect(await set({ id: '112x1x0', feeppm: 25 })).toMatchObject({
      channels: [{ fee_proportional_millionths: 25 }],
    });
    expect(market.policyCalls).toEqual([]);
    await set({ id: '112x1x0', feeppm: 26 });
    expect(market.list[0]?.ours.ppm).toBe(26);
  });

  test('applied but silent: set, and never answered', async () => {
    node.faults.add({ kind: 'setchannel-lies', lie: 'applied but silent' });
    const answer = set({ id: '112x1x0', feeppm: 25 }).then(() => 'answered');
    const other = node
      .client()
      .call('listpeers')
      .then(() => 'others go on');
    expect(await Promise.race([answer, other])).toBe('others go on');
    expect(market.list[0]?.ours.ppm).toBe(25);
  });
});
