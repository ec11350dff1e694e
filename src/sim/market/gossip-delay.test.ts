import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../core/units.ts';
import { GossipDelay, PAYER_KINDS } from './gossip-delay.ts';

const policy = (ppm: number) => ({ base: 0, ppm, htlcMin: 1, htlcMax: 1e9 });
type Delivery = { readonly at: number; readonly subject: number };

function sent(gossip: GossipDelay, at: number, ppm: number): Delivery[] {
  const deliveries: Delivery[] = [];
  gossip.send(0, at, policy(ppm), (when, subject) => void deliveries.push({ at: when, subject }));
  return deliveries;
}
const seen = (gossip: GossipDelay) =>
  Array.from({ length: PAYER_KINDS }, (_, kind) => gossip.seen(0, kind).ppm);

describe('gossip delay', () => {
  it('payers know the old price until the news has come', () => {
    const gossip = new GossipDelay(1, [policy(10)]);
    const [first, ...others] = sent(gossip, 0, 500);
    expect(seen(gossip)).toEqual([10, 10, 10, 10]);
    gossip.arrive(first?.subject ?? -1);
    expect(seen(gossip)).toEqual([500, 10, 10, 10]);
    for (const { subject } of others) gossip.arrive(subject);
    expect(seen(gossip)).toEqual([500, 500, 500, 500]);
  });

  it('an older update that comes late does not undo a newer one', () => {
    const gossip = new GossipDelay(1, [policy(10)]);
    const older = sent(gossip, 0, 500);
    const newer = sent(gossip, 1, 700);
    for (const { subject } of [...newer, ...older]) gossip.arrive(subject);
    expect(seen(gossip)).toEqual([700, 700, 700, 700]);
  });

  it('delays have a median of about eight minutes and a late tail of hours', () => {
    const gossip = new GossipDelay(2, [policy(10)]);
    const delays = Array.from({ length: 400 }, (_, n) => n * DAY_MS)
      .flatMap((at) => sent(gossip, at, 20 + at / DAY_MS).map((delivery) => delivery.at - at))
      .sort((a, b) => a - b);
    const median = (delays[800] ?? 0) / 60_000;
    expect(median).toBeGreaterThan(6.5);
    expect(median).toBeLessThan(10);
    const late = delays.filter((delay) => delay > 6 * HOUR_MS).length / delays.length;
    expect(late).toBeGreaterThan(0.005);
    expect(late).toBeLessThan(0.05);
  });

  it('four updates a day travel; of more some are dropped and come a day later', () => {
    const gossip = new GossipDelay(3, [policy(10)]);
    const four = [0, 1, 2, 3].flatMap((hour) => sent(gossip, hour * HOUR_MS, 100 + hour));
    expect(gossip.counts).toEqual({ sent: 4, dropped: 0 });
    expect(four.every(({ at }) => at < DAY_MS)).toBe(true);
    for (let n = 0; n < 20; n++) sent(gossip, 4 * HOUR_MS + n, 200 + n);
    expect(gossip.counts.sent).toBe(24);
    expect(gossip.counts.dropped).toBeGreaterThan(20);
    expect(gossip.counts.dropped).toBeLessThan(60);
    const before = gossip.counts.dropped;
    sent(gossip, 3 * DAY_MS, 999);
    expect(gossip.counts.dropped).toBe(before);
  });
});
