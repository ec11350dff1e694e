import { ECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  laterBy,
  parseChannelId,
  parseNodeId,
  parseScid,
  unixMs,
} from '../../core/units.ts';
import { Fingerprint } from './fingerprint.fixture.ts';
import type { MarketEvent } from './market.ts';
import { SimulatedMarket, type SimulatedMarketOptions } from './simulated-market.ts';

const START = unixMs(Date.UTC(2026, 0, 1, 5));
const market = (options: Partial<SimulatedMarketOptions> = {}) =>
  new SimulatedMarket({ seed: 1, start: START, channels: 20, ...options });
const ignore = () => undefined;

function run(world: SimulatedMarket, days: number, stepMs = DAY_MS): MarketEvent[] {
  const events: MarketEvent[] = [];
  const end = laterBy(world.now(), days * DAY_MS);
  while (world.now() < end)
    world.advance(unixMs(Math.min(end, world.now() + stepMs)), (event) => void events.push(event));
  return events;
}

function log(seed: number, stepMs: number): string {
  const fingerprint = new Fingerprint();
  for (const event of run(market({ seed }), 4, stepMs)) fingerprint.event(event);
  return fingerprint.hex;
}

describe('simulated market', () => {
  it('the same seed tells the same story (golden)', () => {
    expect([1, 2, 3].map((seed) => log(seed, DAY_MS))).toEqual(GOLDEN_EVENTS);
  });

  it('however the time is cut', () => {
    expect(log(5, 17 * 60_000)).toBe(log(5, 3 * DAY_MS));
  });

  it('the same policy calls at the same times give the same events', () => {
    const story = () => {
      const world = market({ seed: 9 });
      const fingerprint = new Fingerprint();
      for (let hour = 0; hour < 72; hour++) {
        world.setPolicy(hour % 20, { ppm: 50 + hour * 7, base: 0 }, 600);
        world.advance(laterBy(world.now(), HOUR_MS), (event) => fingerprint.event(event));
      }
      return fingerprint.hex;
    };
    expect(story()).toBe(story());
  });

  it('no money is made or lost, at any hour, and fees are what came in less what went out', () => {
    for (const regime of ['sparse', 'medium', 'dense'] as const) {
      const world = market({ regime, seed: 4 });
      let fees = 0;
      for (let hour = 0; hour < 5 * 24; hour++) {
        world.advance(laterBy(world.now(), HOUR_MS), (event) => {
          if (event.kind === 'forward' && event.phase === 'settled')
            fees += event.inMsat - event.outMsat;
        });
        world.audit();
        expect(world.earned()).toBe(fees);
      }
    }
  });

  it('every HTLC is offered once, ends once, and not before it began', () => {
    const ends = new Map<string, string>();
    let last = 0;
    for (const event of run(market(), 5)) {
      expect(event.at).toBeGreaterThanOrEqual(last);
      last = event.at;
      if (event.kind !== 'forward') continue;
      const key = `${event.inIndex}/${event.inHtlcId}`;
      if (event.phase === 'offered' || event.phase === 'local_failed')
        expect(ends.has(key)).toBe(false);
      else expect(ends.get(key)).toBe('offered');
      ends.set(key, event.phase);
      expect(event.at).toBeGreaterThanOrEqual(event.receivedAt);
      expect(event.paymentHash).toMatch(/^[0-9a-f]{64}$/);
      expect(event.failCode === undefined).toBe(event.phase !== 'local_failed');
    }
    expect(ends.size).toBeGreaterThan(1000);
  });

  it('a pending HTLC lowers spendable and receivable, not to_us', () => {
    const world = market();
    const seen = { offered: 0 };
    world.advance(laterBy(START, DAY_MS), (event) => {
      if (event.kind !== 'forward' || event.phase !== 'offered' || seen.offered > 50) return;
      seen.offered++;
      const out = world.channels()[event.outIndex ?? -1];
      const htlc = out?.htlcs.find(
        ({ direction, id }) => direction === 'out' && id === event.outHtlcId,
      );
      expect(htlc?.amount).toBe(event.outMsat);
      const pending = (out?.htlcs ?? [])
        .filter(({ direction }) => direction === 'out')
        .reduce((sum, { amount }) => sum + amount, 0);
      expect(out?.spendable).toBe(Math.max(0, (out?.toUs ?? 0) - (out?.ourReserve ?? 0) - pending));
    });
    expect(seen.offered).toBeGreaterThan(50);
  });

  it('names are such as lightningd accepts: points of the curve, scids, channel ids, all different', () => {
    const channels = market({ channels: 40 }).channels();
    for (const { peerId, scid, aliasLocal, aliasRemote, channelId } of channels) {
      expect(parseNodeId(peerId)).toBe(peerId);
      expect(ECDH.convertKey(peerId, 'secp256k1', 'hex', 'hex', 'uncompressed')).toHaveLength(130);
      for (const name of [scid, aliasLocal, aliasRemote]) expect(parseScid(name)).toBe(name);
      expect(parseChannelId(channelId)).toBe(channelId);
    }
    expect(new Set(channels.map(({ channelId }) => channelId)).size).toBe(40);
    expect(new Set(channels.map(({ scid }) => scid)).size).toBe(40);
    const peers = new Set(channels.map(({ peerId }) => peerId)).size;
    expect(peers).toBeLessThan(40);
    expect(channels.some(({ isPrivate }) => isPrivate)).toBe(true);
    expect(new Set(channels.map(({ opener }) => opener)).size).toBe(2);
  });

  it('a price nobody pays ends our business, a fair one brings it', () => {
    const settledAt = (ppm: number): number => {
      const world = market({ seed: 6 });
      for (const { index } of world.channels()) world.setPolicy(index, { base: 0, ppm }, 600);
      run(world, 1);
      // Five satoshi nobody minds: dust pays any rate.
      return run(world, 4).filter(
        (event) =>
          event.kind === 'forward' && event.phase === 'settled' && event.outMsat > 2_000_000,
      ).length;
    };
    expect(settledAt(6_000)).toBeLessThan(3);
    expect(settledAt(100)).toBeGreaterThan(settledAt(1000));
    expect(settledAt(1000)).toBeGreaterThan(20);
  });

  it('a rise without patience costs: payers with the old price fail for insufficient fee', () => {
    const insufficient = (enforceDelay: number) => {
      const world = market({ seed: 3, channels: 40, regime: 'dense' });
      let failed = 0;
      for (let round = 0; round < 40; round++) {
        const ppm = 20 + round;
        for (const { index } of world.channels()) world.setPolicy(index, { ppm }, enforceDelay);
        world.advance(laterBy(world.now(), 5 * 60_000), (event) => {
          if (event.kind === 'forward' && event.failReason === 'WIRE_FEE_INSUFFICIENT') failed++;
        });
      }
      return failed;
    };
    expect(insufficient(0)).toBeGreaterThan(5);
    expect(insufficient(7 * 86_400)).toBeLessThan(insufficient(0));
  });

  it('an HTLC whose peer is away ends only after it is back', () => {
    const world = market({ channels: 30, regime: 'dense', seed: 2 });
    const peerOf = world.channels().map(({ peerId }) => peerId);
    const away = new Set(
      world.channels().flatMap(({ peerId, connected }) => (connected ? [] : [peerId])),
    );
    let checked = 0;
    world.advance(laterBy(START, 6 * DAY_MS), (event) => {
      if (event.kind === 'connection') {
        if (event.connected) away.delete(event.peerId);
        else away.add(event.peerId);
      } else if (event.kind === 'forward' && event.phase === 'settled') {
        checked++;
        for (const index of [event.inIndex, event.outIndex ?? -1]) {
          const peer = peerOf[index];
          expect(peer !== undefined && away.has(peer)).toBe(false);
        }
      }
    });
    expect(checked).toBeGreaterThan(100);
  });

  it('a lived past is told as history: settled, ascending, before the start', () => {
    const world = market({ historyDays: 10 });
    const past = [...world.history()];
    expect(past.length).toBeGreaterThan(100);
    expect(past.every(({ phase, at }) => phase === 'settled' && at <= START)).toBe(true);
    expect(past.map(({ at }) => at)).toEqual(past.map(({ at }) => at).sort((a, b) => a - b));
    expect([...market().history()]).toEqual([]);
    expect(world.now()).toBe(START);
  });

  it('blocks come about every ten minutes and never lose height; the feerate stays at or above 1', () => {
    const world = market();
    const before = world.blockHeight();
    const blocks = run(world, 10).flatMap((event) => (event.kind === 'block' ? [event] : []));
    expect(blocks.length).toBeGreaterThan(1200);
    expect(blocks.length).toBeLessThan(1700);
    expect(blocks.map(({ height }) => height)).toEqual(blocks.map((_, n) => before + n + 1));
    expect(world.satPerVbyte()).toBeGreaterThanOrEqual(1);
  });

  it('an htlcmax beyond the channel is lowered to what can leave', () => {
    const world = market();
    const channel = world.channels()[0];
    const answer = world.setPolicy(0, { htlcMax: 1e15 }, 600);
    expect(answer.htlcMax).toBe((channel?.capacity ?? 0) - (channel?.ourReserve ?? 0));
    expect(world.channels()[0]?.ours).toEqual(answer);
  });

  it('an equal policy is no gossip', () => {
    const world = market();
    const ours = world.channels()[0]?.ours;
    world.setPolicy(0, { ppm: ours?.ppm ?? 0 }, 600);
    expect(world.gossipCounts().sent).toBe(0);
    world.setPolicy(0, { ppm: (ours?.ppm ?? 0) + 1 }, 600);
    expect(world.gossipCounts().sent).toBe(1);
  });

  it('time does not go back', () => {
    const world = market();
    expect(() => world.advance(unixMs(START - 1), ignore)).toThrow(RangeError);
  });

  it('the failing background is counted though not told', () => {
    const world = market();
    run(world, 5);
    const { inOffered, inFulfilled } = world
      .channels()
      .map(({ index }) => world.counters(index))
      .reduce((a, b) => ({
        inOffered: a.inOffered + b.inOffered,
        inFulfilled: a.inFulfilled + b.inFulfilled,
        outOffered: 0,
        outFulfilled: 0,
      }));
    expect(inFulfilled / inOffered).toBeLessThan(0.3);
  });
});

const GOLDEN_EVENTS = ['1d05ec5fa36b8902', '7ece6f99323e2455', '5b0b006875cae0bd'];
