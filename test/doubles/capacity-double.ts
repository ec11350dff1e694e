/** A capacity report as the planner makes it, of whatever channels and feerate a test is about. */
import { capacityPlan } from '../../src/core/capacity/capacity-plan.ts';
import { capacityChannel, DEAD, SILENT, WINS } from '../../src/core/capacity/channel.fixture.ts';
import type { CapacityChannel } from '../../src/core/capacity/types.ts';
import { fromSat, type UnixMs } from '../../src/core/units.ts';
import type { CapacityReport, CapacityService } from '../../src/cycles/capacity-planner.ts';

export class CapacityDouble implements CapacityService {
  channels: readonly CapacityChannel[] = [
    capacityChannel(1, WINS),
    capacityChannel(2, { ...DEAD, toUs: fromSat(3_000_000) }),
    capacityChannel(3, SILENT),
    capacityChannel(4),
  ];
  satPerVbyte: number | undefined = 10;
  readonly #at: UnixMs;

  constructor(at: UnixMs) {
    this.#at = at;
  }

  async plan(): Promise<CapacityReport> {
    const space = { satPerVbyte: this.satPerVbyte, stale: false };
    return {
      at: this.#at,
      space,
      judged: this.channels.length,
      plan: capacityPlan(this.channels, space),
    };
  }
}
