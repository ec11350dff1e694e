/**
 * Death at one exact call: before the node carries it out, or after that and before the answer leaves. From then on
 * nothing the dead plugin had still written is carried out, so each place between two steps can be tried once.
 */
import type { CallPhase, OnCalled } from '../../src/sim/embedded-node/dispatcher.ts';

type Call = Parameters<OnCalled>[0];

export type KillMoment = {
  /** The n-th call of the plugin's from now on, from 1; only those of `method` count when it is given. */
  readonly call: number;
  readonly phase: CallPhase;
  readonly method?: string | ReadonlySet<string>;
};

/** Calls of lightning-cli carry its name in their id; the others are the plugin's. */
const isOutsiders = ({ id }: Call): boolean => id.startsWith('"cli:');
/** Time passing is nothing the plugin does. */
const isTime = ({ method }: Call): boolean => method.startsWith('sim-');

const isMeant = ({ method }: KillMoment, call: Call): boolean =>
  typeof method === 'object' ? method.has(call.method) : (method ?? call.method) === call.method;

type Armed = {
  readonly moment: KillMoment;
  readonly done: (call: Call) => void;
  seen: number;
  chosen: Call | undefined;
};

export class KillAt {
  #armed: Armed | undefined;
  #dead = false;
  readonly #kill: () => void;

  /** `kill`: ends the process at once. */
  constructor(kill: () => void) {
    this.#kill = kill;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves with the call at which it was killed; a later moment replaces one not reached. */
  arm(moment: KillMoment): Promise<Call> {
    return new Promise((resolve) => {
      this.#armed = { moment, done: resolve, seen: 0, chosen: undefined };
    });
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** Another plugin lives in its place. */
  revived(): void {
    this.#dead = false;
  }

  readonly onCalled: OnCalled = (call, phase) => {
    if (isOutsiders(call)) return undefined;
    if (this.#dead) return 'lost';
    if (isTime(call) || this.#armed === undefined) return undefined;
    if (phase === 'before') this.#count(call, this.#armed);
    const { moment, chosen, done } = this.#armed;
    if (chosen !== call || moment.phase !== phase) return undefined;
    this.#armed = undefined;
    this.#dead = true;
    this.#kill();
    done(call);
    return 'lost';
  };

  #count(call: Call, armed: Armed): void {
    if (!isMeant(armed.moment, call)) return;
    armed.seen += 1;
    if (armed.seen === armed.moment.call) armed.chosen = call;
  }
}
