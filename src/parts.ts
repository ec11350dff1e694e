import { wireBooks } from './books-parts.ts';
import { wireClboss } from './clboss-parts.ts';
import type { UnixMs } from './core/units.ts';
import type { BooksCycle } from './cycles/books-cycle.ts';
import { Brake } from './cycles/brake.ts';
import { ChainCycle } from './cycles/chain-cycle.ts';
import { ConfigService } from './cycles/config-service.ts';
import { Directory } from './cycles/directory.ts';
import { firstDays } from './cycles/first-days.ts';
import { Fleet } from './cycles/fleet.ts';
import { FlowCycle, type FlowSettings } from './cycles/flow-cycle.ts';
import { ImportService } from './cycles/import-service.ts';
import { Ingest } from './cycles/ingest.ts';
import { Jobs } from './cycles/jobs.ts';
import { Keeper } from './cycles/keeper.ts';
import { Neighbours } from './cycles/neighbours.ts';
import { PolicyService } from './cycles/policy-service.ts';
import type { Authority, Board } from './cycles/services.ts';
import { Warnings } from './cycles/warnings.ts';
import { wirePricing } from './fee-parts.ts';
import type { PeerChannel } from './ports/node.ts';
import type { NewDecision } from './ports/store.ts';
import { wireRebalancing } from './rebalance-parts.ts';
import type { Surroundings } from './surroundings.ts';

export type Parts = ReturnType<typeof wire>;

/** Makes every part and says who hears of what. Nothing runs yet. */
export function wire(around: Surroundings) {
  const { node, store, clock, entropy, log } = around;
  const config = new ConfigService(store.settings, around.options, clock);
  const { snapshot } = config;
  const authority = (): Authority => (snapshot().dry_run ? 'observe' : snapshot().authority);
  const warnings = new Warnings(clock, log, around.notify);
  const { alert } = warnings;
  const picture = new Picture(() => node.leftOut() > 0);

  const height = new BlockHeight();
  const jobs = new Jobs(clock, entropy, log);
  const directory = new Directory(node, store.channels, clock, picture.take);
  const ingest = wireIngest(around, { config, directory, jobs, alert });
  const neighbours = new Neighbours(node, log);
  const keeper = new Keeper(store, clock, snapshot);
  const chain = new ChainCycle({ node, store, clock, entropy, log, config: snapshot });
  const flow = new FlowCycle({ node, store, clock, log, settings: () => flowSettings(config) });

  const notify = (one: NewDecision): void => around.notify('revenue_decision', told(one));
  const fleet = new Fleet(() => snapshot().hive_enabled !== 'false');
  const priced = { around, config, authority, chain, fleet, jobs, alert, notify, picture };
  const pricing = wirePricing(priced);
  const brake = brakeOf(around, jobs);

  const { policies, imports } = wirePolicies(around, { config, fleet, jobs, ingest });

  const channels = (): readonly PeerChannel[] => picture.channels;
  const clboss = wireClboss({ around, config, authority, neighbours, policies, alert, channels });
  const rebalancing = wireRebalancing({
    around,
    config,
    authority,
    looker: pricing.looker,
    jobs,
    alert,
    channels,
    blockHeight: () => height.latest,
    waitingFor: () => ingest.waitingFor(),
    unexplained: () => books.cycle.unexplained(),
    hivePresent: () => neighbours.isPresent('cl-hive'),
    notify,
  });

  const paymentsReadAsOf = (): UnixMs | undefined => rebalancing.gate.recordsReadAsOf();
  const books = wireBooks({ around, config, ingest, paymentsReadAsOf, picture, alert });

  const shown = { around, jobs, ingest, neighbours, warnings, config, authority, picture };
  const board = boardOf({ ...shown, books: books.cycle });
  return {
    brake,
    around,
    config,
    directory,
    ingest,
    jobs,
    neighbours,
    keeper,
    chain,
    flow,
    pricing,
    board,
    picture,
    height,
    policies,
    imports,
    clboss,
    rebalancing,
    books,
  };
}

function brakeOf({ store, clock }: Surroundings, jobs: Jobs): Brake {
  return new Brake(store.locks, clock, (why) => {
    void jobs.trigger('fees', why);
    // What runs is stopped by the watch, which sees the brake.
    void jobs.trigger('money', why);
  });
}

type BoardParts = {
  readonly around: Surroundings;
  readonly jobs: Jobs;
  readonly ingest: Ingest;
  readonly neighbours: Neighbours;
  readonly warnings: Warnings;
  readonly config: ConfigService;
  readonly authority: () => Authority;
  readonly picture: Picture;
  readonly books: BooksCycle;
};

