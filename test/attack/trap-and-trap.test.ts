/**
 * SPEC 4.6, 11: trap and trap. A peer anchors our price with its own payments, drains the channel, and waits for us to
 * refill it at the price it asks itself. Whatever it does, into its channel goes no more than half of what that channel
 * earned in 30 days, and 100 sat.
 */
import { expect, test } from 'vitest';
import { simulate } from '../../src/cli/simulate.ts';
import type { OptionValue } from '../../src/config/option-rows.ts';
import type { OptionKey } from '../../src/config/snapshot.ts';
import { DAY_MS, HOUR_MS, laterBy, type UnixMs } from '../../src/core/units.ts';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import { DOUBLE_START, doubleForward } from '../../src/sim/embedded-node/market-double.ts';
import type { MarketEvent } from '../../src/sim/market/market.ts';
import { sharedChannel } from '../e2e/rebalance-world.ts';

type Flow = { readonly at: UnixMs; readonly fee: number };
const DAYS = 35;
const TRAP = 1;
const PIECE = 50_000_000;
const EVERY_MS = 6 * HOUR_MS;

/** The peer of channel 1 buys all that the channel has, four times a day, and takes its toll of every refill. */
class TrapWorld extends CircularDouble {
  override ppm = 400;
  readonly earned: Flow[] = [];
  /** What refills of its channel cost us. */
  readonly paid: Flow[] = [];
  #next = laterBy(DOUBLE_START, HOUR_MS);
  #htlc = 0;

  override advance(until: UnixMs, tell: (event: MarketEvent) => void): void {
    const emit = (event: MarketEvent): void => {
      if (event.kind === 'circular' && event.phase === 'settled')
        this.paid.push({ at: event.at, fee: event.sentMsat - event.receivedMsat });
      tell(event);
    };
    for (; this.#next <= until; this.#next = laterBy(this.#next, EVERY_MS)) {
      super.advance(this.#next, emit);
      this.#drain(emit);
    }
    super.advance(until, emit);
  }

  #drain(emit: (event: MarketEvent) => void): void {
    for (;;) {
      const trap = this.list[TRAP];
      if (trap === undefined || trap.spendable < PIECE) return;
      const fee = trap.ours.base + Math.floor((PIECE * trap.ours.ppm) / 1e6);
      this.list = this.list.map((one) =>
        one.index === TRAP
          ? {
              ...one,
              toUs: one.toUs - PIECE,
              spendable: one.spendable - PIECE,
              receivable: one.receivable + PIECE,
            }
          : one,
      );
      this.earned.push({ at: this.now(), fee });
      const sold = { inIndex: 2, inMsat: PIECE + fee, outMsat: PIECE };
      emit(doubleForward(this.#htlc++, 'settled', this.now() - DOUBLE_START, sold));
    }
  }
}

test('trap and trap: five weeks of anchoring and draining get no more than half of its own fees and 100 sat', async () => {
  const channels = [0, 1, 2, 3].map((index) => sharedChannel(index, index === TRAP ? 0.3 : 0.9));
  const market = new TrapWorld(channels);
  const summary = await simulate({
    market,
    end: laterBy(DOUBLE_START, DAYS * DAY_MS),
    seed: 1,
    options: new Map<OptionKey, OptionValue>([
      ['authority', 'full'],
      ['rebalance_interval', 10_800],
      ['fee_interval', 10_800],
      ['flow_interval', 10_800],
      ['daily_budget_sats', 100_000],
      ['inbound_fee_estimate_ppm', 100],
      ['rebalance_cooldown_hours', 0],
    ]),
  });
  expect(summary.rebalances).toBeGreaterThan(0);
  expect(market.paid.length).toBeGreaterThan(0);
  for (const { at } of market.paid) {
    const within = (one: Flow) => one.at <= at && one.at > at - 30 * DAY_MS;
    const got = market.paid.filter(within).reduce((sum, { fee }) => sum + fee, 0);
    const gave = market.earned.filter(within).reduce((sum, { fee }) => sum + fee, 0);
    expect(got).toBeLessThanOrEqual(gave / 2 + 100_000);
  }
  const all = market.paid.reduce((sum, { fee }) => sum + fee, 0);
  expect(summary.rebalance_cost_msat).toBe(BigInt(all));
  expect(summary.budget_breaches).toBe(0);
});
