/** Which names in forwards lead nowhere yet (SPEC, words): counted, shown, and a reason to ask the node again. */
import type { Forward } from '../ports/node.ts';
import type { ChannelDirectory } from '../ports/store.ts';

/** Both bounds: beyond them names are looked up again, or not counted one by one. */
const MOST_KNOWN = 50_000;
const MOST_UNKNOWN = 10_000;

export class IngestNames {
  readonly #channels: Pick<ChannelDirectory, 'resolve'>;
  readonly #known = new Set<string>();
  readonly #unknown = new Map<string, number>();
  #newUnknown = false;

  constructor(channels: Pick<ChannelDirectory, 'resolve'>) {
    this.#channels = channels;
  }

  /** Settled forwards seen under names that no channel is known for. */
  get unresolved(): number {
    return [...this.#unknown.values()].reduce((sum, count) => sum + count, 0);
  }

  /** A name turned up that the node was not asked about since. */
  get askAgain(): boolean {
    return this.#newUnknown;
  }

  /** Names of settled forwards are real channels'; those of failed ones may be anything a sender made up. */
  note(rows: readonly Forward[]): void {
    for (const { status, inChannel, outChannel } of rows) {
      if (status !== 'settled') continue;
      if (!this.#isKnown(inChannel)) this.#count(inChannel);
      if (outChannel !== undefined && !this.#isKnown(outChannel)) this.#count(outChannel);
    }
  }

  /** The directory was read anew. */
  refreshed(): void {
    this.#newUnknown = false;
    for (const name of this.#unknown.keys()) if (this.#isKnown(name)) this.#unknown.delete(name);
  }

  #isKnown(name: string): boolean {
    if (this.#known.has(name)) return true;
    if (this.#channels.resolve(name) === undefined) return false;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.add(name);
    return true;
  }

  #count(name: string): void {
    const before = this.#unknown.get(name);
    if (before === undefined) {
      if (this.#unknown.size >= MOST_UNKNOWN) return;
      this.#newUnknown = true;
    }
    this.#unknown.set(name, (before ?? 0) + 1);
  }
}
