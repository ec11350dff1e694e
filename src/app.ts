/**
 * The life of the plugin: what happens at the start, on each notification, in which rhythm, and at the end. The
 * parts themselves are wired in `parts.ts`.
 */
import type { OptionKey } from './config/snapshot.ts';
import { HOUR_MS, type NodeId, type UnixMs } from './core/units.ts';
import { toText } from './core/wire-text.ts';
import { CHAIN_SAMPLE_MS } from './cycles/chain-cycle.ts';
import type { SettingChange } from './cycles/config-service.ts';
import type { JobName } from './cycles/services.ts';
import { type Parts, wire } from './parts.ts';
import type { Forward } from './ports/node.ts';
import type { NewDecision } from './ports/store.ts';
import type { Surroundings } from './surroundings.ts';

/** SPEC 2.2: live events are repaired from the cursors at this pace; far below the hour after which deciding waits. */
const CATCH_UP_MS = 600_000;
/** First runs after the start, so that hydration and the first flow come before the first price. */
const FIRST_FLOW_MS = 10_000;
const FIRST_FEES_MS = 60_000;
const FIRST_CHAIN_MS = 1_000;
/** What an earlier life ordered is ended before anything else is decided about money. */
const FIRST_MONEY_MS = 2_000;
const FIRST_REBALANCE_MS = 120_000;
/** Payments are told of as they happen; this is for those that were not. */
const MONEY_MS = 300_000;
/** SPEC 7.10: of the five seconds for a clean end. */
const STOP_JOBS_MS = 2_500;
const LAST_WORDS_MS = 500;
/** They may wait minutes for sling to stop, or seconds for clboss or bookkeeper; prices that must not stay cannot. */
const AT_NEIGHBOURS: ReadonlySet<JobName> = new Set(['money', 'rebalance', 'clboss', 'books']);
/** Together with the watch over money, so that it wakes nobody, and before the first price. */
const [FIRST_CLBOSS_MS, CLBOSS_MS] = [FIRST_MONEY_MS, MONEY_MS];
const HEARTBEAT_MS = 60_000;
/** A floor or ceiling that the operator moves, or the price of the fleet, is obeyed at once, not at the next turn (SPEC 3.1, 7.1). */
const AUTHORITY: ReadonlySet<OptionKey> = new Set(['authority', 'dry_run']);
/** Whose channels we price: clboss is told at once. */
const WHOSE: ReadonlySet<OptionKey> = new Set([...AUTHORITY, 'canary_share', 'hive_enabled']);
const DUE_AT_ONCE: ReadonlySet<OptionKey> = new Set([
  'min_fee_ppm',
  'max_fee_ppm',
  'hive_enabled',
  'hive_fee_ppm',
]);

