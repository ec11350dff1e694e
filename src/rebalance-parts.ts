/**
 * Everything that moves liquidity and guards the money it costs, wired once. The airlock is always there, since what
 * an earlier life ordered must be ended and settled under any authority; the object that orders is made only at `full`.
 */

import { type ChannelId, type Msat, parseScid, type Scid, type UnixMs } from './core/units.ts';
import { SlingAirlock } from './cycles/airlock/airlock.ts';
import type { ConfigService } from './cycles/config-service.ts';
import { DeadAutomation } from './cycles/dead-automation.ts';
import type { FeeLooker } from './cycles/fee-look.ts';
import { HiveService } from './cycles/hive-service.ts';
import type { Jobs } from './cycles/jobs.ts';
import { ProtectionWatch } from './cycles/protection-watch.ts';
import { RebalanceCommands } from './cycles/rebalance-commands.ts';
import { RebalanceCycle } from './cycles/rebalance-cycle.ts';
import { RebalanceLooker } from './cycles/rebalance-look.ts';
import type { Airlock, Readiness } from './cycles/rebalance-services.ts';
import type { Authority } from './cycles/services.ts';
import { SpendClock } from './cycles/spend-clock.ts';
import { NodeRefused } from './ports/errors.ts';
import type { PeerChannel } from './ports/node.ts';
import type { OrderPlacer, Rebalancer } from './ports/rebalancer.ts';
import type { RebalanceJob } from './ports/spending.ts';
import { type NewDecision, StoreFailed } from './ports/store.ts';
import { Right } from './right.ts';
import type { Surroundings } from './surroundings.ts';

export type RebalanceNeeds = {
  readonly around: Surroundings;
  readonly config: ConfigService;
  readonly authority: () => Authority;
  readonly looker: FeeLooker;
  readonly jobs: Jobs;
  readonly alert: (text: string) => void;
  readonly channels: () => readonly PeerChannel[];
  readonly blockHeight: () => number | undefined;
  readonly waitingFor: () => string | undefined;
  /** What lasts of the differences between the books and the node's; undefined: not known. */
  readonly unexplained: () => Msat | undefined;
  /** undefined: not known yet. */
  readonly hivePresent: () => boolean | undefined;
  readonly notify: (decision: NewDecision) => void;
};

/** What can order at this moment, if anything. */
type Placer = () => OrderPlacer | undefined;

export function wireRebalancing(needs: RebalanceNeeds) {
  const { around, config, authority, looker: fees, alert, notify } = needs;
  const { node, payments, store, clock, log } = around;
  const { snapshot } = config;
  // Before anything of this start is written.
  const protections = protect(needs);
  const { spending } = store;
  const spendClock = new SpendClock(clock, spending.lastAt());
  const right = new Right(() => authority() === 'full', around.orderPlacer);
  const placer: Placer = () => {
    // Below full there is nothing that could order: a demotion drops it.
    right.leaving();
    return right.held();
  };
  const ledgerNow = () => spendClock.now();
  const hive = hiveOf(needs, ledgerNow);
  const gate = airlockOf(needs, placer, spendClock, hive);
  const remembered = new RememberedReadiness(gate);
  const airlock = (): Airlock | undefined => (placer() ? remembered : undefined);
  const looker = new RebalanceLooker({
    looker: fees,
    node,
    payments,
    store,
    clock,
    ledgerNow,
    config: snapshot,
    foreign: () => gate.foreign(),
    log,
  });
  const cycle = new RebalanceCycle({
    looker,
    store,
    airlock,
    clock,
    config: snapshot,
    log,
    notify,
  });
  const commands = new RebalanceCommands({
    looker,
    airlock,
    withoutAirlock: () => `authority is ${authority()}: nothing is spent below full`,
    backend: () => ({
      readiness: remembered.last(authority()),
      backend: gate.version(),
      foreign: gate.foreign(),
    }),
    store,
    clock,
    ledgerNow,
    config: snapshot,
    notify,
    onSettled: (job) => hive.settled(job),
    onLate: (error) => log('info', `after the answer to an order by hand: ${wordsOf(error)}`),
  });
  const dead = new DeadAutomation('rebalance', alert);
  return {
    gate,
    hive,
    commands,
    protections,
    /** Once a minute: how far the ledger's time is, so that a restart goes on from there. */
    keepTime: (): void => keepTime(around, spendClock.now()),
    /** One turn of the rebalance cycle. */
    run: async (reason: string): Promise<void> => {
      const { wanted, acted } = await cycle.run(reason);
      if (authority() === 'full') dead.note(wanted, acted);
    },
  };
}

