/**
 * Every method over the socket, in each style in which lightning-cli sends it, checked and then done; every answer
 * against what its method declares (SPEC 7.3).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, laterBy, type UnixMs } from '../../src/core/units.ts';
import type { RevenueMethod } from '../../src/rpc/method.ts';
import { METHODS } from '../../src/rpc/methods.ts';
import { RpcClient } from '../../src/sim/embedded-node/client.ts';
import { asRecord, toJson } from '../../src/sim/embedded-node/json-text.ts';
import { ancestorFile } from '../doubles/ancestor-file.ts';
import type { Life } from '../e2e/harness.ts';
import { rebalancingLife, rows } from '../e2e/rebalance-world.ts';
import { type AnswerCheck, answerCheck } from './answer-check.ts';
import { type Place, STOPS, type Stop } from './stops.ts';

/** `words`: what must be there by position, the rest as `name=value`, as the documents write it. */
export const STYLES = ['positional', 'words', 'named'] as const;
export type Style = (typeof STYLES)[number];

export type Visited = {
  readonly method: string;
  readonly calls: number;
  /** How many ways of calling it were used. */
  readonly styles: number;
  readonly unexpected: readonly string[];
};

/** A problem is told in so many characters. */
const LONGEST = 300;
/** Words of a policy: every value is tried where policies are tested. */
const TOLD_ELSEWHERE = new Set(['strategy', 'rebalance', 'rebalance_mode']);

type Args = Readonly<Record<string, unknown>>;
type Params = readonly unknown[] | Args;

const given = (args: Args): Args =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));

/** Names of the parameters that must be there. */
const needed = ({ parameters }: RevenueMethod): readonly string[] =>
  parameters.filter(({ optional }) => !optional).map(({ name }) => name);

const word = (value: unknown): string =>
  typeof value === 'object' ? toJson(value) : String(value);

/** The parameters of a stop as lightning-cli sends them. */
export function paramsOf(method: RevenueMethod, { args = {}, list }: Stop, style: Style): Params {
  switch (style) {
    case 'named':
      return given(args);
    case 'positional': {
      if (list) return list;
      const names = method.parameters.map(({ name }) => name);
      const last = names.findLastIndex((name) => Object.hasOwn(args, name));
      return names.slice(0, last + 1).map((name) => args[name] ?? null);
    }
    case 'words': {
      const first = needed(method);
      const rest = Object.entries(given(args)).filter(([name]) => !first.includes(name));
      return [
        ...first.map((name) => args[name]),
        ...rest.map(([name, value]) => `${name}=${word(value)}`),
      ];
    }
  }
}

export const checkOf = (method: string, params: Params): Params =>
  Array.isArray(params) ? [method, ...params] : { command_to_check: method, ...params };

/** A node with four channels, half of each ours, sling beside it; a fee cycle has run. */
export async function tourLife(): Promise<Life> {
  const life = await rebalancingLife();
  furnish(life);
  return life;
}

/** What the stops expect to find beside the node. */
export function furnish(life: Life): void {
  ancestorFile(join(life.folder, 'old.db'), 'v2.2', {
    config_overrides: [{ key: 'rebalance_max_amount', value: '400000', version: 1, updated_at: 1 }],
  });
  mkdirSync(join(life.folder, 'copies'));
}

const dayOf = (at: UnixMs): string => new Date(at).toISOString().slice(0, 10);

/** What the stops of one round talk of. */
export async function placeIn(life: Life, round: number): Promise<Place> {
  const [newest] = rows((await life.call('revenue-status')).recent_fee_changes);
  return {
    scid: (index) => life.channel(index).scid,
    peer: (index) => life.channel(index).peerId,
    stranger: `02${String(round).repeat(64)}`,
    folder: join(life.folder, 'copies'),
    ancestor: join(life.folder, 'old.db'),
    day: dayOf(laterBy(life.now, -DAY_MS)),
    month: dayOf(laterBy(life.now, -31 * DAY_MS)).slice(0, 7),
    change: Number(newest?.id ?? 1),
    cycle: Number(newest?.cycle ?? 1),
    round,
  };
}