export class App {
  readonly parts: Parts;
  readonly #around: Surroundings;
  #restored = false;
  /** Work that an event caused and nobody waits for. It never rejects. */
  readonly #asides = new Set<Promise<void>>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.parts = wire(around);
  }

  /** Begins to live: first undo what a crash may have left on the node, then read, measure and price. */
  async start(): Promise<void> {
    const { node, store, clock } = this.#around;
    const { config, jobs, neighbours, ingest } = this.parts;
    store.peers.heartbeat(clock.now());
    config.onChange((change) => {
      jobs.rearm();
      // Below full nothing of ours may go on running.
      if (AUTHORITY.has(change.key)) this.#aside(jobs.trigger('money', `${change.key} changed`));
      if (WHOSE.has(change.key)) this.#aside(jobs.trigger('clboss', `${change.key} changed`));
      this.#leave();
      if (DUE_AT_ONCE.has(change.key)) this.#aside(jobs.trigger('fees', `${change.key} changed`));
      const decision = configDecision(change, clock.now());
      this.#aside(this.#attempt('journal it', async () => store.journal.append(decision)));
    });
    await this.#attempt('look for neighbours', () => neighbours.look());
    await this.#attempt('look at the peers', async () => {
      for (const { peerId, connected } of await node.peers())
        store.peers.recordConnection(peerId, connected, clock.now());
    });
    await this.#attempt('restore special prices', () => this.#restoreOnce());
    ingest.start();
    this.#addJobs();
  }

  onForward(forward: Forward): void {
    this.parts.pricing.slots.onForward(forward);
    this.parts.ingest.accept(forward);
    this.parts.pricing.bargains.onForward(forward);
  }

  onConnection(peerId: NodeId, connected: boolean): void {
    this.#around.store.peers.recordConnection(peerId, connected, this.#around.clock.now());
  }

  /** A channel opened, closed or spliced: learn its names. */
  onChannelsChanged(): void {
    this.#aside(this.#learnChannels());
  }

  onBlock(height: number): void {
    this.parts.height.note(height);
    const { store, clock } = this.#around;
    const at = clock.now();
    this.#aside(this.#attempt('note the block', async () => store.books.sawBlock(height, at)));
  }

  /** A payment of our own began, ended or moved something: the records say what it was. */
  onPayment(): void {
    this.#aside(this.parts.jobs.trigger('money', 'a payment of ours'));
  }

  /** A plugin came or went. */
  onPluginsChanged(): void {
    this.parts.rebalancing.gate.forget();
    this.#aside(this.parts.jobs.trigger('money', 'plugins changed'));
    this.#aside(this.#meetNeighbours());
  }

  /** Resolves when everything taken in is stored and nothing works aside: what a simulated clock waits for. */
  async idle(): Promise<void> {
    while (this.#asides.size > 0) await Promise.all(this.#asides);
    await this.parts.ingest.idle();
  }

  /** Ends within seconds: specials replaced while the node still answers, the queue stored, the store closed. */
  async stop(nodeAnswers: boolean): Promise<void> {
    const { store, clock } = this.#around;
    const { jobs, pricing, ingest, imports, books } = this.parts;
    imports.stop();
    books.cycle.stop();
    ingest.stop();
    await jobs.stop(AT_NEIGHBOURS);
    if (nodeAnswers)
      await Promise.all([
        this.#stopSpending(),
        this.#attempt('restore special prices', () => pricing.fees.restoreSpecials()),
        this.#leaveClboss(),
      ]);
    if (jobs.list().some(({ running }) => running))
      await Promise.race([jobs.stop(), this.#around.pacer.pause(LAST_WORDS_MS)]);
    store.peers.heartbeat(clock.now());
    store.close();
  }

  /** Ends what runs as far as that goes in seconds; what does not is ended and settled at the next start. */
  async #stopSpending(): Promise<void> {
    const { store, pacer } = this.#around;
    if (store.spending.openJobs().length === 0) return;
    const stopped = this.#attempt('stop what rebalances', () =>
      this.parts.rebalancing.gate.stopAll('the plugin stops'),
    );
    await Promise.race([stopped, pacer.pause(STOP_JOBS_MS)]);
  }

  /** Whether the plugin is stopped for a moment or for good nobody knows: clboss has its peers back. */
  async #leaveClboss(): Promise<void> {
    const given = this.#attempt('give peers back to clboss', () => this.parts.clboss.giveAllBack());
    const { pacer, store, log } = this.#around;
    await Promise.race([given, pacer.pause(STOP_JOBS_MS)]);
    await this.#attempt('see what clboss still leaves to us', async () => {
      const { size } = store.clboss.all();
      const then = 'start the plugin and stop it again';
      if (size > 0) log('unusual', `clboss may still leave ${size} peers to us: ${then}`);
    });
  }

  #addJobs(): void {
    const { config, jobs, ingest, flow, chain, keeper, neighbours } = this.parts;
    const { pricing, rebalancing, clboss, books } = this.parts;
    const { pacer } = this.#around;
    const blocked = (): string | undefined => ingest.waitingFor();
    jobs.add({
      name: 'ingest',
      everyMs: () => CATCH_UP_MS,
      firstAfterMs: CATCH_UP_MS,
      run: () => ingest.catchUp(),
    });
    jobs.add({
      name: 'flow',
      everyMs: () => config.snapshot().flow_interval * 1000,
      firstAfterMs: FIRST_FLOW_MS,
      blocked,
      run: () => flow.run(),
    });
    jobs.add({
      name: 'fees',
      everyMs: () => config.snapshot().fee_interval * 1000,
      firstAfterMs: FIRST_FEES_MS,
      partly: blocked,
      run: async (reason) => {
        await this.#restoreOnce();
        const { set, failed, unknown } = await pricing.cycle.run(reason, blocked() !== undefined);
        pricing.dead.note(set + failed + unknown, set);
      },
    });
    jobs.add({
      name: 'money',
      everyMs: () => MONEY_MS,
      firstAfterMs: FIRST_MONEY_MS,
      even: true,
      run: (reason) => rebalancing.gate.watch(reason),
    });
    jobs.add({
      name: 'clboss',
      everyMs: () => CLBOSS_MS,
      firstAfterMs: FIRST_CLBOSS_MS,
      even: true,
      run: async () => {
        // A lightningd that was too busy at the start is asked again before the first price.
        if (neighbours.unknown) await neighbours.look();
        await clboss.run();
      },
    });
    jobs.add({
      name: 'rebalance',
      everyMs: () => config.snapshot().rebalance_interval * 1000,
      firstAfterMs: FIRST_REBALANCE_MS,
      blocked,
      run: (reason) => rebalancing.run(reason),
    });
    jobs.add({
      name: 'chain',
      everyMs: () => CHAIN_SAMPLE_MS,
      firstAfterMs: FIRST_CHAIN_MS,
      even: true,
      run: async () => {
        if (await chain.run()) await jobs.trigger('fees', 'mempool spike');
      },
    });
    jobs.add({
      name: 'retention',
      everyMs: () => HOUR_MS,
      firstAfterMs: HOUR_MS,
      blocked,
      run: () => keeper.run(pacer),
    });
    jobs.add(books.job(blocked));
    jobs.add({
      name: 'health',
      everyMs: () => HEARTBEAT_MS,
      firstAfterMs: HEARTBEAT_MS,
      even: true,
      run: async () => {
        this.#minute();
        await rebalancing.hive.turn();
      },
    });
  }

  /** What is looked after every minute, from memory alone. */
  #minute(): void {
    const { store, clock } = this.#around;
    const { rebalancing, policies } = this.parts;
    store.peers.heartbeat(clock.now());
    rebalancing.keepTime();
    rebalancing.protections.run();
    policies.expire();
  }

  /** SPEC 3.9: after a crash special prices go before anything else is decided, as soon as the node answers. */
  async #restoreOnce(): Promise<void> {
    if (this.#restored) return;
    await this.parts.pricing.fees.restoreSpecials();
    this.#restored = true;
  }

  /** Authority has just fallen to observe: no price of rules 1 to 3 stays behind (SPEC 3.9). */
  #leave(): void {
    const { right, fees } = this.parts.pricing;
    const last = right.leaving();
    if (!last) return;
    this.#aside(this.#attempt('restore special prices', () => fees.restoreSpecials(last)));
  }

  async #learnChannels(): Promise<void> {
    const { directory, jobs } = this.parts;
    await this.#attempt('learn the channels', () => directory.refresh());
    await jobs.trigger('clboss', 'channels changed');
  }

  async #meetNeighbours(): Promise<void> {
    const { neighbours, jobs } = this.parts;
    await this.#attempt('look for neighbours', () => neighbours.look());
    await jobs.trigger('clboss', 'plugins changed');
  }

  #aside(work: Promise<void>): void {
    this.#asides.add(work);
    void work.finally(() => this.#asides.delete(work));
  }

  /** The node may not answer yet: said, and the cycles try again in their own time. */
  async #attempt(what: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      this.#around.log('info', `could not ${what}: ${because}`);
    }
  }
}

/** A change of the configuration, as the journal keeps it. */
const configDecision = ({ key, from, to, version }: SettingChange, at: UnixMs): NewDecision => ({
  at,
  kind: 'config',
  channelId: undefined,
  configVersion: version,
  rule: key,
  binding: `${from} → ${to}`,
  number: undefined,
  trail: [
    { rule: key, verdict: 'applies', because: `the operator changed it from ${from} to ${to}` },
  ],
  inputs: toText({ key, from, to }),
  outcome: 'done',
  error: undefined,
});
