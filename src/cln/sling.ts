import { type Msat, msat, type Scid, satFloor } from '../core/units.ts';
import { Bug, NodeRefused, RetryLater, UNKNOWN_COMMAND } from '../ports/errors.ts';
import type {
  BackendJob,
  OrderPlacer,
  RebalanceBackend,
  RebalanceOrder,
} from '../ports/rebalancer.ts';
import {
  readAtWork,
  readBackendVersion,
  readDeleted,
  readJobs,
  readStarted,
  readStopped,
} from './calls/sling-answers.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { NodeCaller } from './rpc-client.ts';

/** It waits until the last payment of the job ended: `sling-timeoutpay`, 120 s. */
const STOP_TIMEOUT_MS = 150_000;
const TIMEOUT_MS = 30_000;
/** Far more than all jobs together ask for. */
const MOST_CALLS = 64;
/** lightningd stops while sling has the question: what it did is not known. */
const NODE_STOPS = -5;
/** Older versions refuse to stop or delete what is not there; newer ones just say so. */
const NO_SUCH_JOB = /no job running|no jobs found|not found in jobs/i;

/**
 * sling behind its commands (SPEC 4.7). All of them wait behind one lock of its own, so they are asked one after
 * another. A once-job is in no list of sling's, only its task among the statistics: what we ordered is remembered
 * here. After a restart of ours it is not, and what still runs shows nowhere: the caller stops what it ordered before.
 */
export class SlingRebalancer implements RebalanceBackend {
  readonly #node: NodeCaller;
  readonly #line = new OneAtATime('sling', MOST_CALLS);
  /** By destination: said or believed to be started, and not stopped by us since. */
  readonly #ordered = new Map<Scid, RebalanceOrder>();

  constructor(node: NodeCaller) {
    this.#node = node;
  }

  version(): Promise<string> {
    return this.#line.run(async () => readBackendVersion(await this.#ask('sling-version', {})));
  }

  jobs(): Promise<readonly BackendJob[]> {
    return this.#line.run(async () => {
      const lasting = readJobs(await this.#ask('sling-jobsettings', {}));
      return [...lasting, ...(await this.#ours()).map(asJob)];
    });
  }

  /** Makes the one object that can order. */
  orders(): OrderPlacer {
    return { start: (order) => this.#start(order) };
  }

  /** The job runs until all is moved, it is stopped or sling ends; out of routes it goes on trying. */
  async #start(order: RebalanceOrder): Promise<void> {
    const params = onceParams(order);
    await this.#line.run(async () => {
      const before = this.#ordered.get(order.destination);
      this.#ordered.set(order.destination, order);
      try {
        readStarted(await this.#ask('sling-once', params));
      } catch (error) {
        if (error instanceof NodeRefused) this.#recall(order.destination, before);
        throw error;
      }
    });
  }

  stop(channel: Scid): Promise<number> {
    return this.#line.run(async () => {
      // A job ordered a moment ago enters the list after it was said to be started: nothing there is asked twice.
      const stopped = (await this.#stopOnce(channel)) || (await this.#stopOnce(channel));
      this.#ordered.delete(channel);
      return stopped;
    });
  }

  /** Stops it first, so it may take as long. */
  remove(channel: Scid): Promise<void> {
    const params = { job: channel, delete_stats: false };
    return this.#line.run(async () => {
      try {
        readDeleted(await this.#ask('sling-deletejob', params, STOP_TIMEOUT_MS));
      } catch (error) {
        if (!isNothingThere(error)) throw error;
      }
      this.#ordered.delete(channel);
    });
  }

  /** Orders of ours that are at work. */
  async #ours(): Promise<readonly RebalanceOrder[]> {
    const ordered = [...this.#ordered.values()];
    if (ordered.length === 0) return [];
    try {
      const atWork = readAtWork(await this.#ask('sling-stats', { json: true }));
      return ordered.filter(({ destination }) => atWork.has(destination));
    } catch (error) {
      // It may fail over its own files. Then they are believed to run: the caller's deadline ends them.
      if (error instanceof NodeRefused) return ordered;
      throw error;
    }
  }

  #recall(channel: Scid, before: RebalanceOrder | undefined): void {
    if (before) this.#ordered.set(channel, before);
    else this.#ordered.delete(channel);
  }

  async #stopOnce(channel: Scid): Promise<number> {
    try {
      const answer = await this.#ask('sling-stop', { scid: channel }, STOP_TIMEOUT_MS);
      return readStopped(answer);
    } catch (error) {
      // Its once-jobs die with sling: where it does not run, nothing of them does.
      if (isNothingThere(error) || isUnknownCommand(error)) return 0;
      throw error;
    }
  }

  async #ask(method: string, params: object, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    try {
      return await this.#node.call(method, params, { group: 'sling', timeoutMs });
    } catch (error) {
      if (!(error instanceof NodeRefused) || error.code !== NODE_STOPS) throw error;
      throw new RetryLater(`${method}: ${error.message}`);
    }
  }
}

const isNothingThere = (error: unknown): boolean =>
  error instanceof NodeRefused && NO_SUCH_JOB.test(error.message);
const isUnknownCommand = (error: unknown): boolean =>
  error instanceof NodeRefused && error.code === UNKNOWN_COMMAND;

const asJob = (order: RebalanceOrder): BackendJob => ({
  channel: order.destination,
  direction: 'pull',
  chunk: order.chunk,
  total: order.total,
  maxPpm: order.maxPpm,
  sources: order.sources,
});

/** In sling's words: whole satoshi as plain numbers, by keyword. A malformed order is a Bug: it would spend wrongly. */
function onceParams(order: RebalanceOrder): object {
  const { destination, sources, chunk, total, maxPpm, keepShare, keepAmount } = order;
  // An empty list means "any channel" to sling.
  if (sources.length === 0) throw new Bug('a rebalance order without sources');
  if (sources.includes(destination)) throw new Bug('a rebalance order into its own source');
  if (chunk <= 0n || total <= 0n || total % chunk !== 0n)
    throw new Bug(`a rebalance of ${total} msat is not in whole chunks of ${chunk} msat`);
  if (!Number.isSafeInteger(maxPpm) || maxPpm < 0) throw new Bug(`maxppm ${maxPpm}`);
  if (!(keepShare >= 0 && keepShare < 1)) throw new Bug(`a source cannot keep ${keepShare}`);
  return {
    scid: destination,
    direction: 'pull',
    amount: wholeSat(chunk),
    maxppm: maxPpm,
    candidates: sources,
    onceamount: wholeSat(total),
    depleteuptopercent: keepShare,
    // Kept is rather more than less.
    depleteuptoamount: wholeSat(upToSat(keepAmount)),
    // Else the operator's `sling-paralleljobs` would have several chunks on their way at once.
    paralleljobs: 1,
  };
}

const upToSat = (amount: Msat): Msat => msat(((amount + 999n) / 1000n) * 1000n);

function wholeSat(amount: Msat): number {
  const sat = satFloor(amount);
  if (amount < 0n || amount % 1000n !== 0n || !Number.isSafeInteger(sat))
    throw new Bug(`${amount} msat is no amount in whole satoshi`);
  return sat;
}
