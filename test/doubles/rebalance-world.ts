/**
 * A node of four channels for the rebalance cycle: 1 sells and is empty, 2 and 3 are full, 4 stands in the middle. The
 * memory is the real one; the airlock does what a test tells it.
 */
import { resolve } from '../../src/config/resolve.ts';
import type { ConfigSnapshot } from '../../src/config/snapshot.ts';
import type { RebalancePlan } from '../../src/core/rebalance/types.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  HOUR_MS,
  type Msat,
  msat,
  type NodeId,
  ppm,
  unixMs,
} from '../../src/core/units.ts';
import type { ChainView } from '../../src/cycles/chain-cycle.ts';
import { FeeLooker } from '../../src/cycles/fee-look.ts';
import { measure } from '../../src/cycles/flow-cycle.ts';
import { RebalanceCommands } from '../../src/cycles/rebalance-commands.ts';
import { RebalanceCycle } from '../../src/cycles/rebalance-cycle.ts';
import { RebalanceLooker } from '../../src/cycles/rebalance-look.ts';
import type {
  Airlock,
  JobOrder,
  OrderResult,
  Readiness,
} from '../../src/cycles/rebalance-services.ts';
import { SaleEvidence } from '../../src/cycles/sale-evidence.ts';
import { SlotWatch } from '../../src/cycles/slot-watch.ts';
import type { Forward, PeerChannel } from '../../src/ports/node.ts';
import type { NewJob, RebalanceJob } from '../../src/ports/spending.ts';
import type { NewDecision } from '../../src/ports/store.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import { ManualClock } from './manual-clock.ts';
import { RecordedPayments } from './payment-records.ts';
import { channelId, knownAs, nodeId, peerChannel, scid } from './peer-channel.ts';
import { PricedNode } from './priced-node.ts';

const MINUTE_MS = 60_000;
const START = unixMs(1_790_000_000_000);
const CAPACITY = fromSat(10_000_000);
const fail = (problem: unknown): never => {
  throw new Error(String(problem));
};

/** Holds the job in the real memory and says what the test wants. */
class TestAirlock implements Airlock {
  readonly orders: JobOrder[] = [];
  ready: Readiness = { ready: true };
  /** What it answers instead of taking the order. */
  answer: OrderResult | undefined;
  /** Called after the hold and before the answer. */
  before: () => Promise<void> = async () => undefined;
  readonly #world: RebalanceWorld;

  constructor(world: RebalanceWorld) {
    this.#world = world;
  }

  async readiness(): Promise<Readiness> {
    return this.ready;
  }
  async order(order: JobOrder): Promise<OrderResult> {
    this.orders.push(order);
    if (this.answer) return this.answer;
    const { job } = this.#world.hold(order);
    if (!job) return { kind: 'refused', cap: 'busy', because: 'busy' };
    await this.before();
    return { kind: 'ordered', job, state: 'running' };
  }
  async watch(): Promise<void> {}
  async stopAll(): Promise<void> {}
}

export class RebalanceWorld {
  readonly clock = new ManualClock(START);
  readonly store = openStore(':memory:', { onProblem: fail });
  readonly payments = new RecordedPayments();
  readonly told: NewDecision[] = [];
  /** Settled by hand. */
  readonly settled: RebalanceJob[] = [];
  readonly late: unknown[] = [];
  readonly airlock = new TestAirlock(this);
  /** false: below authority `full`. */
  full = true;
  foreign: readonly string[] = [];
  config: ConfigSnapshot = {
    ...resolve(new Map(), { version: 1, values: new Map() }).snapshot,
    authority: 'full',
    dry_run: false,
  };
  #sales = 0;
  readonly node: PricedNode;
  readonly looker: RebalanceLooker;
  readonly cycle: RebalanceCycle;
  readonly commands: RebalanceCommands;

  constructor(channels: readonly PeerChannel[] = FOUR) {
    const { clock, store } = this;
    this.node = new PricedNode(channels);
    const config = () => this.config;
    const looker = this.feeLooker();
    const airlock = () => (this.full ? this.airlock : undefined);
    const notify = (decision: NewDecision) => void this.told.push(decision);
    this.looker = new RebalanceLooker({
      looker,
      node: this.node,
      payments: this.payments,
      store,
      clock,
      ledgerNow: () => clock.now(),
      config,
      foreign: () => this.foreign,
      log: () => undefined,
    });
    const log = () => undefined;
    this.cycle = new RebalanceCycle({
      looker: this.looker,
      airlock,
      store,
      clock,
      config,
      log,
      notify,
    });
    this.commands = new RebalanceCommands({
      looker: this.looker,
      airlock,
      withoutAirlock: () => 'authority is observe',
      backend: () => ({ readiness: this.airlock.ready, backend: 'v4.3.1', foreign: this.foreign }),
      store,
      clock,
      ledgerNow: () => clock.now(),
      config,
      notify,
      onSettled: (job) => void this.settled.push(job),
      onLate: (error) => void this.late.push(error),
    });
    this.#remember(channels);
  }

