/**
 * A simulated life in one process: the real parts and cycles over a market, without JSON, socket or disk. The same
 * decisions as in the embedded node, many times faster; for comparing learners on the same tape.
 */
import { App } from '../app.ts';
import type { OptionValue } from '../config/option-rows.ts';
import type { OptionKey } from '../config/snapshot.ts';
import { type UnixMs, unixMs } from '../core/units.ts';
import { Bug, NodeRefused, UNKNOWN_COMMAND } from '../ports/errors.ts';
import type { LogLevel } from '../ports/logger.ts';
import type { Market } from '../sim/market/market.ts';
import { MarketNode } from '../sim/market-node.ts';
import { openStore } from '../sqlite/open-store.ts';
import { LockstepClock } from '../system/lockstep-clock.ts';
import { seededEntropy } from '../system/seeded-entropy.ts';
import { simulatedPacer } from '../system/simulated-pacer.ts';
import { limitsOf, type RunSummary, summarise } from './run-summary.ts';

export type Life = {
  readonly market: Market;
  readonly end: UnixMs;
  readonly seed: number;
  /** Options as an operator would give them; authority is `fees` unless told. */
  readonly options?: ReadonlyMap<OptionKey, OptionValue>;
  readonly log?: (level: LogLevel, text: string) => void;
};

/** No such plugin runs there. */
const nobody = async (): Promise<never> => {
  throw new NodeRefused('Unknown command', UNKNOWN_COMMAND);
};

/** Lives from the market's now to `end` and says what came of it. A defect on the way ends the life. */
export async function simulate(life: Life): Promise<RunSummary> {
  const start = life.market.now();
  const node = new MarketNode(life.market);
  const clock = new LockstepClock(start);
  const store = openStore(':memory:', { onProblem: refuse });
  const app = new App({
    node,
    feeSetter: () => node,
    payments: node.payments,
    chainRecords: node.chainRecords,
    backend: node.rebalancer,
    orderPlacer: () => node.rebalancer,
    hive: { membership: nobody, report: nobody, brokenOff: false },
    clboss: { unmanaged: nobody, setTags: nobody },
    tagsCommand: () => '',
    commandFor: () => '',
    store,
    clock,
    pacer: simulatedPacer,
    entropy: seededEntropy(life.seed),
    options: new Map<OptionKey, OptionValue>([['authority', 'fees'], ...(life.options ?? [])]),
    log: life.log ?? (() => {}),
    notify: () => {},
    onBug: (error) => {
      throw error;
    },
  });
  node.subscribe({
    forward: (forward) => app.onForward(forward),
    connection: ({ peerId, connected }) => app.onConnection(peerId, connected),
    payment: () => app.onPayment(),
    block: (height) => app.onBlock(height),
  });
  await app.start();
  await app.idle();
  const advance = async (until: UnixMs) => {
    node.advance(until);
    return { now: node.now(), notifications: 0 };
  };
  await clock.run({ advance, taken: () => app.idle() }, life.end);
  const days = Math.round((life.end - start) / 86_400_000);
  const limits = limitsOf(app.parts.config.snapshot());
  const summary = summarise(store, {
    seed: life.seed,
    days,
    from: start,
    to: unixMs(life.end),
    limits,
  });
  await app.stop(false);
  return summary;
}

/** A simulated node hands over nothing unreadable, so a problem here is a defect. */
const refuse = (sentence: string): never => {
  throw new Bug(sentence);
};
