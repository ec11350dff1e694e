/**
 * The one object that can spend (SPEC 4.7). hold → ownership row → order → watch → stop → settle the exact cost →
 * release the rest. Restart and normal running are one path: rows are read, the node and the backend are asked, and
 * what the rows say is carried on.
 */
import type { ConfigSnapshot } from '../../config/snapshot.ts';
import { grant } from '../../core/spending/grant.ts';
import type { ChannelId, NodeId, Scid, UnixMs } from '../../core/units.ts';
import type { Clock, Pacer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LightningNode, PeerChannel } from '../../ports/node.ts';
import type { PaymentRecords } from '../../ports/payments.ts';
import type { Rebalancer } from '../../ports/rebalancer.ts';
import type { RebalanceJob, SpendStore } from '../../ports/spending.ts';
import type { ChannelDirectory, ForwardStore, LockStore } from '../../ports/store.ts';
import type { Airlock, JobOrder, OrderResult, Readiness } from '../rebalance-services.ts';
import { JobAlarms } from './alarms.ts';
import { Unwritten } from './answer.ts';
import { Backend, type Listing } from './backend.ts';
import { Witness } from './evidence.ts';
import { JobCare } from './job-care.ts';
import { MoneyIngest } from './money-ingest.ts';
import { whyBusy } from './occupancy.ts';
import { type OrderForm, orderForm, requestOf } from './order-form.ts';
import { fundsOf, spendLaw } from './spend-law.ts';
import { type HygieneParts, sweep } from './start-hygiene.ts';
import { SyncCheck } from './sync-check.ts';
import { Turns } from './turns.ts';

/** History is read on at once, with a breath between. */
const READ_ON_MS = 1000;
/** A node or a backend that does not answer. */
const ASK_AGAIN_MS = 30_000;
/** An order that was not answered. */
const ORDER_AGAIN_MS = 10_000;
/** Longer than any call to the backend may take. */
const AFTERCARE_MS = 600_000;
const LEFT_OVER = 'start-up hygiene: an earlier run ordered it';

export type AirlockParts = {
  readonly rebalancer: Rebalancer;
  readonly payments: PaymentRecords;
  readonly node: Pick<LightningNode, 'peerChannels' | 'identity' | 'leftOut' | 'synced'>;
  readonly store: {
    readonly spending: SpendStore;
    readonly channels: Pick<ChannelDirectory, 'resolve'>;
    readonly forwards: Pick<ForwardStore, 'revenue'>;
    readonly locks: Pick<LockStore, 'add' | 'active'>;
  };
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** Ledger time. */
  readonly spendClock: { now(): UnixMs };
  readonly pacer: Pacer;
  readonly config: () => ConfigSnapshot;
  readonly log: Logger;
  /** The operator should know. */
  readonly alert: (text: string) => void;
  /** A watch is due. */
  readonly lookAgain: (afterMs: number) => void;
  readonly onSettled: (job: RebalanceJob) => void;
};

export class SlingAirlock implements Airlock {
  readonly #parts: AirlockParts;
  readonly #turns = new Turns();
  readonly #backend: Backend;
  readonly #sync: SyncCheck;
  readonly #ingest: MoneyIngest;
  readonly #care: JobCare;
  readonly #hygiene: HygieneParts;
  #own: NodeId | undefined;
  /** The watch that has not begun yet: whoever asks for one meanwhile gets this. */
  #coming: Promise<void> | undefined;
  #nextLook = Number.NEGATIVE_INFINITY;
  /** When a job was last open, on the clock of this process. */
  #lastOpen = Number.NEGATIVE_INFINITY;
  /** What earlier runs left open is marked to be stopped. */
  #adopted = false;
  /** The backend was looked over since it (re)appeared. */
  #clean = false;
  #foreign: readonly Scid[] = [];

  constructor(parts: AirlockParts) {
    const { payments, node, store, clock, spendClock, pacer, log, alert } = parts;
    const { spending, locks } = store;
    this.#parts = parts;
    const ledger = (): UnixMs => spendClock.now();
    const own = (): Promise<NodeId> => this.#identity();
    const channelOf = (name: Scid): ChannelId | undefined => store.channels.resolve(name);
    this.#backend = new Backend(parts.rebalancer);
    this.#sync = new SyncCheck(node, () => clock.elapsed());
    const wall = (): UnixMs => clock.now();
    this.#ingest = new MoneyIngest({ payments, spending, own, ledger, wall, pacer, alert });
    // What others ordered is theirs below full authority, whatever the option says.
    const exclusive = (): boolean => this.#isFull() && parts.config().sling_exclusive;
    this.#hygiene = { backend: this.#backend, spending, clock, channelOf, exclusive, alert };
    this.#care = new JobCare({
      backend: this.#backend,
      witness: new Witness({ payments, node, own, spending, ingest: this.#ingest }),
      alarms: new JobAlarms(locks, clock, alert),
      spending,
      clock,
      ledger,
      channelOf,
      log,
      alert,
      lookAgain: (afterMs) => this.#lookAgain(afterMs),
      onSettled: parts.onSettled,
    });
  }

