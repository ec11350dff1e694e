import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, laterBy, msat, ppm, unixMs } from '../core/units.ts';
import { NodeRefused } from '../ports/errors.ts';
import type { Forward, PeerConnection } from '../ports/node.ts';
import { channelIdFrom, sure } from './identities.ts';
import { SimulatedMarket } from './market/simulated-market.ts';
import { MarketNode } from './market-node.ts';
import { parseChannels, parseHistory } from './replay/history.ts';
import { ReplayMarket } from './replay/replay-market.ts';

const START = unixMs(Date.UTC(2026, 0, 1));
const simulated = (historyDays = 0) =>
  new SimulatedMarket({ seed: 1, start: START, channels: 20, historyDays });
const first = <T>(list: readonly T[]): T => sure(list[0], 'first');

async function pages(node: MarketNode, index: 'created' | 'updated', limit: number) {
  const rows: Forward[] = [];
  for (let start = 1; ; ) {
    const page = await node.forwards(index, start, limit);
    rows.push(...page);
    if (page.length < limit) return rows;
    const last = page.at(-1);
    start = 1 + ((index === 'created' ? last?.createdIndex : last?.updatedIndex) ?? 0);
  }
}

describe('market node', () => {
  it('tells a subscriber what listforwards then shows: created first, updated at the end', async () => {
    const node = new MarketNode(simulated());
    const told: Forward[] = [];
    node.subscribe({ forward: (forward) => void told.push(forward) });
    node.advance(laterBy(START, 2 * DAY_MS));
    expect(told.length).toBeGreaterThan(500);
    for (const { status, createdIndex, updatedIndex, paymentHash } of told) {
      const opens = status === 'offered' || status === 'local_failed';
      expect([createdIndex !== undefined, updatedIndex !== undefined]).toEqual([opens, !opens]);
      expect(paymentHash).toMatch(/^[0-9a-f]{64}$/);
    }
    const settled = told.filter(({ status }) => status === 'settled');
    const listed = (await pages(node, 'updated', 100)).filter(({ status }) => status === 'settled');
    const plain = ({
      inChannel,
      inHtlcId,
      outMsat,
      feeMsat,
      resolvedAt,
      updatedIndex,
    }: Forward) => ({
      inChannel,
      inHtlcId,
      outMsat,
      feeMsat,
      resolvedAt,
      updatedIndex,
    });
    expect(listed.map(plain)).toEqual(settled.map(plain));
    expect(listed.every(({ paymentHash }) => paymentHash === undefined)).toBe(true);
  });

  it('its channel moves have the fees of all it routed, a row for each day that is over', async () => {
    const node = new MarketNode(simulated());
    node.advance(laterBy(START, 2.5 * DAY_MS));
    const settled = (await pages(node, 'created', 100)).filter(
      ({ status }) => status === 'settled',
    );
    const over = laterBy(START, 2 * DAY_MS);
    const fees = settled
      .filter(({ resolvedAt }) => resolvedAt !== undefined && resolvedAt < over)
      .reduce((sum, { feeMsat }) => sum + (feeMsat ?? 0n), 0n);
    const moves = await node.payments.channelMoves(1, 100);
    expect(moves.map(({ tag }) => tag)).toEqual(['routed', 'routed']);
    expect(moves.reduce((sum, one) => sum + one.fees, 0n)).toBe(fees);
    expect(fees).toBeGreaterThan(0n);
  });

  it('pages end where lastForwardIndex says', async () => {
    const node = new MarketNode(simulated());
    node.advance(laterBy(START, DAY_MS));
    const created = await pages(node, 'created', 77);
    expect(created.at(-1)?.createdIndex).toBe(await node.lastForwardIndex('created'));
    const updated = await pages(node, 'updated', 77);
    expect(updated.at(-1)?.updatedIndex).toBe(await node.lastForwardIndex('updated'));
    const ended = created.filter(({ status }) => status === 'settled' || status === 'failed');
    expect(updated.length).toBe(ended.length);
  });

  it('the history of the market is in the table from the start', async () => {
    const market = simulated(5);
    const rows = await pages(new MarketNode(market), 'created', 1000);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.length).toBe([...market.history()].length);
    expect(rows.every(({ status }) => status === 'settled')).toBe(true);
  });

  it('names in forwards are names of channels, the alias where the channel is private', async () => {
    const node = new MarketNode(simulated());
    node.advance(laterBy(START, 2 * DAY_MS));
    const known = new Set(
      (await node.peerChannels()).map((channel) =>
        channel.isPrivate ? channel.aliasLocal : channel.scid,
      ),
    );
    const used = new Set(
      (await pages(node, 'created', 1000)).flatMap(({ inChannel, outChannel }) => [
        inChannel,
        outChannel ?? inChannel,
      ]),
    );
    for (const name of used) expect([...known]).toContain(name);
  });

  it('setChannel is seen in the channel, answers what it did and leaves htlcmax alone when not asked', async () => {
    const node = new MarketNode(simulated());
    const before = first(await node.peerChannels());
    const { channelId, peerId } = before;
    const set = { channelId, base: msat(0n), ppm: ppm(321), enforceDelay: undefined };
    const answer = await node.setChannel({ ...set, htlcMax: undefined });
    expect(answer).toEqual({
      channelId,
      base: 0n,
      ppm: 321,
      htlcMax: before.ours?.htlcMax,
    });
    expect((await node.peerChannel(peerId, channelId))?.ours).toMatchObject({ base: 0n, ppm: 321 });
    expect(node.settings).toBe(1);
    const limited = await node.setChannel({ ...set, htlcMax: msat(50_000_000n) });
    expect(limited.htlcMax).toBe(50_000_000n);
  });

  it('refuses as lightningd does: unknown channel −32602, htlcmax below htlcmin −1', async () => {
    const node = new MarketNode(simulated());
    const { channelId } = first(await node.peerChannels());
    const set = { base: msat(0n), ppm: ppm(1), enforceDelay: 0 };
    const code = async (request: Parameters<MarketNode['setChannel']>[0]) =>
      await node.setChannel(request).catch((error: unknown) => {
        if (error instanceof NodeRefused) return error.code;
        throw error;
      });
    const unknown = channelIdFrom('nowhere');
    expect(await code({ ...set, channelId: unknown, htlcMax: undefined })).toBe(-32602);
    expect(await code({ ...set, channelId, htlcMax: msat(0n) })).toBe(-1);
    expect(node.settings).toBe(0);
  });

  it('connections and blocks are told, and peers() agrees with the last word', async () => {
    const node = new MarketNode(simulated());
    const connected = new Map<string, boolean>();
    let blocks = 0;
    node.subscribe({
      connection: ({ peerId, connected: up }: PeerConnection) => void connected.set(peerId, up),
      block: () => void blocks++,
    });
    const before = (await node.identity()).blockHeight;
    node.advance(laterBy(START, 5 * DAY_MS));
    expect((await node.identity()).blockHeight).toBe(before + blocks);
    const now = new Map(
      (await node.peers()).map((peer) => [peer.peerId as string, peer.connected]),
    );
    expect(connected.size).toBeGreaterThan(3);
    for (const [peerId, up] of connected) expect(now.get(peerId)).toBe(up);
  });

  it('closed channels of a replay are listed as closed and cannot be set', async () => {
    const header = 't,in_chan,out_chan,in_msat,out_msat,fee_msat\n';
    const forwards = parseHistory(`${header}1700000000,c1,c2,1001,1000,1\n`);
    const columns =
      'chan,funding_block,opener,total_msat,to_us_msat,our_base,our_ppm,our_htlc_max,peer_base,peer_ppm,peer_htlc_max,connected';
    const channels = parseChannels(`${columns}\nc1,800000,local,1000000000,0,0,1,1,0,1,1,1\n`);
    const node = new MarketNode(new ReplayMarket({ forwards, channels, liveFrom: START }));
    const closed = await node.closedChannels();
    expect(closed).toHaveLength(1);
    expect(await node.peerChannels()).toHaveLength(1);
    const channelId = first(closed).channelId;
    const request = { channelId, base: msat(0n), ppm: ppm(1), htlcMax: undefined };
    await expect(node.setChannel({ ...request, enforceDelay: 0 })).rejects.toThrow(NodeRefused);
  });

  it('an hour with forty channels takes a few milliseconds', () => {
    const node = new MarketNode(new SimulatedMarket({ seed: 2, start: START }));
    const began = performance.now();
    for (let hour = 1; hour <= 24 * 7; hour++) node.advance(laterBy(START, hour * HOUR_MS));
    expect((performance.now() - began) / (24 * 7)).toBeLessThan(50);
  });
});
