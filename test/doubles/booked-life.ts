/** The real parts over a node with a history: forwards, payments and on-chain rows are read, days close, rows grow old. */
import type { OptionValue } from '../../src/config/option-rows.ts';
import type { OptionKey } from '../../src/config/snapshot.ts';
import type { UnixMs } from '../../src/core/units.ts';
import { methodContext } from '../../src/method-context.ts';
import { type Parts, wire } from '../../src/parts.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { RpcContext } from '../../src/rpc/context.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import type { Surroundings } from '../../src/surroundings.ts';
import { InstantPacer, ManualClock } from './manual-clock.ts';
import { NO_BACKEND } from './no-backend.ts';
import { RecordedNode } from './recorded-node.ts';

const fail = (error: unknown): never => {
  throw new Error(String(error));
};

/** The job says so and tries again in its own time. */
const unanswered = (error: unknown): void => {
  if (!(error instanceof RetryLater)) throw error;
};

/**
 * A job that waits for a node which never answers would go round for ever without letting a timer of the test run.
 * Whoever waits this often is told off instead.
 */
const MOST_WAITS = 10_000;
/** Slices of work breathe for less: whoever waits longer waits for somebody. */
const BREATH_MS = 1000;
class PatientPacer extends InstantPacer {
  #waits = 0;

  override async pause(ms: number): Promise<void> {
    if (ms < BREATH_MS) return;
    this.#waits += 1;
    if (this.#waits > MOST_WAITS)
      throw new Error(
        `waited ${MOST_WAITS} times, the last time for ${ms} ms: who does not answer?`,
      );
  }
}

export class BookedLife {
  readonly node = new RecordedNode();
  readonly store = openStore(':memory:', { onProblem: fail });
  readonly clock: ManualClock;
  readonly #options: ReadonlyMap<OptionKey, OptionValue>;
  parts: Parts;

  constructor(at: UnixMs, options: ReadonlyMap<OptionKey, OptionValue> = new Map()) {
    this.clock = new ManualClock(at);
    this.#options = options;
    this.parts = this.#wire();
  }

  /** Another process over the same memory. */
  restart(): void {
    this.ledgerTime();
    this.parts.ingest.stop();
    this.parts = this.#wire();
  }

  /** Every job that keeps the books, once: read on, close what is over, let old rows go. */
  async turn(): Promise<void> {
    const { ingest, directory, rebalancing, books, keeper } = this.parts;
    await directory.refresh();
    if (ingest.status().phase === 'starting') {
      // It would ask for ever, and time stands still here.
      if (!this.node.silent.has('forwards')) ingest.start();
    } else await ingest.catchUp().catch(unanswered);
    await ingest.idle();
    await rebalancing.gate.watch('test');
    await books.cycle.run();
    await keeper.run(new InstantPacer());
  }

  /** The ledger's time, noted as the running plugin does every minute. */
  ledgerTime(): UnixMs {
    this.parts.rebalancing.keepTime();
    return this.store.spending.lastAt() ?? this.clock.now();
  }

  get context(): RpcContext {
    return methodContext(this.parts, '1.4.0');
  }

  #wire(): Parts {
    const { node, store, clock } = this;
    const around: Surroundings = {
      ...NO_BACKEND,
      node,
      payments: {
        ...NO_BACKEND.payments,
        channelMoves: (start, limit) => node.channelMoves(start, limit),
      },
      chainRecords: node.chain,
      feeSetter: () => node,
      commandFor: () => '',
      store,
      clock,
      pacer: new PatientPacer(),
      entropy: { uniform: () => 0.5 },
      options: this.#options,
      log: () => {},
      notify: () => {},
      onBug: fail,
    };
    return wire(around);
  }
}
