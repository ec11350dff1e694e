/**
 * What a payer would give to pass through us: the axis on which scenarios differ (facts/simulation.md §3.3).
 * An engine must earn under all of them, so no family may be known to it.
 */
export interface Family {
  /**
   * The most, msat, that this payer gives us for `amount` msat over `pair`; 0 or less: never us. Times must not go
   * back. `draw` is the payer's own luck, `inFee` what the peer before us takes, msat. Once it is sure to be no more than
   * `least`, any number up to `least` may be answered.
   */
  reservation(
    pair: number,
    at: number,
    amount: number,
    draw: number,
    inFee: number,
    least: number,
  ): number;
  /** Competitors have seen that we ask `ppm` on this channel. */
  heard(channel: number, ppm: number): void;
}
