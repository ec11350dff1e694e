/**
 * Payers remember failures, as wallets' mission control does: after one of ours demand on that channel is lower and
 * recovers with a half-life of an hour (facts/simulation.md §3.3). So to promise liquidity one does not have costs.
 */
import { HOUR_MS } from '../../core/units.ts';

const AFTER_LIQUIDITY_FAILURE = 0.5;
const AFTER_FEE_FAILURE = 0.25;
/** Less than a millionth is left. */
const FORGOTTEN_HOURS = 20;

export class SenderMemory {
  #strength: Float64Array;
  #at: Float64Array;

  constructor(channels: number) {
    this.#strength = new Float64Array(channels);
    this.#at = new Float64Array(channels);
  }

  /** Share of the payers who still try this channel. */
  willing(channel: number, at: number): number {
    return 1 - this.#left(channel, at);
  }

  #left(channel: number, at: number): number {
    const strength = this.#strength[channel] ?? 0;
    const hours = (at - (this.#at[channel] ?? 0)) / HOUR_MS;
    return strength === 0 || hours > FORGOTTEN_HOURS ? 0 : strength * 2 ** -hours;
  }

  /** A later failure renews the memory, a weaker one does not soften it. */
  failed(channel: number, at: number, because: 'liquidity' | 'fee'): void {
    const strength = because === 'liquidity' ? AFTER_LIQUIDITY_FAILURE : AFTER_FEE_FAILURE;
    this.#strength[channel] = Math.max(strength, this.#left(channel, at));
    this.#at[channel] = at;
  }
}