  /** What the fee cycle looks with, at a price of block space. */
  feeLooker(chain: Partial<ChainView> = {}): FeeLooker {
    const { node, store, clock } = this;
    return new FeeLooker({
      node,
      store,
      clock,
      config: () => this.config,
      chain: () => ({ satPerVbyte: 1, stale: false, intensity: 0, ...chain }),
      slots: new SlotWatch((name) => store.channels.resolve(name)),
      sales: new SaleEvidence(store),
      onPicture: () => undefined,
    });
  }

  /** Channel `n` sells `count` times 200 000 sat within the last ten days, at 1000 ppm. */
  sells(n: number, count = 12, days = 10): void {
    const rows = Array.from({ length: count }, (_, i) =>
      sold(n, ++this.#sales, this.clock.now() - ((i + 1) * days * DAY_MS) / (count + 1)),
    );
    this.store.forwards.storeEvents(rows, this.clock.now());
  }

  /** Time goes by while we run. */
  passes(ms: number): void {
    for (let left = ms; left > 0; left -= MINUTE_MS) {
      this.clock.move(Math.min(left, MINUTE_MS));
      this.store.peers.heartbeat(this.clock.now());
    }
  }

  /** Opens the job of an order as the airlock would. */
  hold(order: JobOrder, change: Partial<NewJob> = {}) {
    const { plan, kind, subject, decisionId } = order;
    const destination = this.node.channels.find((one) => one.channelId === plan.destination);
    if (!destination?.scid) throw new Error('no such channel');
    const job: NewJob = {
      kind,
      subject,
      destination: plan.destination,
      destinationPeer: destination.peerId,
      scid: destination.scid,
      sources: plan.sources,
      amount: plan.amount,
      chunk: plan.chunk,
      maxPpm: plan.maxPpm,
      cap: plan.cap,
      expectedIncome: plan.income,
      expectedLoss: plan.loss,
      decisionId,
      deadlineMs: 7_200_000,
      ...change,
    };
    const at = this.clock.now();
    const because = 'a test says so';
    return this.store.spending.open(job, () => ({ kind: 'granted', hold: job.cap, because }), {
      wall: at,
      ledger: at,
    });
  }

  /** The last entry about channel `n`. */
  said(n: number, kind: NewDecision['kind'] = 'rebalance') {
    return this.store.journal.latest(channelId(n), 1, kind)[0];
  }

  #remember(channels: readonly PeerChannel[]): void {
    const { store } = this;
    store.channels.learn(channels.map(knownAs), [], START);
    for (const { peerId } of channels) this.#online(peerId);
    store.peers.heartbeat(START);
    const hours = new Map(channels.map((one) => [one.channelId, 24]));
    for (let day = 9; day >= 0; day--) store.peers.addRoutable(hours, unixMs(START - day * DAY_MS));
    this.sells(1);
    this.measure();
  }

  /** What the flow cycle does. */
  measure(): void {
    const at = this.clock.now();
    const settings = { windowDays: 7, graceDays: 14 };
    this.store.flow.save(measure(this.store, this.node.channels, settings, at), at);
  }
  #online(peerId: NodeId): void {
    this.store.peers.recordConnection(peerId, true, unixMs(START - 20 * DAY_MS));
  }
}

/** Of 10 M sat, `ours` of them ours, at `rate` ppm, to peer `peer`. */
export function sized(n: number, ours: number, rate = 500, peer = n): PeerChannel {
  const toUs = fromSat(ours);
  const left: Msat = msat(CAPACITY - toUs);
  return peerChannel(n, {
    peerId: nodeId(peer),
    capacity: CAPACITY,
    toUs,
    spendable: toUs,
    receivable: left,
    maxAcceptedHtlcs: 483,
    ours: { base: msat(0n), ppm: ppm(rate), htlcMin: msat(1n), htlcMax: CAPACITY },
    stateChanges: [
      {
        at: unixMs(START - 400 * DAY_MS),
        from: 'CHANNELD_AWAITING_LOCKIN',
        to: 'CHANNELD_NORMAL',
      },
    ],
  });
}
const FOUR: readonly PeerChannel[] = [
  sized(1, 100_000, 1000),
  sized(2, 8_000_000),
  sized(3, 7_000_000),
  sized(4, 500_000),
];

const sold = (out: number, id: number, at: number): Forward => ({
  createdIndex: id,
  updatedIndex: id,
  inChannel: String(scid(2 + (id % 3))),
  inHtlcId: BigInt(id),
  outChannel: String(scid(out)),
  inMsat: msat(200_200_000n),
  outMsat: msat(200_000_000n),
  feeMsat: msat(200_000n),
  status: 'settled',
  failReason: undefined,
  paymentHash: undefined,
  receivedAt: unixMs(at - HOUR_MS / 3600),
  resolvedAt: unixMs(at),
});

/** The channel that sells. */
export const ONE = channelId(1);
/** A plan nobody made by a rule. */
export const anyPlan = (destination: ChannelId): RebalancePlan => ({
  destination,
  sources: [channelId(2)],
  amount: fromSat(400_000),
  chunk: fromSat(400_000),
  maxPpm: ppm(100),
  cap: fromSat(40),
  income: msat(0n),
  loss: msat(0n),
  inboundPpm: 100,
});
