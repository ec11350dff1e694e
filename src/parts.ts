/**
 * Every part of the plugin, wired once and readable as a table of contents. It knows ports only: `plugin.ts` hands
 * it the real lightningd, store and clock; the simulation hands it simulated ones. Both live the same life.
 */
import type { OptionValue } from './config/option-rows.ts';
import type { OptionKey } from './config/snapshot.ts';
import type { Fee } from './core/fees/types.ts';
import type { ChannelId } from './core/units.ts';
import { BargainWatch } from './cycles/bargain-watch.ts';
import { Brake } from './cycles/brake.ts';
import { ChainCycle } from './cycles/chain-cycle.ts';
import { ConfigService } from './cycles/config-service.ts';
import { Directory } from './cycles/directory.ts';
import { FeeCommands } from './cycles/fee-commands.ts';
import { FeeCycle } from './cycles/fee-cycle.ts';
import { FeeLooker } from './cycles/fee-look.ts';
import { firstDays } from './cycles/first-days.ts';
import { FlowCycle, type FlowSettings } from './cycles/flow-cycle.ts';
import { Ingest } from './cycles/ingest.ts';
import { Jobs } from './cycles/jobs.ts';
import { Keeper } from './cycles/keeper.ts';
import { Neighbours } from './cycles/neighbours.ts';
import { SaleEvidence } from './cycles/sale-evidence.ts';
import type { Authority, Board } from './cycles/services.ts';
import { SlotWatch } from './cycles/slot-watch.ts';
import { Warnings } from './cycles/warnings.ts';
import type { Clock, Pacer } from './ports/clock.ts';
import type { Entropy } from './ports/entropy.ts';
import type { Logger } from './ports/logger.ts';
import type { FeeSetter, LightningNode, PeerChannel } from './ports/node.ts';
import type { NewDecision, Store } from './ports/store.ts';

export type Surroundings = {
  readonly node: LightningNode;
  /** Makes the one object that can set a fee; called only at authority `fees` and above. */
  readonly feeSetter: () => FeeSetter;
  /** What an operator types to set a fee without us. */
  readonly commandFor: (channelId: ChannelId, fee: Fee) => string;
  readonly store: Store;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly entropy: Entropy;
  readonly options: ReadonlyMap<OptionKey, OptionValue>;
  readonly log: Logger;
  readonly notify: (topic: 'revenue_decision' | 'revenue_alert', payload: object) => void;
  /** A defect of ours, thrown where nobody waits. */
  readonly onBug: (error: unknown) => void;
};

/** A live forward is in memory by then. */
const STORED_AFTER_MS = 1000;

export type Parts = ReturnType<typeof wire>;

/** Makes every part and says who hears of what. Nothing runs yet. */
export function wire(around: Surroundings) {
  const { node, store, clock, pacer, entropy, log } = around;
  const config = new ConfigService(store.settings, around.options, clock);
  const { snapshot } = config;
  const authority = (): Authority => (snapshot().dry_run ? 'observe' : snapshot().authority);
  const right = new FeeRight(authority, around.feeSetter);
  const warnings = new Warnings(clock, log, around.notify);
  const { alert } = warnings;
  const picture = new Picture();

  const jobs = new Jobs(clock, entropy, log);
  const directory = new Directory(node, store.channels, clock, picture.take);
  const ingest = new Ingest({
    node,
    store,
    directory,
    clock,
    pacer,
    log,
    alert,
    keepDays: () => snapshot().keep_forwards_days,
    onBug: around.onBug,
    // What waited for the history measures now, and prices at its next turn.
    onReady: () => void jobs.trigger('flow', 'history read'),
  });
  const neighbours = new Neighbours(node, log);
  const keeper = new Keeper(store, clock, snapshot);
  const chain = new ChainCycle({ node, store, clock, entropy, log, config: snapshot });
  const flow = new FlowCycle({ node, store, clock, log, settings: () => flowSettings(config) });

  const slots = new SlotWatch((name) => store.channels.resolve(name));
  const bargains = new BargainWatch({
    resolve: (name) => store.channels.resolve(name),
    state: (channelId) => store.fees.state(channelId),
    capacity: (id) => picture.channels.find(({ channelId }) => channelId === id)?.capacity,
    due: (reason) => jobs.once('fees', STORED_AFTER_MS, reason),
  });
  const sales = new SaleEvidence(store);
  const onPicture = picture.take;
  const look = { node, store, clock, slots, sales, config: snapshot, onPicture };
  const looker = new FeeLooker({ ...look, chain: () => chain.view() });
  const notify = (one: NewDecision): void => around.notify('revenue_decision', told(one));
  const lookAgain = (afterMs: number): void => jobs.once('fees', afterMs, 'second look');
  const cycle = new FeeCycle({
    looker,
    setter: right.setter,
    store,
    log,
    alert,
    notify,
    lookAgain,
  });
  const brake = new Brake(store.locks, clock, (why) => void jobs.trigger('fees', why));
  const fees = new FeeCommands(looker, cycle, store, around.commandFor);

  const board = boardOf({ around, jobs, ingest, neighbours, warnings, config, authority, picture });
  return {
    right,
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
    slots,
    bargains,
    cycle,
    fees,
    board,
    picture,
  };
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
};

/** What status, explain and doctor show. */
function boardOf(parts: BoardParts): Board {
  const { jobs, ingest, neighbours, warnings, config, authority, picture } = parts;
  const { fees, journal } = parts.around.store;
  return {
    jobs: () => jobs.list(),
    ingest: () => ingest.status(),
    neighbours: () => neighbours.list(),
    warnings: () => [...warnings.list(), ...neighbours.problems(), ...config.warnings()],
    authority,
    channels: () => picture.channels,
    firstDays: () => firstDays([...fees.states().values()], journal.countOf('would')),
  };
}

/** The open channels as the last look showed them: what status and page show without asking the node. */
class Picture {
  #channels: readonly PeerChannel[] = [];

  get channels(): readonly PeerChannel[] {
    return this.#channels;
  }

  readonly take = (channels: readonly PeerChannel[]): void => {
    this.#channels = channels;
  };
}

/** Below authority `fees` there is no setter; a promotion makes one, a demotion hands it out once more and drops it. */
class FeeRight {
  readonly #authority: () => Authority;
  readonly #make: () => FeeSetter;
  #setter: FeeSetter | undefined;

  constructor(authority: () => Authority, make: () => FeeSetter) {
    this.#authority = authority;
    this.#make = make;
  }

  readonly setter = (): FeeSetter | undefined => {
    if (this.#authority() === 'observe') return undefined;
    this.#setter ??= this.#make();
    return this.#setter;
  };

  /** After a demotion, once: for taking back the prices that only a rule of ours could end. */
  readonly leaving = (): FeeSetter | undefined => {
    if (this.#authority() !== 'observe') return undefined;
    const last = this.#setter;
    this.#setter = undefined;
    return last;
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