  // ---------------------------------------------------------------- what is known, without asking

  /** Backend's version as it last said; undefined: absent or not asked. */
  version(): string | undefined {
    return this.#backend.version;
  }
  /** Names of our channels that have a job of somebody else. */
  foreign(): readonly Scid[] {
    return this.#foreign;
  }

  /** Everything the node had recorded of payments at this moment is in memory; undefined: not yet. */
  recordsReadAsOf(): UnixMs | undefined {
    return this.#ingest.readAsOf;
  }

  /** Plugins came or went: version and jobs of the backend are asked for anew. */
  forget(): void {
    this.#backend.forget();
    this.#clean = false;
  }

  // ---------------------------------------------------------------- what is done, one at a time

  readiness(): Promise<Readiness> {
    return this.#turns.take(() => this.#ready());
  }

  order(order: JobOrder, channels: readonly PeerChannel[]): Promise<OrderResult> {
    return this.#turns.take(() => this.#order(order, channels));
  }

  watch(reason: string): Promise<void> {
    this.#coming ??= this.#turns.take(() => {
      this.#coming = undefined;
      return this.#round(reason);
    });
    return this.#coming;
  }

  stopAll(because: string): Promise<void> {
    return this.#turns.take(() => this.#round('brake', because));
  }

  // ---------------------------------------------------------------- readiness

  async #ready(): Promise<Readiness> {
    const refusal = (await this.#backend.refusal()) ?? (await this.#sync.refusal());
    if (refusal !== undefined) return notReady(refusal);
    if (this.#ingest.last?.kind !== 'complete') await this.#read();
    const unread = this.#unread();
    if (unread !== undefined) return notReady(unread);
    if (!this.#isTidy()) await this.#round('readiness');
    return this.#isTidy()
      ? { ready: true }
      : notReady('the jobs in sling could not be looked over yet');
  }

  /** Why the node's records are not known up to now; undefined: they are. */
  #unread(): string | undefined {
    const { last } = this.#ingest;
    if (last?.kind === 'failed')
      return `the node's records of payments cannot be read: ${last.because}`;
    const known = last?.kind === 'complete' && this.#parts.store.spending.cursors().complete;
    return known ? undefined : "the node's records of payments are being read";
  }

  async #read(): Promise<void> {
    const read = await this.#ingest.turn();
    if (read.kind === 'complete') return;
    this.#lookAgain(read.kind === 'partly' ? READ_ON_MS : ASK_AGAIN_MS);
    if (read.kind === 'failed') this.#parts.log('info', `payments not read: ${read.because}`);
  }

  // ---------------------------------------------------------------- ordering

  async #order(order: JobOrder, channels: readonly PeerChannel[]): Promise<OrderResult> {
    const { config, clock, node, payments, store, spendClock } = this.#parts;
    const ready = await this.#ready();
    if (!ready.ready) return refused('not_ready', ready.because);
    const form = orderForm(order, channels, config().sling_job_timeout_seconds * 1000);
    if (typeof form === 'string') return refused('not_ready', form);
    await this.#read();
    const listing = await this.#list();
    const because = this.#unread() ?? this.#heldBack(form.channels.map((one) => one.channelId));
    if (because !== undefined) return refused('not_ready', because);
    // Where nobody lists jobs, it is not known which channels others use, nor what became of ours.
    if (!listing?.present) return refused('not_ready', 'sling does not list its jobs');
    const { forwards, spending, channels: names } = store;
    const blind = !(await this.#ingest.hasMoves());
    const slots = { most: config().max_concurrent_jobs, blind };
    const channelOf = (name: Scid): ChannelId | undefined => names.resolve(name);
    const busy = whyBusy(form.channels, spending.openJobs(), listing.jobs, slots, channelOf);
    if (busy !== undefined) return refused('busy', busy);
    const wall = clock.now();
    const funds = await fundsOf(payments, forwards, channels, node.leftOut(), wall);
    const request = requestOf(order, form, forwards, wall);
    const ledger = spendClock.now();
    // All this took its time: what the operator allows counts as it is now.
    const law = spendLaw(config());
    if (order.wanted?.() === false) return refused('not_ready', 'whoever asked is gone');
    const opened = spending.open(
      form.job,
      ({ holds, spends }) => grant(request, holds, spends, funds, law, ledger),
      { wall: clock.now(), ledger },
    );
    if (opened.grant.kind === 'refused') return opened.grant;
    if (!opened.job) return refused('busy', 'the destination is not free');
    return this.#send(opened.job, form);
  }

  /** The hold stands: whatever happens from here on, the row tells the next run. */
  async #send(job: RebalanceJob, { order }: OrderForm): Promise<OrderResult> {
    const { clock, log, store } = this.#parts;
    const { spending } = store;
    const said = await this.#backend.start(order);
    switch (said.kind) {
      case 'answer': {
        spending.mark(job.id, 'running');
        log(
          'info',
          `rebalance ${job.id} into ${job.scid}: ${job.amount} msat, ${job.cap} msat held`,
        );
        return { kind: 'ordered', job: spending.job(job.id) ?? job, state: 'running' };
      }
      case 'refused': {
        // A refusal is believed when the backend has nothing of it.
        const listing = await this.#backend.list();
        const isThere = !listing || listing.jobs.some(({ channel }) => channel === job.scid);
        if (isThere) return this.#unanswered(job, said.because);
        spending.settle(job.id, 'not tried', `refused: ${said.because}`, clock.now());
        return { kind: 'failed', because: said.because };
      }
      case 'silent':
        return this.#unanswered(job, said.because);
    }
  }

  #unanswered(job: RebalanceJob, because: string): OrderResult {
    this.#parts.log('info', `rebalance ${job.id} into ${job.scid}: no clear answer (${because})`);
    this.#lookAgain(ORDER_AGAIN_MS);
    return { kind: 'ordered', job, state: 'unknown' };
  }

  // ---------------------------------------------------------------- watching

  async #round(reason: string, brake?: string): Promise<void> {
    const { spending } = this.#parts.store;
    const disk = new Unwritten();
    await disk.after(() => this.#read());
    if (!this.#isTidy() || this.#mayHaveJobs(spending.openJobs().length > 0))
      await this.#lookAfter(reason, brake);
    disk.throwIfAny();
  }

  async #lookAfter(reason: string, brake?: string): Promise<void> {
    const hadToTidy = !this.#isTidy();
    const listing = await this.#list();
    if (!listing) {
      this.#parts.log('info', `sling does not answer (${reason})`);
      this.#lookAgain(ASK_AGAIN_MS);
    }
    const leftOver = this.#adopted ? undefined : LEFT_OVER;
    const ended = await this.#care.round(
      listing?.jobs,
      (job) => brake ?? this.#heldBack([job.destination, ...job.sources]) ?? leftOver,
    );
    if (!listing) return;
    this.#adopted = true;
    if (hadToTidy && this.#clean) this.#tellOrphans(listing.swept + (leftOver ? ended : 0));
  }

  #tellOrphans(count: number): void {
    this.#parts.log('info', `Startup Hygiene: Terminated ${count} orphan sling jobs.`);
  }

  /** Also for a while after the last job: should an order take effect against all reason, it is found and ended. */
  #mayHaveJobs(open: boolean): boolean {
    const now = this.#parts.clock.elapsed();
    if (open) this.#lastOpen = now;
    return now - this.#lastOpen < AFTERCARE_MS;
  }

  #isTidy(): boolean {
    return this.#clean && this.#adopted;
  }

  /** What the backend has; jobs without an open row are dealt with. undefined: it does not answer. */
  async #list(): Promise<(Listing & { readonly swept: number }) | undefined> {
    const listing = await this.#backend.list();
    if (!listing) return undefined;
    const { ended, clean, foreign } = await sweep(this.#hygiene, listing.jobs);
    this.#report(foreign.map(({ channel }) => channel));
    if (ended > 0) this.#parts.log('info', `${ended} jobs without an order of ours ended in sling`);
    if (listing.present && clean) this.#clean = true;
    return { ...listing, swept: ended };
  }

  #report(foreign: readonly Scid[]): void {
    const isNew = foreign.some((name) => !this.#foreign.includes(name));
    this.#foreign = foreign;
    if (isNew)
      this.#parts.log(
        'info',
        `sling has jobs of others, their channels are left alone: ${foreign.join(', ')}`,
      );
  }

  /** Why nothing of ours may run on these channels now; undefined: it may. */
  #heldBack(channels: readonly ChannelId[]): string | undefined {
    const { clock, store } = this.#parts;
    if (!this.#isFull()) return 'the authority is below full';
    return store.locks
      .active(clock.now())
      .filter(({ scope }) => scope !== 'fees')
      .find(({ channelId }) => channelId === undefined || channels.includes(channelId))?.reason;
  }

  #isFull(): boolean {
    const { authority, dry_run } = this.#parts.config();
    return authority === 'full' && !dry_run;
  }

  /** One outstanding request is enough, if it comes no later. */
  #lookAgain(afterMs: number): void {
    const now = this.#parts.clock.elapsed();
    const due = now + afterMs;
    if (this.#nextLook > now && this.#nextLook <= due) return;
    this.#nextLook = due;
    this.#parts.lookAgain(afterMs);
  }

  async #identity(): Promise<NodeId> {
    this.#own ??= (await this.#parts.node.identity()).id;
    return this.#own;
  }
}

const notReady = (because: string): Readiness => ({ ready: false, because });
const refused = (cap: 'busy' | 'not_ready', because: string): OrderResult => ({
  kind: 'refused',
  cap,
  because,
});
