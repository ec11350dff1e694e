/** A small node with a backend and its records around the airlock; the memory is the real one. */
import { resolve } from '../../src/config/resolve.ts';
import type { ConfigSnapshot } from '../../src/config/snapshot.ts';
import { type ChannelId, fromSat, msat, ppm, unixMs } from '../../src/core/units.ts';
import { SlingAirlock } from '../../src/cycles/airlock/airlock.ts';
import type { JobOrder } from '../../src/cycles/rebalance-services.ts';
import { SpendClock } from '../../src/cycles/spend-clock.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { Htlc, PeerChannel } from '../../src/ports/node.ts';
import type { RebalanceOrder, Rebalancer } from '../../src/ports/rebalancer.ts';
import type { RebalanceJob } from '../../src/ports/spending.ts';
import type { Store } from '../../src/ports/store.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import { InstantPacer, ManualClock } from './manual-clock.ts';
import { type PaymentAsked, RecordedPayments } from './payment-records.ts';
import { channelId, knownAs, nodeId, peerChannel, scid } from './peer-channel.ts';
import { RebalancerDouble } from './rebalancer.ts';

export const MINUTE_MS = 60_000;
export const HOURS_2 = 120 * MINUTE_MS;
export const CHUNK = fromSat(100_000);
/** 1 and 11 are of one peer; 2 and 3 give; 4 is another destination. */
export const [INTO, SOURCE, OTHER_SOURCE, OTHER_INTO, PARALLEL] = [1, 2, 3, 4, 11].map(
  channelId,
) as [ChannelId, ChannelId, ChannelId, ChannelId, ChannelId];
/** 300 000 sat at up to 300 ppm: 90 sat held. */
export const order = (
  change: Partial<JobOrder['plan']> = {},
  kind: JobOrder['kind'] = 'normal',
) => ({
  kind,
  subject: change.destination ?? INTO,
  decisionId: undefined,
  plan: {
    destination: INTO,
    sources: [SOURCE, OTHER_SOURCE],
    amount: fromSat(300_000),
    chunk: CHUNK,
    maxPpm: ppm(300),
    cap: fromSat(90),
    income: fromSat(200),
    loss: msat(0n),
    inboundPpm: 200,
    ...change,
  },
});

/** What stands between the airlock and everything outside; a test may put itself there. */
export type Border = {
  readonly rebalancer: (real: Rebalancer) => Rebalancer;
  readonly payments: (real: RecordedPayments) => RecordedPayments;
  readonly spending: (real: Store['spending']) => Store['spending'];
};
const OPEN: Border = {
  rebalancer: (real) => real,
  payments: (real) => real,
  spending: (real) => real,
};

const fail = (problem: string): never => {
  throw new Error(problem);
};

export class AirlockWorld {
  readonly clock = new ManualClock(unixMs(1_790_000_000_000));
  readonly store = openStore(':memory:', { onProblem: fail });
  readonly payments = new RecordedPayments();
  readonly sling = new RebalancerDouble();
  readonly lines: string[] = [];
  readonly alerts: string[] = [];
  readonly looks: number[] = [];
  readonly settled: RebalanceJob[] = [];
  channels: readonly PeerChannel[] = [1, 2, 3, 4].map((n) => peerChannel(n));
  leftOut = 0;
  peersSilent = false;
  /** Why the node is behind the chain. */
  syncing: string | undefined;
  syncAsked = 0;
  config: ConfigSnapshot = {
    ...resolve(new Map(), { version: 1, values: new Map() }).snapshot,
    authority: 'full',
    dry_run: false,
  };
  airlock: SlingAirlock;
  #underWay: readonly { readonly hash: string; readonly asked: PaymentAsked }[] = [];

  constructor() {
    this.channels = [...this.channels, peerChannel(11, { peerId: nodeId(1) })];
    this.store.channels.learn(this.channels.map(knownAs), [], this.clock.now());
    this.airlock = this.restart();
  }

