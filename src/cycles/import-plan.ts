/** Reads the Python plugin's database once, row by row, and says what would be taken. Nothing is written here. */
import type { Cells } from '../core/import/cells.ts';
import { DayBook, type PastDay } from '../core/import/day-book.ts';
import type { Horizon } from '../core/import/horizon.ts';
import { Newest } from '../core/import/newest.ts';
import { IMPORTED, judgeDaySum, judgeForward, Repeats } from '../core/import/past-forwards.ts';
import { judgeIgnored, judgePolicy, type PastPolicy } from '../core/import/past-policies.ts';
import { judgeSetting } from '../core/import/past-settings.ts';
import {
  judgeCost,
  judgeFeeChange,
  judgeRebalance,
  type PastCost,
  type PastFeeChange,
  type PastRebalance,
} from '../core/import/records.ts';
import { SeenKeys } from '../core/import/seen-keys.ts';
import { PartAccount, type Verdict } from '../core/import/verdict.ts';
import type { NodeId, UnixMs } from '../core/units.ts';
import { type AncestorDatabase, AncestorRefused, type AncestorTable } from '../ports/ancestor.ts';
import type { ImportStore } from '../ports/imports.ts';
import type { ConfigService } from './config-service.ts';
import { type AcceptedSetting, acceptSettings } from './import-settings.ts';
import type { PolicyService } from './policy-service.ts';
import type { Slices } from './slices.ts';

/** What the operator made of it since is not undone by reading the file again. */
const DECIDED = 'taken or set aside by an import before';
/** Rows a step: about a millisecond. */
const PAGE_ROWS = 200;
/** Kept of what is only history. */
const MOST_RECORDS = 100_000;
/** Forwards of which repeats are looked for. */
const MOST_FORWARDS = 2_000_000;
/** As many as there are keys, several times over. */
const MOST_SETTINGS = 1_000;

export const IMPORT_PARTS = [
  'forwards',
  'daily_stats',
  'rebalance_costs',
  'rebalances',
  'fee_changes',
  'policies',
  'ignored_peers',
  'settings',
] as const;
export type ImportPart = (typeof IMPORT_PARTS)[number];

export type ImportPlan = {
  readonly accounts: Readonly<Record<ImportPart, PartAccount>>;
  readonly days: readonly PastDay[];
  readonly costs: readonly PastCost[];
  readonly rebalances: readonly PastRebalance[];
  readonly feeChanges: readonly PastFeeChange[];
  readonly policies: readonly PastPolicy[];
  readonly settings: readonly AcceptedSetting[];
  /** What stood here already when the file was read: decided once, as what is taken. */
  readonly standing: { readonly policies: readonly NodeId[]; readonly settings: readonly string[] };
};

export type PlanParts = {
  readonly source: AncestorDatabase;
  readonly horizon: Horizon;
  readonly now: UnixMs;
  readonly slices: Slices;
  readonly store: ImportStore;
  readonly policies: Pick<PolicyService, 'isNew' | 'room'>;
  readonly config: ConfigService;
};

export class ImportPlanner {
  readonly #parts: PlanParts;
  readonly accounts: Readonly<Record<ImportPart, PartAccount>> = {
    forwards: new PartAccount(),
    daily_stats: new PartAccount(),
    rebalance_costs: new PartAccount(),
    rebalances: new PartAccount(),
    fee_changes: new PartAccount(),
    policies: new PartAccount(),
    ignored_peers: new PartAccount(),
    settings: new PartAccount(),
  };

  constructor(parts: PlanParts) {
    this.#parts = parts;
  }