function airlockOf(
  { around, config, jobs, alert }: RebalanceNeeds,
  placer: Placer,
  spendClock: SpendClock,
  hive: HiveService,
): SlingAirlock {
  const { payments, node, store, clock, pacer, log, notify } = around;
  return new SlingAirlock({
    rebalancer: guarded(around, placer),
    payments,
    node,
    store,
    clock,
    spendClock,
    pacer,
    config: config.snapshot,
    log,
    alert,
    lookAgain: (afterMs) => jobs.once('money', afterMs, 'a second look'),
    onSettled: (job) => {
      notify('revenue_decision', ended(job));
      hive.settled(job);
    },
  });
}

function hiveOf(
  { around, config, channels, hivePresent }: RebalanceNeeds,
  ledgerNow: () => UnixMs,
): HiveService {
  const { hive, store, clock, log } = around;
  const { spending } = store;
  const nameOf = (id: ChannelId): Scid | undefined =>
    channels().find(({ channelId }) => channelId === id)?.scid ??
    store.channels
      .get(id)
      ?.names.map(parseScid)
      .find((scid) => scid !== undefined);
  const present = hivePresent;
  return new HiveService({
    hive,
    present,
    config: config.snapshot,
    spending,
    nameOf,
    clock,
    ledgerNow,
    log,
  });
}

/** What the disk does not take makes windows longer, never shorter; nobody who asks for the time may fail by it. */
function keepTime({ store, log }: Surroundings, at: UnixMs): void {
  try {
    store.spending.keepTime(at);
  } catch (error) {
    if (!(error instanceof StoreFailed)) throw error;
    log('info', `the time of the budgets could not be kept: ${error.message}`);
  }
}

function protect(needs: RebalanceNeeds): ProtectionWatch {
  const { around, config, authority, alert } = needs;
  const { store, clock, log } = around;
  return new ProtectionWatch({
    store,
    clock,
    channels: needs.channels,
    blockHeight: needs.blockHeight,
    waitingFor: needs.waitingFor,
    unexplained: needs.unexplained,
    authority,
    configVersion: () => config.snapshot().version,
    alert,
    log,
  });
}

/** The backend with the right to order, where there is one at that moment. */
function guarded({ backend }: Surroundings, orders: Placer): Rebalancer {
  return {
    version: () => backend.version(),
    jobs: () => backend.jobs(),
    stop: (channel) => backend.stop(channel),
    remove: (channel) => backend.remove(channel),
    start: async (order) => {
      const placer = orders();
      if (!placer) throw new NodeRefused('authority is below full: nothing is ordered', 0);
      await placer.start(order);
    },
  };
}

/** The airlock, with what it said last about being ready: for those who may not ask the node. */
class RememberedReadiness implements Airlock {
  readonly #gate: SlingAirlock;
  #last: Readiness = { ready: false, because: 'not looked at since the start' };

  constructor(gate: SlingAirlock) {
    this.#gate = gate;
  }

  last(authority: Authority): Readiness {
    return authority === 'full'
      ? this.#last
      : { ready: false, because: `authority is ${authority}: nothing is spent below full` };
  }

  async readiness(): Promise<Readiness> {
    this.#last = await this.#gate.readiness();
    return this.#last;
  }
  order(...order: Parameters<Airlock['order']>): ReturnType<Airlock['order']> {
    return this.#gate.order(...order);
  }
  watch(reason: string): Promise<void> {
    return this.#gate.watch(reason);
  }
  stopAll(because: string): Promise<void> {
    return this.#gate.stopAll(because);
  }
}

/** A job that ended, as other plugins hear of it. */
const ended = (job: RebalanceJob): object => ({
  rebalance_id: job.id,
  kind: job.kind,
  channel_id: job.destination,
  outcome: job.outcome,
  because: job.because,
  moved_msat: job.moved,
  cost_msat: job.spent,
});

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
