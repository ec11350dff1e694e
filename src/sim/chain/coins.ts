/** The outputs a simulated wallet holds; amounts in msat, whole satoshi. */
import { Bug } from '../../ports/errors.ts';

export type Coin = {
  readonly txid: string;
  readonly vout: number;
  readonly amount: bigint;
  readonly height: number;
};

export class Coins {
  #held: readonly Coin[] = [];

  get total(): bigint {
    return this.#held.reduce((sum, { amount }) => sum + amount, 0n);
  }
  list(): readonly Coin[] {
    return this.#held;
  }
  add(coin: Coin): void {
    if (coin.amount > 0n) this.#held = [...this.#held, coin];
  }
  /** Takes out the largest until they hold `amount`. Throws Bug when all of them do not. */
  take(amount: bigint): readonly Coin[] {
    const taken: Coin[] = [];
    let sum = 0n;
    for (const coin of this.#held.toSorted((a, b) => (a.amount < b.amount ? 1 : -1))) {
      if (sum >= amount) break;
      taken.push(coin);
      sum += coin.amount;
    }
    if (sum < amount) throw new Bug(`the wallet holds ${sum} msat, ${amount} are needed`);
    this.#held = this.#held.filter((coin) => !taken.includes(coin));
    return taken;
  }
}
