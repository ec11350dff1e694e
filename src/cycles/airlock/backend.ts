/** The backend as the airlock knows it: whether it may be trusted, what it has under way, and how a job is ended. */
import { backendRefusal } from '../../core/rebalance/backend-version.ts';
import type { ChannelId, Scid } from '../../core/units.ts';
import { UNKNOWN_COMMAND } from '../../ports/errors.ts';
import type { BackendJob, Rebalancer } from '../../ports/rebalancer.ts';
import type { RebalanceJob } from '../../ports/spending.ts';
import { type Answer, answerOf } from './answer.ts';

export type Listing = { readonly present: boolean; readonly jobs: readonly BackendJob[] };

export class Backend {
  readonly #rebalancer: Rebalancer;
  #version: string | undefined;

  constructor(rebalancer: Rebalancer) {
    this.#rebalancer = rebalancer;
  }

  /** As it last called itself; undefined: absent, or not asked since it may have changed. */
  get version(): string | undefined {
    return this.#version;
  }

  /** Plugins came or went: it may be another one now. */
  forget(): void {
    this.#version = undefined;
  }

  /** Why nothing may be ordered, as a sentence; undefined: it is there and new enough. */
  async refusal(): Promise<string | undefined> {
    if (this.#version === undefined) {
      const said = await answerOf(() => this.#rebalancer.version());
      if (said.kind === 'answer') this.#version = said.value;
      else if (isAbsent(said)) return 'sling is not installed or not running';
      else return `sling does not say its version: ${said.because}`;
    }
    return backendRefusal(this.#version);
  }

  /** Without the backend there are no jobs: those it had ended with it. undefined: it does not answer. */
  async list(): Promise<Listing | undefined> {
    const said = await answerOf(() => this.#rebalancer.jobs());
    if (said.kind === 'answer') return { present: true, jobs: said.value };
    return isAbsent(said) ? { present: false, jobs: [] } : undefined;
  }

  start(order: Parameters<Rebalancer['start']>[0]): Promise<Answer<void>> {
    return answerOf(() => this.#rebalancer.start(order));
  }

  /** Stops the channel's job and takes it out of the backend's memory: how many ran; undefined: not both were answered. */
  async end(channel: Scid): Promise<number | undefined> {
    const stop = await answerOf(() => this.#rebalancer.stop(channel));
    if (stop.kind !== 'answer' && !isAbsent(stop)) return undefined;
    const remove = await answerOf(() => this.#rebalancer.remove(channel));
    if (remove.kind !== 'answer' && !isAbsent(remove)) return undefined;
    return stop.kind === 'answer' ? stop.value : 0;
  }
}

const isAbsent = (said: Answer<unknown>): boolean =>
  said.kind === 'refused' && said.code === UNKNOWN_COMMAND;

export type NameOf = (name: Scid) => ChannelId | undefined;

/** Listed on the channel the job was ordered for. */
export const isOnChannelOf = (listed: BackendJob, job: RebalanceJob, channelOf: NameOf): boolean =>
  listed.channel === job.scid || channelOf(listed.channel) === job.destination;

/** Has the shape of the order; what is left of the total may be listed instead of the whole. */
export const isOrderOf = (listed: BackendJob, job: RebalanceJob, channelOf: NameOf): boolean =>
  isOnChannelOf(listed, job, channelOf) &&
  listed.direction === 'pull' &&
  listed.total !== undefined &&
  listed.total <= job.amount &&
  listed.chunk === job.chunk &&
  listed.maxPpm === job.maxPpm;
