import { expect, test } from 'vitest';
import { type ChannelId, parseChannelId, share } from '../units.ts';
import { inCanary } from './canary.ts';
import { CHANNEL } from './channel.fixture.ts';
import { channelFraction } from './channel-hash.ts';

const channels: readonly ChannelId[] = Array.from({ length: 2000 }, (_, i) =>
  parseChannelId(i.toString(16).padStart(64, '0')),
).filter((one) => one !== undefined);

test('the whole and nothing', () => {
  expect(channels.every((one) => inCanary(one, share(1)))).toBe(true);
  expect(channels.some((one) => inCanary(one, share(0)))).toBe(false);
});

test('a tenth is about a tenth, and a larger share keeps all of it', () => {
  const tenth = channels.filter((one) => inCanary(one, share(0.1)));
  expect(tenth.length).toBeGreaterThan(150);
  expect(tenth.length).toBeLessThan(250);
  expect(tenth.every((one) => inCanary(one, share(0.2)))).toBe(true);
});

test('the number of a channel is its own for ever, and another for another purpose', () => {
  expect(channelFraction(CHANNEL, 'canary')).toBe(channelFraction(CHANNEL, 'canary'));
  expect(channelFraction(CHANNEL, 'canary')).not.toBe(channelFraction(CHANNEL, 'ladder'));
  expect(channelFraction(CHANNEL, 'canary')).toMatchInlineSnapshot(`0.336868716403842`);
});

test('neighbouring ids spread evenly over 0 … 1', () => {
  const tenths = new Array<number>(10).fill(0);
  for (const one of channels) {
    const index = Math.floor(channelFraction(one, 'ladder') * 10);
    tenths[index] = (tenths[index] ?? 0) + 1;
  }
  for (const count of tenths) {
    expect(count).toBeGreaterThan(140);
    expect(count).toBeLessThan(260);
  }
});
