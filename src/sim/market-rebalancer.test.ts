import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, laterBy, msat, parseScid, ppm, unixMs } from '../core/units.ts';
import { NodeRefused } from '../ports/errors.ts';
import type { RebalanceOrder } from '../ports/rebalancer.ts';
import { nodeIdFrom, sure } from './identities.ts';
import { SimulatedMarket } from './market/simulated-market.ts';
import { MarketNode } from './market-node.ts';
import { type Fate, RoundMarket, roundChannel } from './sling/round-market.fixture.ts';
import type { SlingMode } from './sling/sling-order.ts';

const START = unixMs(Date.UTC(2026, 0, 1));
const CHUNK = 100_000_000;

function round(fates: readonly Fate[] = [], mode: SlingMode = 'healthy') {
  const channels = [0, 1, 2].map((index) => roundChannel(index));
  const market = new RoundMarket(channels, fates);
  const node = new MarketNode(market, () => mode);
  const [destination, ...sources] = channels.map(({ scid }) => scid);
  const order: RebalanceOrder = {
    destination: sure(destination, 'destination'),
    sources,
    chunk: msat(BigInt(CHUNK)),
    total: msat(BigInt(2 * CHUNK)),
    maxPpm: ppm(500),
    keepShare: 0.2,
    keepAmount: msat(2_000_000_000n),
  };
  const pass = (ms: number) => node.advance(laterBy(market.now(), ms));
  return { market, node, order, channels, pass };
}

describe('sling in process', () => {
  it('carries out an order, and the node records credit first, then debit with the fee', async () => {
    const { node, order, channels, pass } = round();
    await node.rebalancer.start(order);
    pass(HOUR_MS);
    const moves = await node.payments.channelMoves(1, 100);
    expect(moves.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
    const [credit, debit] = moves;
    expect(credit).toMatchObject({
      channelId: channels[0]?.channelId,
      credit: 100_000_000n,
      debit: 0n,
      fees: 0n,
      tag: 'invoice',
    });
    expect(debit).toMatchObject({
      channelId: channels[1]?.channelId,
      credit: 0n,
      debit: 100_010_000n,
      fees: 10_000n,
      paymentHash: credit?.paymentHash,
    });
    expect(await node.payments.channelMoves(3, 1)).toEqual([moves[2]]);
  });

  it('a payment is pending, then complete or failed, and whoever listens hears of its end', async () => {
    const { node, order, pass } = round(['fails', 'settles', 'settles']);
    let told = 0;
    node.subscribe({ payment: () => void told++ });
    await node.rebalancer.start(order);
    pass(0);
    const own = nodeIdFrom('us/1');
    const pending = await node.payments.pendingSendPays();
    expect(pending).toMatchObject([
      { index: 1, status: 'pending', destination: own, amount: 100_000_000n, sent: 100_010_000n },
    ]);
    expect([pending[0]?.completedAt, told]).toEqual([undefined, 0]);
    pass(HOUR_MS);
    const rows = await node.payments.sendPays(1, 100);
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'complete', 'complete']);
    expect(rows.every(({ invoice, label }) => !invoice && label === undefined)).toBe(true);
    expect(rows.every(({ completedAt }) => completedAt !== undefined)).toBe(true);
    expect([told, (await node.payments.pendingSendPays()).length]).toEqual([3, 0]);
    expect(await node.payments.channelMoves(1, 100)).toHaveLength(4);
  });

  it('lists what we ordered while it runs, and jobs of the operator', async () => {
    const { node, order, channels } = round();
    await node.rebalancer.start(order);
    expect(await node.rebalancer.jobs()).toMatchObject([
      { channel: order.destination, chunk: order.chunk, total: order.total },
    ]);
    await node.rebalancer.stop(order.destination);
    expect(await node.rebalancer.jobs()).toEqual([]);
    const guard = { keepShare: 0.2, keepAmount: 2e9 };
    const foreign = { channel: 1, direction: 'pull', chunk: CHUNK, maxPpm: 300 } as const;
    node.sling.start({ ...foreign, candidates: [2], ...guard });
    expect(await node.rebalancer.jobs()).toEqual([
      {
        channel: channels[1]?.scid,
        direction: 'pull',
        chunk: 100_000_000n,
        total: undefined,
        maxPpm: 300,
        sources: [channels[2]?.scid],
      },
    ]);
    await node.rebalancer.remove(sure(channels[1], 'channel').scid);
    expect(await node.rebalancer.jobs()).toEqual([]);
  });

  it('stop ends what is on its way before it answers; where nothing runs it is no error', async () => {
    const { node, order, pass } = round();
    await node.rebalancer.start(order);
    pass(1_000);
    await node.rebalancer.stop(order.destination);
    expect(await node.payments.pendingSendPays()).toEqual([]);
    expect(await node.payments.channelMoves(1, 9)).toHaveLength(2);
    await node.rebalancer.stop(order.destination);
    await node.rebalancer.stop(sure(parseScid('1x1x1'), 'scid'));
    pass(HOUR_MS);
    expect(await node.payments.sendPays(1, 9)).toHaveLength(1);
  });

  it('refuses with the words and the code of sling', async () => {
    const { node, order } = round();
    await node.rebalancer.start(order);
    const again = node.rebalancer.start(order).catch((error: unknown) => error);
    expect(await again).toMatchObject({
      name: 'NodeRefused',
      code: -32700,
      message: 'There is already a job for that scid running!',
    });
    const nowhere = { ...order, destination: sure(parseScid('1x1x1'), 'scid') };
    await expect(node.rebalancer.start(nowhere)).rejects.toThrow(NodeRefused);
  });

  it('a sling that died is an unknown command and no plugin; stopping its jobs is no error', async () => {
    const { node, order, pass } = round([], 'dies in mid job');
    await node.rebalancer.start(order);
    expect(await node.plugins()).toEqual(['sling']);
    pass(HOUR_MS);
    expect(await node.plugins()).toEqual([]);
    await expect(node.rebalancer.version()).rejects.toMatchObject({ code: -32601 });
    await expect(node.rebalancer.jobs()).rejects.toMatchObject({ code: -32601 });
    await node.rebalancer.stop(order.destination);
    node.sling.revive();
    expect(await node.rebalancer.version()).toBe('v4.3.1');
  });
});