/** All methods with all their stops, once in each style. */
export async function tour(life: Life): Promise<readonly Visited[]> {
  const client = new RpcClient(life.node.socketPath);
  const guides = METHODS.map((method) => new Guide(method, client));
  for (const [round, style] of STYLES.entries()) {
    const place = await placeIn(life, round);
    for (const [name, stops] of Object.entries(STOPS))
      await guides.find(({ method }) => method.name === name)?.visit(stops(place), style);
  }
  const place = await placeIn(life, 0);
  for (const guide of guides) await guide.lookForMore(STOPS[guide.method.name]?.(place) ?? []);
  return guides.map((guide) => guide.visited());
}

/** Of one method. */
class Guide {
  readonly method: RevenueMethod;
  readonly #client: RpcClient;
  readonly #fits: AnswerCheck;
  readonly #unexpected: string[] = [];
  readonly #styles = new Set<string>();
  #calls = 0;

  constructor(method: RevenueMethod, client: RpcClient) {
    this.method = method;
    this.#client = client;
    this.#fits = answerCheck(method);
  }

  async visit(stops: readonly Stop[], style: Style): Promise<void> {
    for (const stop of stops) {
      const params = paramsOf(this.method, stop, style);
      this.#styles.add(style).add(`check ${style}`);
      await this.#check(params);
      await this.#call(params, stop);
    }
  }

  visited(): Visited {
    return {
      method: this.method.name,
      calls: this.#calls,
      styles: this.#styles.size,
      unexpected: this.#unexpected,
    };
  }

  #note(params: Params, problem: string): void {
    this.#unexpected.push(`${this.method.name} ${toJson(params)}: ${problem}`.slice(0, LONGEST));
  }

  /** The answer; undefined when it was an error, which is noted unless `refused` takes it. */
  async #ask(name: string, params: Params, refused?: (because: string) => void): Promise<unknown> {
    this.#calls += 1;
    try {
      return await this.#client.call(name, params);
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      if (refused) refused(because);
      else this.#note(params, because);
      return undefined;
    }
  }

  async #check(params: Params): Promise<void> {
    const { name } = this.method;
    const answer = await this.#ask('check', checkOf(name, params));
    if (answer !== undefined && asRecord(answer)?.command_to_check !== name)
      this.#note(params, `check says ${toJson(answer)}`);
  }

  async #call(params: Params, { status }: Stop): Promise<void> {
    const answer = await this.#ask(this.method.name, params);
    if (answer === undefined) return;
    const wrong = this.#fits(answer);
    if (wrong !== undefined) this.#note(params, wrong);
    if (status && !status.includes(String(asRecord(answer)?.status)))
      this.#note(params, `not ${status.join(' or ')}: ${toJson(answer)}`);
  }

  /** A parameter, or a word that one of them may be, that no stop names is a hole in the tour. */
  async lookForMore(stops: readonly Stop[]): Promise<void> {
    if (stops.length === 0) this.#note([], 'the tour does not stop there');
    const all = stops.map(({ args = {} }) => given(args));
    for (const { name } of this.method.parameters) {
      const said = all.flatMap((args) => (name in args ? [String(args[name])] : []));
      if (said.length === 0) this.#note([name], 'no stop says it');
      const words = await this.#wordsOf(name, all[0] ?? {});
      const unsaid = words.filter((one) => !said.includes(one));
      if (unsaid.length > 0 && !TOLD_ELSEWHERE.has(name))
        this.#note([name], `no stop says ${unsaid.join(', ')}`);
    }
  }

  /** What a parameter may be, from the refusal of a word that none can be. */
  async #wordsOf(name: string, args: Args): Promise<readonly string[]> {
    let words: readonly string[] = [];
    const wrong = { ...args, [name]: 'no-such-word' };
    await this.#ask('check', checkOf(this.method.name, wrong), (because) => {
      const found = new RegExp(`^${name}: must be one of ([a-z_, -]+), not`).exec(because);
      words = found?.[1]?.split(', ') ?? [];
    });
    return words;
  }
}