/** What status, explain and doctor show. */
function boardOf(parts: BoardParts): Board {
  const { jobs, ingest, neighbours, warnings, config, authority, picture, books } = parts;
  const { fees, journal, books: stored } = parts.around.store;
  return {
    jobs: () => jobs.list(),
    ingest: () => ingest.status(),
    neighbours: () => neighbours.list(),
    warnings: () => [
      ...warnings.list(),
      ...neighbours.problems(),
      ...(config.snapshot().hive_enabled === 'true' && neighbours.isPresent('cl-hive') === false
        ? ['hive_enabled is true, but cl-hive does not run']
        : []),
      ...books.problems(),
      ...config.warnings(),
    ],
    books: () => ({
      closedUntil: stored.closed()?.last,
      behind: books.behind(),
      unexplained: books.unexplained(),
      oddTransactions: stored.oddTransactions().length,
    }),
    authority,
    channels: () => picture.channels,
    firstDays: () => firstDays([...fees.states().values()], journal.countOf('would')),
  };
}

type IngestNeeds = {
  readonly config: ConfigService;
  readonly directory: Directory;
  readonly jobs: Jobs;
  readonly alert: (text: string) => void;
};

function wireIngest(
  { node, store, clock, pacer, log, onBug }: Surroundings,
  { config, directory, jobs, alert }: IngestNeeds,
): Ingest {
  return new Ingest({
    node,
    store,
    directory,
    clock,
    pacer,
    log,
    alert,
    keepDays: () => config.snapshot().keep_forwards_days,
    onBug,
    // What waited for the history measures now, and prices at its next turn.
    onReady: () => void jobs.trigger('flow', 'history read'),
  });
}

type PolicyNeeds = {
  readonly config: ConfigService;
  readonly fleet: Fleet;
  readonly jobs: Jobs;
  readonly ingest: Ingest;
};

/** What the operator wants, said here or to the Python plugin before. */
function wirePolicies(
  { store, clock, pacer }: Surroundings,
  { config, fleet, jobs, ingest }: PolicyNeeds,
) {
  const policies = new PolicyService({
    store: store.policies,
    clock,
    fleet,
    changed: (why) => {
      // The peer is taken from clboss, or given back to it, and beside that the prices follow.
      void jobs.trigger('clboss', why);
      void jobs.trigger('fees', why);
    },
  });
  const imports = new ImportService({
    ancestors: store.ancestors,
    store: store.imports,
    config,
    policies,
    clock,
    pacer,
    waitingFor: () => ingest.waitingFor(),
  });
  return { policies, imports };
}

/** The open channels as the last look showed them: what status and page show without asking the node. */
class Picture {
  readonly #leftOut: () => boolean;
  #latest: readonly PeerChannel[] | undefined;
  #whole: readonly PeerChannel[] | undefined;

  /** `leftOut`: the look that is taken could not read some channels. */
  constructor(leftOut: () => boolean) {
    this.#leftOut = leftOut;
  }

  get channels(): readonly PeerChannel[] {
    return this.#latest ?? [];
  }
  /** undefined: there was no look yet. */
  get latest(): readonly PeerChannel[] | undefined {
    return this.#latest;
  }
  /** undefined: some of its channels could not be read, or there was no look yet. */
  get whole(): readonly PeerChannel[] | undefined {
    return this.#whole;
  }

  readonly take = (channels: readonly PeerChannel[]): void => {
    this.#latest = channels;
    this.#whole = this.#leftOut() ? undefined : channels;
  };
}

/** The newest height the node told of; undefined until the first block. */
class BlockHeight {
  #latest: number | undefined;

  get latest(): number | undefined {
    return this.#latest;
  }

  readonly note = (height: number): void => {
    this.#latest = height;
  };
}

function flowSettings(config: ConfigService): FlowSettings {
  const law = config.snapshot();
  return {
    windowDays: law.flow_window_days,
    graceDays: law.new_channel_grace_days,
    reputation: law.enable_reputation,
    reputationDecay: law.reputation_decay,
    intervalMs: law.flow_interval * 1000,
  };
}

/** A decision as other plugins hear of it. */
const told = (decision: NewDecision): object => ({
  channel_id: decision.channelId,
  rule: decision.rule,
  binding: decision.binding,
  fee_ppm: decision.number,
  outcome: decision.outcome,
  at_ms: decision.at,
});
