/** A world in which rules 1 and 2 rule: one crowded channel, and one that nobody has used for long. */
import { DAY_MS, laterBy } from '../../src/core/units.ts';
import {
  DOUBLE_START,
  doubleChannel,
  MarketDouble,
} from '../../src/sim/embedded-node/market-double.ts';
import type { Life } from './harness.ts';

/** Of 483 slots: above the threshold of 0.8. */
const PENDING = 450;

const crowd = Array.from({ length: PENDING }, (_, id) => ({
  direction: 'out' as const,
  id,
  amount: 1_000_000,
  paymentHash: '00'.repeat(32),
}));

/** Channel 0 gets congested, channel 1 (its index is 2) is probed. */
export function specialMarket(): MarketDouble {
  const openedAt = laterBy(DOUBLE_START, -200 * DAY_MS);
  return new MarketDouble([
    doubleChannel(0, { openedAt, htlcs: crowd }),
    doubleChannel(2, { openedAt }),
  ]);
}

/** A peer is watched for so long before its channel is called silent. */
const WATCHED_HOURS = 7 * 24;

/** Lives until they ask 5000 and 0 ppm. Prices stand still before, or the gossip that a probe needs would be used up. */
export async function untilSpecial(life: Life): Promise<void> {
  await life.call('revenue-pause', ['fees', WATCHED_HOURS]);
  await life.hours(WATCHED_HOURS + 2);
}
