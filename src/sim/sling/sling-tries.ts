/** One step of a running job: is there anything to do, by which channel, and for how long to wait after it. */
import { sure } from '../identities.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { Market, MarketEvent, SimChannel } from '../market/market.ts';
import type { SlingMode, SlingOrder } from './sling-order.ts';
import type { SlingRecords } from './sling-records.ts';
import type { RunningTask, SlingStatus } from './sling-task.ts';

/** sling looks every second while it has no candidate and no route; a minute changes nothing here but the speed. */
const LOOK_AGAIN_MS = 60_000;
const TOO_DEAR_MS = 600_000;
const BALANCED_MS = 600_000;
const NEXT_MS = 1_000;
/** A payment that hangs is looked after this often. */
const HANGING_MS = 60_000;
/** After so many failures in a row sling knows no way left that is cheap enough, until its knowledge is old. */
const FAILURES_IN_A_ROW = 3;
/** A candidate keeps this much beyond the chunk, msat. */
const MARGIN_MSAT = 10_000_000;
const TARGET = 0.5;
/** What `shortchanges` takes: 1 %. */
const SHORT_DIVISOR = 100;

/** `ms` undefined: for ever. */
type Rest = { readonly status: SlingStatus; readonly ms: number | undefined };
type Way = { readonly from: number; readonly to: number; readonly partner: number };

export class SlingTries {
  #market: Market;
  #records: SlingRecords;

  constructor(market: Market, records: SlingRecords) {
    this.#market = market;
    this.#records = records;
  }

  /** Tries, or finds a reason not to; sets when the task wakes next, always later than now, or ends it. */
  step(task: RunningTask, mode: SlingMode, emit: (event: MarketEvent) => void): void {
    if (mode === 'lies about success') this.#pretend(task);
    const rest = this.#reasonToRest(task, mode) ?? this.#tryInTurn(task, mode, emit);
    if (rest === undefined) return;
    task.status = rest.status;
    if (rest.ms === undefined) task.active = false;
    else task.wakeAt = this.#market.now() + rest.ms;
  }

