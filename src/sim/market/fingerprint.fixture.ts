/** SHA-256 over everything a market told, for golden tests: one changed msat or millisecond changes it. */
import { createHash } from 'node:crypto';
import type { MarketEvent } from './market.ts';

export class Fingerprint {
  #hash = createHash('sha256');
  add(text: string): void {
    this.#hash.update(text).update('\n');
  }
  event(event: MarketEvent): void {
    this.add(Object.values(event).join(' '));
  }
  get hex(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}
