/**
 * cl-hive as it calls the revenue plugin (facts/neighbours.md §4.1, 4.2): by name, as `lightning-cli -k` sends it, with
 * five seconds for an answer, and a breaker that counts errors and silence but no refusal inside an answer.
 */
import { asRecord } from './json-text.ts';

/** lightning-cli's call; rejects for an RPC error. */
export type Call = (
  method: string,
  params: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

type HiveCall = {
  readonly method: string;
  readonly ms: number;
  /** error: an RPC error; late: beyond its limit; refused: its status says so. */
  readonly came: 'accepted' | 'refused' | 'error' | 'late';
  readonly answer: Readonly<Record<string, unknown>>;
};

const LIMIT_MS = 5000;
/** Errors in a row after which it gives us up for a minute. */
const BREAKER = 3;
const OLDEST = [1, 4] as const;
const ACCEPTED: ReadonlySet<unknown> = new Set([
  'success',
  'initiated',
  'pending',
  'running',
  undefined,
]);

export class HiveCaller {
  readonly calls: HiveCall[] = [];
  readonly #call: Call;
  #inARow = 0;
  #broken = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** It gave us up at some time. */
  get broken(): boolean {
    return this.#broken;
  }

  /** The longest any of its calls took, ms of the wall clock. */
  get slowestMs(): number {
    return Math.max(0, ...this.calls.map(({ ms }) => ms));
  }

  /** Its bridge: our path in the list of plugins, and our version. */
  async findsUs(): Promise<boolean> {
    const { plugins } = await this.#call('plugin', { subcommand: 'list' });
    const ours = (Array.isArray(plugins) ? plugins : [])
      .map(asRecord)
      .some((one) => one?.active === true && String(one.name).includes('cl-revenue-ops'));
    const { answer } = await this.ask('revenue-status', {});
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(String(answer.version)) ?? [];
    const version = [Number(major), Number(minor)] as const;
    return (
      ours && (version[0] > OLDEST[0] || (version[0] === OLDEST[0] && version[1] >= OLDEST[1]))
    );
  }

  member(peerId: string): Promise<HiveCall> {
    return this.policy({ peer_id: peerId, strategy: 'hive', rebalance: 'enabled' });
  }

  /** Neophytes, and on a ban or a leave. */
  dynamic(peerId: string): Promise<HiveCall> {
    return this.policy({ peer_id: peerId, strategy: 'dynamic' });
  }

  policy(given: Readonly<Record<string, unknown>>): Promise<HiveCall> {
    return this.ask('revenue-policy', { action: 'set', ...given });
  }

  /** Between members both ways are free: it sets that itself, whatever we do. */
  async zeroes(scid: string): Promise<void> {
    await this.#call('setchannel', { id: scid, feebase: 0, feeppm: 0 });
  }

  push(from: string, to: string, amountSats: number): Promise<HiveCall> {
    return this.ask('revenue-rebalance', {
      from_channel: from,
      to_channel: to,
      amount_sats: amountSats,
    });
  }

  /** Its settlement of a week. */
  week(): Promise<HiveCall> {
    return this.ask('revenue-dashboard', { window_days: 7 });
  }

  async ask(method: string, params: Readonly<Record<string, unknown>>): Promise<HiveCall> {
    const began = performance.now();
    const call = await this.#call(method, params).then(
      (answer) => ({ answer, came: came(answer) }),
      (error: unknown) => ({ answer: { error: String(error) }, came: 'error' as const }),
    );
    const ms = performance.now() - began;
    const made: HiveCall = { method, ms, ...call, ...(ms > LIMIT_MS ? { came: 'late' } : {}) };
    this.calls.push(made);
    this.#inARow = made.came === 'error' || made.came === 'late' ? this.#inARow + 1 : 0;
    if (this.#inARow >= BREAKER) this.#broken = true;
    return made;
  }
}

const came = ({ status, error }: Readonly<Record<string, unknown>>): 'accepted' | 'refused' =>
  ACCEPTED.has(status) && error === undefined ? 'accepted' : 'refused';
