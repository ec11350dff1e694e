import { type Msat, msat, satFloor } from '../core/units.ts';
import type { HiveMembership, HiveNeighbour, RebalanceOutcome } from '../ports/hive.ts';
import { BREAKER_LAWS, Breaker, type BreakerLaw } from './breakers.ts';
import { readMembership, readRecorded } from './calls/hive-answers.ts';
import type { NodeCaller } from './rpc-client.ts';

/** SPEC 8. */
const TIMEOUT_MS = 2000;

/**
 * cl-hive behind the two of its commands that we call (SPEC 8). An answer that cannot be understood counts as a
 * failure as much as none: three in a row, and it is left alone for a minute. A refusal is an answer.
 */
export class ClnHive implements HiveNeighbour {
  readonly #node: NodeCaller;
  readonly #breaker: Breaker;

  constructor(node: NodeCaller, law: BreakerLaw = BREAKER_LAWS.hive) {
    this.#node = node;
    // That it fails is said by whoever asks, in words of their own.
    this.#breaker = new Breaker('hive', law, () => undefined);
  }

  get brokenOff(): boolean {
    return this.#breaker.isOpen;
  }

  membership(): Promise<HiveMembership> {
    return this.#breaker.run(async () => readMembership(await this.#ask('hive-status', {})));
  }

  report({ from, to, amount, cost, success }: RebalanceOutcome): Promise<void> {
    const params = {
      from_channel: from,
      to_channel: to,
      amount_sats: satFloor(amount),
      cost_sats: upToSat(cost),
      success,
      // Ours go through the whole network, as sling finds the way.
      via_fleet: false,
    };
    return this.#breaker.run(async () =>
      readRecorded(await this.#ask('hive-report-rebalance-outcome', params)),
    );
  }

  #ask(method: string, params: object): Promise<unknown> {
    return this.#node.call(method, params, { group: 'hive', timeoutMs: TIMEOUT_MS });
  }
}

const upToSat = (amount: Msat): number => satFloor(msat(amount + 999n));