describe('payment records of a simulated market', () => {
  const node = new MarketNode(new SimulatedMarket({ seed: 1, start: START, channels: 20 }));

  it('say what peers ask towards us, what is in the wallet and what the network asks', async () => {
    const [channel] = await node.peerChannels();
    const { peerId, channelId, theirs } = sure(channel, 'channel');
    const fees = await node.payments.inboundFees(peerId);
    expect(fees.get(channelId)).toEqual({ base: theirs?.base, ppm: theirs?.ppm });
    expect((await node.payments.inboundFees(nodeIdFrom('stranger'))).size).toBe(0);
    expect(await node.payments.wallet()).toEqual({ confirmed: 5_000_000_000n });
    expect(await node.payments.networkMedianPpm()).toBe(45);
    expect(await node.payments.hasChannelMoves()).toBe(true);
  });

  it('agree with the balances: what rebalances took from the channels is what they cost', async () => {
    const market = new SimulatedMarket({ seed: 8, start: START, channels: 30 });
    const world = new MarketNode(market);
    const channels = await world.peerChannels();
    const sources = channels.filter(({ spendable }) => spendable > 3_000_000_000n).slice(0, 8);
    const targets = channels.filter(
      (one) =>
        one.receivable > 1_000_000_000n && sources.every(({ peerId }) => peerId !== one.peerId),
    );
    for (const target of targets)
      await world.rebalancer.start({
        destination: sure(target.scid, 'scid'),
        sources: sources.flatMap(({ scid }) => scid ?? []),
        chunk: msat(100_000_000n),
        total: msat(500_000_000n),
        maxPpm: ppm(900),
        keepShare: 0.2,
        keepAmount: msat(2_000_000_000n),
      });
    world.advance(laterBy(START, DAY_MS));
    market.audit();
    const rows = await world.payments.channelMoves(1, 10_000);
    const moves = rows.filter(({ tag }) => tag === 'invoice');
    const fees = moves.reduce((sum, move) => sum + move.fees, 0n);
    const lost = moves.reduce((sum, move) => sum + move.debit - move.credit, 0n);
    expect(fees).toBeGreaterThan(0n);
    expect([fees, lost]).toEqual([BigInt(market.paid()), BigInt(market.paid())]);
  });
});