  /** A new process over the same memory and the same world. */
  restart(border: Border = OPEN): SlingAirlock {
    const { store, clock } = this;
    const spendClock = new SpendClock(clock, store.spending.lastAt());
    this.airlock = new SlingAirlock({
      rebalancer: border.rebalancer(this.sling),
      payments: border.payments(this.payments),
      node: {
        peerChannels: async () => {
          if (this.peersSilent) throw new RetryLater('listpeerchannels: no answer');
          return this.channels;
        },
        identity: async () => ({
          id: this.payments.own,
          alias: 'us',
          network: 'regtest',
          version: 'v26.06',
          blockHeight: 1,
        }),
        synced: async () => {
          this.syncAsked += 1;
          if (this.peersSilent) throw new RetryLater('getinfo: no answer');
          return this.syncing;
        },
        leftOut: () => this.leftOut,
      },
      store: {
        spending: border.spending(store.spending),
        channels: store.channels,
        forwards: store.forwards,
        locks: store.locks,
      },
      clock,
      spendClock,
      pacer: new InstantPacer(),
      config: () => this.config,
      log: (level, text) => this.lines.push(`${level}: ${text}`),
      alert: (text) => this.alerts.push(text),
      lookAgain: (afterMs) => this.looks.push(afterMs),
      onSettled: (job) => this.settled.push(job),
    });
    return this.airlock;
  }

  order(asked: JobOrder = order()) {
    return this.airlock.order(asked, this.channels);
  }
  /** Lets time pass and looks after the jobs. */
  async watch(afterMs = MINUTE_MS): Promise<void> {
    this.clock.move(afterMs);
    await this.airlock.watch('test');
  }
  /** Every job in the backend moves a chunk at 200 ppm. */
  work(change: Partial<PaymentAsked> = {}): void {
    this.sling.work((one) => this.payments.pay(this.payment(one, change)));
  }
  payment(one: RebalanceOrder, change: Partial<PaymentAsked> = {}): PaymentAsked {
    const named = (name: string | undefined): ChannelId =>
      this.store.channels.resolve(name ?? '') ?? fail(`no channel ${name}`);
    return {
      out: named(one.sources[0]),
      in: named(one.destination),
      amount: one.chunk,
      fee: fromSat(20),
      at: this.clock.now(),
      ...change,
    };
  }
  /** A payment leaves and stays under way until `arrive`. */
  depart(asked: PaymentAsked): string {
    const hash = this.payments.begin(asked);
    this.hang(asked.out, hash);
    this.#underWay = [...this.#underWay, { hash, asked }];
    return hash;
  }
  arrive(): void {
    for (const { hash, asked } of this.#underWay) {
      this.payments.end(hash, 'complete');
      this.payments.record(hash, asked);
      this.hang(asked.out, undefined);
    }
    this.#underWay = [];
  }
  /** An HTLC of that payment hangs on the channel. */
  hang(on: ChannelId, paymentHash: string | undefined): void {
    const htlc: Htlc = {
      direction: 'out',
      id: 1n,
      amount: CHUNK,
      paymentHash: paymentHash ?? '',
      expiry: undefined,
    };
    this.channels = this.channels.map((one) =>
      one.channelId === on ? { ...one, htlcs: paymentHash === undefined ? [] : [htlc] } : one,
    );
  }
  job(id = 1): RebalanceJob {
    return this.store.spending.job(id) ?? fail(`no job ${id}`);
  }
  foreign(n: number): void {
    this.sling.foreign({
      channel: scid(n),
      direction: 'push',
      chunk: CHUNK,
      total: undefined,
      maxPpm: 50,
      sources: [],
    });
  }
}

/** What is held for all open jobs together, in msat. */
export const heldIn = (w: AirlockWorld): bigint =>
  w.store.spending.account().holds.reduce((sum, { amount }) => sum + amount, 0n);
