/** Peers, block space, memory, holds: the laws around the payments. */
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, unixMs } from '../../core/units.ts';
import { ChainFees } from './chain-fees.ts';
import { Connections } from './connections.ts';
import { AlternativesFamily } from './families/alternatives.ts';
import { arrives, holdMs, occupiedSlots } from './liquidity.ts';
import { hashBits, stream } from './rng.ts';
import { SenderMemory } from './sender-memory.ts';
import { bornWorld } from './world.ts';

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe('connections', () => {
  it('a peer is up for about its share of the time, a flapper for less', () => {
    const peers = bornWorld({
      seed: 1,
      start: unixMs(0),
      channels: 3,
      regime: 'sparse',
    }).peers.map((peer, n) => ({ ...peer, upShare: n === 0 ? 0.6 : 0.95, flapper: n === 0 }));
    const connections = new Connections(1, peers, 0);
    for (const [peer, { upShare }] of peers.entries()) {
      let [at, up] = [0, 0];
      while (at < 200 * DAY_MS) {
        const next = connections.nextFlip(peer);
        if (connections.isUp(peer)) up += next - at;
        at = next;
        connections.flip(peer, at);
      }
      expect(Math.abs(up / at - upShare)).toBeLessThan(0.05);
    }
  });
});

describe('chain fees', () => {
  it('never fall below 1, wander around a few sat/vB and jump now and then', () => {
    const chain = new ChainFees(1, 0);
    const samples: number[] = [];
    for (let at = 0; at < 365 * DAY_MS; ) {
      at = chain.nextBlock(at);
      chain.block(at);
      samples.push(chain.satPerVbyte);
    }
    expect(samples.length / 365).toBeGreaterThan(138);
    expect(samples.length / 365).toBeLessThan(150);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(1);
    expect(median(samples)).toBeGreaterThan(2);
    expect(median(samples)).toBeLessThan(9);
    expect(Math.max(...samples)).toBeGreaterThan(20);
    expect(Math.max(...samples)).toBeLessThan(1500);
  });
});

describe('sender memory', () => {
  it('halves demand after a liquidity failure and recovers by half each hour', () => {
    const memory = new SenderMemory(2);
    expect(memory.willing(0, 0)).toBe(1);
    memory.failed(0, 0, 'liquidity');
    expect([0, 1, 2].map((hour) => memory.willing(0, hour * HOUR_MS))).toEqual([0.5, 0.75, 0.875]);
    expect(memory.willing(1, 0)).toBe(1);
  });

  it('a fee failure weighs half, and does not soften a fresher liquidity failure', () => {
    const memory = new SenderMemory(1);
    memory.failed(0, 0, 'fee');
    expect(memory.willing(0, 0)).toBe(0.75);
    memory.failed(0, 0, 'liquidity');
    memory.failed(0, 1000, 'fee');
    expect(memory.willing(0, 1000)).toBeLessThan(0.51);
  });
});

describe('holds and arrivals', () => {
  const draws = Array.from({ length: 40_000 }, (_, n) => hashBits(12, n));

  it('settled ones are held 2.8 s in the median, 1 in 100 about two minutes, 1 in 1000 for long', () => {
    const holds = draws.map((draw) => holdMs(draw, true)).sort((a, b) => a - b);
    const at = (p: number) => (holds[Math.floor(p * holds.length)] ?? 0) / 1000;
    expect(at(0.5)).toBeGreaterThan(2.4);
    expect(at(0.5)).toBeLessThan(3.3);
    expect(at(0.99)).toBeGreaterThan(50);
    expect(at(0.99)).toBeLessThan(200);
    expect(at(0.9995)).toBeGreaterThan(600);
  });

  it('a pair works between 60 % and 95 % of the time', () => {
    for (const pair of [0, 5, 77]) {
      const share = draws.filter((draw) => arrives(draw, pair)).length / draws.length;
      expect(share).toBeGreaterThan(0.58);
      expect(share).toBeLessThan(0.97);
    }
  });

  it('the unseen background holds rate × 26 s slots on average', () => {
    const slots = draws.map((draw) => occupiedSlots(draw, 6646));
    expect(slots.reduce((a, b) => a + b, 0) / slots.length).toBeGreaterThan(1.9);
    expect(slots.reduce((a, b) => a + b, 0) / slots.length).toBeLessThan(2.1);
    expect(draws.every((draw) => occupiedSlots(draw, 0) === 0)).toBe(true);
  });
});

describe('family of alternatives', () => {
  const options = { seed: 3, start: unixMs(0), channels: 20, regime: 'medium' } as const;
  const world = bornWorld(options);
  const AMOUNT = 5e7;
  const draws = stream(1, 'draws');
  const asks = Array.from({ length: 20_000 }, (_, n) => ({
    pair: draws.bits() % world.pairs.count,
    at: n * 60_000,
    draw: draws.bits(),
  }));
  const most = (family: AlternativesFamily, inFee: number, least: number) =>
    asks.map(({ pair, at, draw }) => family.reservation(pair, at, AMOUNT, draw, inFee, least));

  it('demand falls in steps: most never come to us, a few pay thousands of ppm, nobody above 5000', () => {
    const ppm = most(new AlternativesFamily(3, world, 0), 0, -1e9).map((m) => (m / AMOUNT) * 1e6);
    const above = (p: number) => ppm.filter((rate) => rate > p).length / ppm.length;
    expect(above(30)).toBeLessThan(0.75);
    expect(above(100)).toBeLessThan(above(30));
    expect(above(1000)).toBeGreaterThan(0.005);
    expect(above(1000)).toBeLessThan(0.2);
    expect(above(5100)).toBe(0);
  });

  it('stopping early never changes who takes us', () => {
    const least = 5_000;
    const whole = most(new AlternativesFamily(3, world, 0), 1_000, -1e9);
    const early = most(new AlternativesFamily(3, world, 0), 1_000, least);
    expect(early.map((m) => m > least)).toEqual(whole.map((m) => m > least));
  });

  it('what the peer before us takes comes off what is left for us', () => {
    const cheap = most(new AlternativesFamily(3, world, 0), 0, -1e9);
    const dear = most(new AlternativesFamily(3, world, 0), 20_000, -1e9);
    expect(dear.every((m, n) => Math.abs((cheap[n] ?? 0) - 20_000 - m) <= 1)).toBe(true);
  });

  it('undercutters answer our price: what we can ask falls, and only where they are', () => {
    const family = new AlternativesFamily(3, world, 0);
    for (const index of world.channels.keys()) family.heard(index, 60);
    const before = most(new AlternativesFamily(3, world, 0), 0, -1e9);
    const after = most(family, 0, -1e9);
    expect(after.every((m, n) => m <= (before[n] ?? 0))).toBe(true);
    expect(after.some((m, n) => m < (before[n] ?? 0))).toBe(true);
  });
});