  async plan(): Promise<ImportPlan> {
    const { now, store } = this.#parts;
    const days = await this.#days();
    const costs = await this.#records('rebalance_costs', 'rebalance_costs', {
      judge: (row) => judgeCost(row, now),
      isKnown: (one) => store.knowsCost(one),
      key: ({ channel, at, cost, moved }) => `${channel} ${at} ${cost} ${moved}`,
    });
    const rebalances = await this.#records('rebalance_history', 'rebalances', {
      judge: (row) => judgeRebalance(row, now),
      isKnown: (one) => store.knowsRebalance(one),
      key: ({ source, destination, at, amount, end }) =>
        `${source} ${destination} ${at} ${amount} ${end}`,
    });
    const feeChanges = await this.#records('fee_changes', 'fee_changes', {
      judge: (row) => judgeFeeChange(row, now),
      isKnown: (one) => store.knowsFeeChange(one),
      key: ({ channel, at, from, to }) => `${channel} ${at} ${from} ${to}`,
    });
    const policies = await this.#policies();
    const settings = await this.#settings();
    return {
      accounts: this.accounts,
      ...{ days, costs, rebalances, feeChanges },
      policies: policies.taken,
      settings: settings.accepted,
      standing: { policies: policies.standing, settings: settings.standing },
    };
  }

  /** Visits every row of a table, and counts those that were not taken. */
  async #each<T>(
    table: AncestorTable,
    account: PartAccount,
    judge: (row: Cells) => Verdict<T>,
    take: (value: T) => void,
  ): Promise<void> {
    const { source, slices } = this.#parts;
    let after: bigint | undefined;
    do {
      const { rows, next } = source.page(table, after, PAGE_ROWS);
      for (const row of rows) {
        account.read += 1;
        const verdict = judge(row);
        if ('skip' in verdict) account.skip(verdict.skip);
        else take(verdict.take);
      }
      after = next;
      await slices.turn();
    } while (after !== undefined);
  }

  async #days(): Promise<readonly PastDay[]> {
    const { horizon, now } = this.#parts;
    const { forwards, daily_stats: sums } = this.accounts;
    const book = new DayBook();
    const repeats = new Repeats();
    await this.#each(
      'forwards',
      forwards,
      (row) => judgeForward(row, horizon, now),
      (one) => {
        const reason = repeats.judge(one);
        if (repeats.size > MOST_FORWARDS) throw tooMuch(`more than ${MOST_FORWARDS} forwards`);
        if (reason !== undefined) {
          forwards.skip({ reason, example: `${one.in} → ${one.out}, ${one.outAmount} msat` });
          return;
        }
        forwards.taken += 1;
        book.addForward(one);
        refuseExcess(book);
      },
    );
    await this.#each(
      'daily_forwarding_stats',
      sums,
      (row) => judgeDaySum(row, horizon, now),
      (one) => {
        sums.taken += 1;
        book.addDaySum(one);
        refuseExcess(book);
      },
    );
    return book.days();
  }

  async #records<T>(
    table: AncestorTable,
    part: ImportPart,
    rules: {
      readonly judge: (row: Cells) => Verdict<T>;
      readonly isKnown: (one: T) => boolean;
      readonly key: (one: T) => string;
    },
  ): Promise<readonly T[]> {
    const account = this.accounts[part];
    const newest = new Newest<T>(MOST_RECORDS);
    await this.#each(table, account, rules.judge, (one) => newest.add(one));
    const list = newest.list();
    if (newest.dropped > 0) account.skip({ reason: OLD, example: '' }, newest.dropped);
    const seen = new SeenKeys<true>();
    const taken: T[] = [];
    for (const one of list) {
      const key = rules.key(one);
      if (seen.put(key, true)) account.skip({ reason: 'the same row twice', example: key });
      else if (rules.isKnown(one)) account.skip({ reason: IMPORTED, example: key });
      else taken.push(one);
      await this.#parts.slices.turn();
    }
    account.taken = taken.length;
    return taken;
  }

  async #policies() {
    const { now, policies } = this.#parts;
    const taken = new Map<NodeId, PastPolicy>();
    const standing: NodeId[] = [];
    const room = policies.room();
    const takeInto = (account: PartAccount) => (one: PastPolicy) => {
      const reason = this.#refusal(one.peerId, taken.has(one.peerId), taken.size >= room);
      if (reason !== undefined) {
        account.skip({ reason, example: one.peerId });
        if (reason === STANDS) standing.push(one.peerId);
        return;
      }
      for (const change of one.changes) account.change(change);
      account.taken += 1;
      taken.set(one.peerId, one);
    };
    const { policies: said, ignored_peers: ignored } = this.accounts;
    await this.#each('peer_policies', said, (row) => judgePolicy(row, now), takeInto(said));
    await this.#each('ignored_peers', ignored, (row) => judgeIgnored(row, now), takeInto(ignored));
    return { taken: [...taken.values()], standing };
  }

  #refusal(peerId: NodeId, isTwice: boolean, isFull: boolean): string | undefined {
    const { store, policies } = this.#parts;
    if (store.marked('policy', peerId)) return DECIDED;
    if (!policies.isNew(peerId)) return STANDS;
    if (isTwice) return 'the peer has a policy there, which counts';
    return isFull ? 'there are too many policies already' : undefined;
  }

  async #settings() {
    const { store, config } = this.#parts;
    const account = this.accounts.settings;
    const wanted = new Map<string, string>();
    await this.#each('config_overrides', account, judgeSetting, ({ key, value }) => {
      if (store.marked('setting', key)) account.skip({ reason: DECIDED, example: key });
      else if (wanted.size < MOST_SETTINGS) wanted.set(key, value);
    });
    const { accepted, refused, standing } = acceptSettings(wanted, config);
    for (const one of refused) account.skip(one);
    account.taken = accepted.length;
    return { accepted, standing };
  }
}

const OLD = `older than the newest ${MOST_RECORDS}, which are kept`;
const STANDS = 'the peer has a policy here already';

const tooMuch = (what: string): AncestorRefused =>
  new AncestorRefused(`it holds ${what}: that is no database of a node`);

function refuseExcess(book: DayBook): void {
  if (book.tooMuch !== undefined) throw tooMuch(book.tooMuch);
}
