/** Rebalancing behind the RPC methods: does what the real service promises, on channels and jobs in memory. */

import { destinationAs, LAW, sourceAs } from '../../src/core/rebalance/channel.fixture.ts';
import { planRebalances } from '../../src/core/rebalance/rebalance-sequence.ts';
import type {
  RebalancePlan,
  RebalanceSettings,
  RebalanceVerdict,
} from '../../src/core/rebalance/types.ts';
import {
  type ChannelId,
  fromSat,
  laterBy,
  type Msat,
  msat,
  type NodeId,
  ppm,
  type Scid,
  type UnixMs,
} from '../../src/core/units.ts';
import type {
  ManualAnswer,
  ManualRebalance,
  RebalancePreview,
  RebalanceService,
  SpendState,
} from '../../src/cycles/rebalance-services.ts';
import type { RebalanceJob } from '../../src/ports/spending.ts';

const MINUTE_MS = 60_000;

/** Two channels of one peer and one of another: the first can be filled from the last. */
export type RebalanceNames = {
  readonly at: UnixMs;
  readonly scid: Scid;
  readonly first: { readonly id: ChannelId; readonly peer: NodeId };
  readonly second: { readonly id: ChannelId; readonly peer: NodeId };
  readonly last: { readonly id: ChannelId; readonly peer: NodeId };
};

export class RebalanceDouble implements RebalanceService {
  /** What the caller is answered; undefined: it is initiated. */
  answer: ManualAnswer | undefined;
  /** Replaces parts of what state() says. */
  spending: Partial<SpendState> = {};
  readonly orders: ManualRebalance[] = [];
  readonly settled: { readonly id: number; readonly spent: Msat }[] = [];
  readonly #names: RebalanceNames;
  readonly #law: RebalanceSettings = LAW;
  #jobs: readonly RebalanceJob[];

  constructor(names: RebalanceNames) {
    this.#names = names;
    const ended = this.job(8, {
      state: 'settled',
      outcome: 'moved',
      because: 'all of it arrived',
      moved: fromSat(100_000),
      spent: msat(30_001n),
      payments: 2,
      endedAt: laterBy(names.at, -MINUTE_MS),
    });
    this.#jobs = [this.job(9, { state: 'unknown', because: 'no record of it was found' }), ended];
  }

  /** A job into the first channel from the last. */
  job(id: number, change: Partial<RebalanceJob> = {}): RebalanceJob {
    const { at, scid, first, last } = this.#names;
    return {
      id,
      kind: 'normal',
      subject: first.id,
      destination: first.id,
      destinationPeer: first.peer,
      scid,
      sources: [last.id],
      amount: fromSat(100_000),
      chunk: fromSat(50_000),
      maxPpm: ppm(400),
      cap: fromSat(40),
      expectedIncome: fromSat(90),
      expectedLoss: fromSat(10),
      decisionId: 3,
      deadlineMs: 120 * MINUTE_MS,
      state: 'running',
      createdAt: laterBy(at, -10 * MINUTE_MS),
      heldAt: laterBy(at, -10 * MINUTE_MS),
      endedAt: undefined,
      outcome: undefined,
      because: undefined,
      moved: msat(0n),
      spent: msat(5_000n),
      payments: 0,
      ...change,
    };
  }

  async order(request: ManualRebalance, check: boolean): Promise<ManualAnswer> {
    if (this.answer) return this.answer;
    const plan: RebalancePlan = {
      ...this.#plan(request.to),
      sources: [request.from],
      amount: request.amount,
      chunk: request.amount,
      cap: request.maxFee ?? fromSat(80),
    };
    if (check) return { kind: 'would', plan, because: 'it would be ordered' };
    this.orders.push(request);
    const job = this.job(10, { kind: 'manual', destination: request.to, sources: [request.from] });
    this.#jobs = [job, ...this.#jobs];
    return { kind: 'initiated', job, plan };
  }

  async preview(): Promise<RebalancePreview> {
    const { at, first, second, last } = this.#names;
    const channels = [
      destinationAs({ channelId: first.id, peerId: first.peer }),
      destinationAs({ channelId: second.id, peerId: second.peer, flow: 'SINK' }),
      sourceAs({ channelId: last.id, peerId: last.peer }),
    ];
    return {
      at,
      law: this.#law,
      nodeLock: undefined,
      locked: new Map(),
      channels,
      verdicts: planRebalances(channels, this.#law, at),
      diagnostics: [
        {
          channelId: second.id,
          verdict: { kind: 'refused', code: 'no_source', because: 'none may give', trail: [] },
        },
      ],
    };
  }

  state(): SpendState {
    return {
      readiness: { ready: false, because: 'sling is not there' },
      jobs: this.#jobs.filter(({ state }) => state !== 'settled'),
      caps: [
        { name: 'daily', limit: fromSat(5000), used: fromSat(47) },
        { name: 'weekly', limit: fromSat(20_000), used: fromSat(20_040) },
      ],
      funds: {
        confirmedOnchain: fromSat(2_000_000),
        spendable: fromSat(445_500),
        revenue24h: msat(1_234n),
      },
      backend: undefined,
      foreign: [],
      ...this.spending,
    };
  }

  jobs(limit: number): readonly RebalanceJob[] {
    return this.#jobs.slice(0, limit);
  }

  settle(id: number, spent: Msat, check: boolean): boolean {
    const found = this.#jobs.find((job) => job.id === id && job.state === 'unknown');
    if (found === undefined) return false;
    if (check) return true;
    this.settled.push({ id, spent });
    const ended = { ...found, state: 'settled' as const, outcome: 'moved' as const, spent };
    this.#jobs = this.#jobs.map((job) => (job.id === id ? ended : job));
    return true;
  }

  /** The inputs of this double are the code of a refusal, or the highest ppm of a plan. */
  replay(inputs: string): RebalanceVerdict {
    const { first } = this.#names;
    if (inputs === 'cool_down')
      return { kind: 'refused', destination: first.id, code: inputs, because: 'rests', trail: [] };
    if (!/^\d+$/.test(inputs)) throw new SyntaxError('the inputs are of another version');
    const plan = { ...this.#plan(first.id), maxPpm: ppm(Number(inputs)) };
    return { kind: 'plan', plan, trail: [] };
  }

  #plan(destination: ChannelId): RebalancePlan {
    const amount = fromSat(50_000);
    return {
      destination,
      sources: [this.#names.last.id],
      amount,
      chunk: amount,
      maxPpm: ppm(800),
      cap: fromSat(80),
      income: fromSat(200),
      loss: fromSat(20),
      inboundPpm: 300,
    };
  }
}