  #reasonToRest(task: RunningTask, mode: SlingMode): Rest | undefined {
    const { order } = task;
    if (task.inFlight !== undefined) return { status: 'Rebalancing', ms: HANGING_MS };
    if (mode === 'stalls') return { status: 'Rebalancing', ms: LOOK_AGAIN_MS };
    if (isDone(task, mode)) return { status: 'Balanced', ms: undefined };
    if (task.failedInARow >= FAILURES_IN_A_ROW) {
      task.failedInARow = 0;
      return { status: 'NoCheapRoute', ms: TOO_DEAR_MS };
    }
    const channel = this.#market.channels()[order.channel];
    if (channel === undefined || channel.closed) return { status: 'ChanNotNormal', ms: undefined };
    if (isBalanced(order, channel)) return { status: 'Balanced', ms: BALANCED_MS };
    if (!channel.connected) return { status: 'Disconnected', ms: LOOK_AGAIN_MS };
    return undefined;
  }

  /** Says it moved everything at half the price it might have paid; nothing left us. */
  #pretend(task: RunningTask): void {
    const { channel, chunk, total = 0, maxPpm, candidates } = task.order;
    if (task.inFlight !== undefined) return;
    const fee = Math.floor((chunk * maxPpm) / 2e6);
    const partner = candidates[0] ?? channel;
    for (; task.moved < total; task.moved += chunk) {
      task.spent += fee;
      this.#records.succeeded(channel, { at: this.#market.now(), amount: chunk, fee, partner });
    }
  }

  /** Ways by the candidates that may be used, the cheapest by gossip first. */
  #ways(order: SlingOrder): readonly Way[] {
    const { channel, direction, chunk } = order;
    const channels = this.#market.channels();
    const ways = order.candidates
      .filter((one) => one !== channel && mayBeUsed(order, channels[one]))
      .map((partner) =>
        direction === 'pull'
          ? { from: partner, to: channel, partner }
          : { from: channel, to: partner, partner },
      );
    const priced = ways.map((way) => ({
      way,
      ppm: this.#market.circularPpm?.(way.from, way.to, chunk) ?? 0,
    }));
    return priced.sort((a, b) => a.ppm - b.ppm).map(({ way }) => way);
  }

  /** undefined: a payment is on its way. */
  #tryInTurn(
    task: RunningTask,
    mode: SlingMode,
    emit: (event: MarketEvent) => void,
  ): Rest | undefined {
    const { chunk, maxPpm } = task.order;
    const ways = this.#ways(task.order);
    if (ways.length === 0) return { status: 'NoCandidates', ms: LOOK_AGAIN_MS };
    let tooDear = false;
    for (const way of ways) {
      const { from, to, partner } = way;
      const attempt = { from, to, amount: chunk, maxPpm, ...this.#bent(way, chunk, mode) };
      const answer = this.#market.circular?.(attempt, emit);
      if (answer?.kind === 'offered') {
        task.inFlight = answer.paymentHash;
        task.partner = partner;
        task.status = 'Rebalancing';
        task.wakeAt = answer.endsAt + NEXT_MS;
        return undefined;
      }
      tooDear ||= answer?.kind === 'too dear';
    }
    return tooDear
      ? { status: 'NoCheapRoute', ms: TOO_DEAR_MS }
      : { status: 'NoRoutes', ms: LOOK_AGAIN_MS };
  }

  /** How a bad mode spoils an attempt. */
  #bent(way: Way, chunk: number, mode: SlingMode): { arrivesOn?: number; arrivesShortBy?: number } {
    if (mode === 'shortchanges') return { arrivesShortBy: Math.floor(chunk / SHORT_DIVISOR) };
    if (mode !== 'wrong parallel channel') return {};
    const channels = this.#market.channels();
    const { peerId } = sure(channels[way.to], 'destination');
    const other = channels.find(
      ({ index, peerId: peer, closed }) =>
        peer === peerId && index !== way.to && index !== way.from && !closed,
    );
    return other === undefined ? {} : { arrivesOn: other.index };
  }

  /** How the task's payment ended. */
  heard(task: RunningTask, event: CircularEvent): void {
    if (event.phase === 'offered') return;
    const { channel, chunk } = task.order;
    const payment = { at: event.at, amount: chunk, partner: task.partner ?? channel };
    task.inFlight = undefined;
    if (event.phase === 'failed') {
      task.failedInARow++;
      this.#records.failed(channel, { ...payment, fee: 0 });
      return;
    }
    const fee = event.sentMsat - event.amountMsat;
    task.failedInARow = 0;
    task.moved += chunk;
    task.spent += fee;
    this.#records.succeeded(channel, { ...payment, fee });
  }
}

/** A once job ends when another chunk would be more than was asked for. */
function isDone({ order, moved }: RunningTask, mode: SlingMode): boolean {
  const { chunk, total } = order;
  if (total === undefined) return false;
  const asked = mode === 'delivers short' ? Math.floor(total / chunk / 2) * chunk : total;
  return moved + chunk > asked;
}

/** Whatever the job, a destination without room for a chunk is balanced for sling. */
function isBalanced({ direction, chunk, total, target = TARGET }: SlingOrder, channel: SimChannel) {
  const { toUs, capacity, receivable, spendable } = channel;
  const room = direction === 'pull' ? receivable : spendable;
  const filled = (direction === 'pull' ? toUs : capacity - toUs) / capacity;
  return room < chunk || (total === undefined && filled >= target);
}

/** sling's depletion guard; it does not look at whose channel it is. */
function mayBeUsed(order: SlingOrder, candidate: SimChannel | undefined): boolean {
  if (candidate === undefined || candidate.closed || !candidate.connected) return false;
  const { direction, chunk, keepShare, keepAmount } = order;
  const { toUs, capacity } = candidate;
  const balance = direction === 'pull' ? toUs : capacity - toUs;
  return balance > Math.max(chunk + MARGIN_MSAT, Math.min(keepShare * capacity, keepAmount));
}
