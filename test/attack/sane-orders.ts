/** What must hold for every `setchannel` the plugin ever sends, whatever the node does. */
import { expect } from 'vitest';
import type { Life } from '../e2e/harness.ts';

const INTEGER = /^(0|[1-9]\d*)$/;
/** SPEC 3, rules 2 and 3: below the floor, but bounded by a lower htlcmax in the same call. */
const BARGAINS = new Set(['0', '1']);

export type Bounds = { readonly min: number; readonly max: number };

/** For an existing channel, by its id; a whole price inside the bounds, or a bounded bargain; never blind. */
export function expectSaneOrders(life: Life, { min, max }: Bounds = { min: 10, max: 5000 }): void {
  const open = new Set(life.market.channels().map(({ channelId }) => String(channelId)));
  const lastSet = new Map<string, number>();
  for (const { id, ppm, base, text, order } of life.sets) {
    expect(open, text).toContain(id);
    expect(ppm, text).toMatch(INTEGER);
    expect(base, text).toMatch(INTEGER);
    if (BARGAINS.has(ppm)) expect(text).toMatch(/"htlcmax":[1-9]\d*[,}]/);
    else {
      expect(Number(ppm), text).toBeGreaterThanOrEqual(min);
      expect(Number(ppm), text).toBeLessThanOrEqual(max);
    }
    const before = lastSet.get(id);
    if (before !== undefined) {
      const between = life.called.slice(before, order - 1);
      expect(
        between.some(({ method }) => method === 'listpeerchannels'),
        `${id} was set twice without a look: ${text}`,
      ).toBe(true);
    }
    lastSet.set(id, order);
  }
}
