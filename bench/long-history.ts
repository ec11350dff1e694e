/** The plugin's parts over a memory on disk that grows to a history of any length, beside a node that answers at once. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { movingCost, utcDay } from '../src/core/books/period.ts';
import { DAY_MS, laterBy } from '../src/core/units.ts';
import { methodContext } from '../src/method-context.ts';
import { type Parts, wire } from '../src/parts.ts';
import type { Store } from '../src/ports/store.ts';
import { METHODS } from '../src/rpc/methods.ts';
import { openStore } from '../src/sqlite/open-store.ts';
import { seededEntropy } from '../src/system/seeded-entropy.ts';
import { ManualClock } from '../test/doubles/manual-clock.ts';
import { NO_BACKEND } from '../test/doubles/no-backend.ts';
import { QuickNode } from './quick-node.ts';
import { QuickPayments } from './quick-payments.ts';
import { BORN, forwardOf, resolvedAt } from './synthetic-forwards.ts';

/** Larger than lightningd's pages, only to be ready sooner. */
const FILL_ROWS = 20_000;

export class LongHistory {
  readonly file: string;
  readonly store: Store;
  readonly node: QuickNode;
  readonly parts: Parts;
  readonly clock = new ManualClock(BORN);
  readonly #directory: string;
  readonly #channels: number;
  #forwards = 0;

  constructor(channels: number) {
    this.#channels = channels;
    this.#directory = mkdtempSync(join(tmpdir(), 'revenue-bench-'));
    this.file = join(this.#directory, 'revenue-ops.db');
    this.store = openStore(this.file, { onProblem: refuse });
    this.node = new QuickNode(channels);
    this.parts = wire({
      node: this.node,
      ...NO_BACKEND,
      payments: new QuickPayments(channels),
      feeSetter: () => this.node,
      commandFor: () => '',
      store: this.store,
      clock: this.clock,
      pacer: { pause: () => Promise.resolve() },
      entropy: seededEntropy(1),
      options: new Map([['authority', 'fees']]),
      log: (level, text) => {
        if (level === 'broken') refuse(text);
      },
      notify: () => undefined,
      onBug: (error) => {
        throw error;
      },
    });
  }

  get forwards(): number {
    return this.#forwards;
  }

  /** Names, openings and connections, as the plugin learns them when it starts. */
  async begin(): Promise<void> {
    for (const { peerId, connected } of await this.node.peers())
      this.store.peers.recordConnection(peerId, connected, this.clock.now());
    await this.parts.directory.refresh();
    this.store.forwards.beginHydration(0, this.clock.now());
    this.store.forwards.setHydrated(this.clock.now());
  }

  /** Stores forwards up to so many in all; time goes on to the last one's. */
  grow(until: number): void {
    for (; this.#forwards < until; this.#forwards += FILL_ROWS) {
      const from = this.#forwards + 1;
      const rows = Math.min(FILL_ROWS, until - this.#forwards);
      const page = Array.from({ length: rows }, (_, i) => forwardOf(from + i, this.#channels));
      const last = from + rows - 1;
      this.store.forwards.storePage('created', page, last, resolvedAt(last));
    }
    this.store.forwards.storePage('updated', [], until, resolvedAt(until));
    this.#forwards = until;
    this.clock.move(resolvedAt(until) - this.clock.now());
    this.store.peers.heartbeat(this.clock.now());
    this.#closeDays();
  }

  /** As the plugin does day by day, without a ledger of the node to compare with. */
  #closeDays(): void {
    const { books } = this.store;
    const today = utcDay(this.clock.now());
    const next = books.closed()?.last ?? (books.oldest() ?? today) - 1;
    for (let day = next + 1; day < today; day += 1) {
      const { revenue: routed, costs } = books.node(day, day);
      const because = 'nobody compares here';
      const rebalances = movingCost(costs);
      books.close({ day, node: undefined, because, routed, rebalances, unexplained: undefined });
    }
  }

  /** Measures and prices once: the first time meets channels it has never seen, once in a life. */
  async settle(): Promise<void> {
    const { flow, chain, pricing } = this.parts;
    await flow.run();
    this.sampleChain();
    await chain.run();
    await pricing.cycle.run('bench');
  }

  /** One of our methods, as lightningd calls it. */
  async call(method: string, params: object): Promise<unknown> {
    const found = METHODS.find(({ name }) => name === method);
    if (found === undefined) throw new Error(`no method ${method}`);
    return found.run(params, methodContext(this.parts, '1.4.0'), { check: false });
  }

  /** The chain's price as sampled over the last day. */
  sampleChain(): void {
    for (let back = DAY_MS; back > 0; back -= DAY_MS / 24)
      this.store.chain.addSample(laterBy(this.clock.now(), -back), 5);
  }

  /** The memory as a file nobody has open: for another process to live on. */
  leave(): string {
    this.store.close();
    return this.file;
  }

  end(): void {
    this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function refuse(sentence: string): never {
  throw new Error(`nothing should be wrong in a synthetic history: ${sentence}`);
}
