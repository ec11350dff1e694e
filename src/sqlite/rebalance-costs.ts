/** What refills and diagnostics of each channel really cost (SPEC 6.1), and what finished jobs tell about the next. */

import type { CostKind } from '../core/books/period.ts';
import type { SpendKind } from '../core/spending/types.ts';
import {
  type ChannelId,
  DAY_MS,
  type Msat,
  msat,
  type NodeId,
  parseChannelId,
  parseNodeId,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { JobOutcome, RebalanceCosts, RebalanceJob, ShockEnd } from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type CostDays, NO_CHANNEL } from './cost-days.ts';
import { big, type Database, num, type Row, type Statement, text } from './database.ts';

const MONTH_MS = 30 * DAY_MS;
/** Prices remembered of each peer (SPEC 4.5). */
const PRICES = 20;
const MILLION = 1_000_000;
const NOTHING: RebalanceCosts = {
  life: msat(0n),
  last30d: msat(0n),
  diagnostic: msat(0n),
  refills30d: { count: 0, cost: msat(0n), moved: msat(0n) },
};
/** In all: what the node recorded, or what the operator said where that is more. */
const COST = 'max(spent_msat, coalesce(hand_msat, 0))';

/** A refill that had to pay is one, whoever ordered it. */
const BOOKED_AS: Readonly<Record<SpendKind, CostKind>> = {
  normal: 'rebalance',
  manual: 'rebalance',
  diagnostic: 'diagnostic',
  hive: 'hive',
};

type Changes = Partial<RebalanceCosts>;

export class RebalanceCostBook {
  readonly #keys: ChannelKeys;
  readonly #days: CostDays;
  readonly #add: Statement;
  readonly #totals: Statement;
  readonly #lately: Statement;
  readonly #corrections: Statement;
  readonly #refills: Statement;
  readonly #prices: Statement;
  readonly #finished: Statement;
  readonly #shocks: Statement;
  readonly #imported: Statement;

  constructor(db: Database, keys: ChannelKeys, days: CostDays) {
    this.#keys = keys;
    this.#days = days;
    this.#add = db.prepare(
      `INSERT INTO rebalance_total VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
         cost_msat = cost_msat + excluded.cost_msat, diagnostic_msat = diagnostic_msat + excluded.diagnostic_msat`,
    );
    this.#totals = db.prepare('SELECT * FROM rebalance_total', 'money');
    this.#lately = db.prepare(
      `SELECT coalesce(j.destination, p.in_key) AS key, sum(p.cost_msat) AS cost
       FROM circular_payment p LEFT JOIN rebalance_job j ON j.id = p.job_id
       WHERE p.at > ? AND coalesce(j.kind, 'normal') <> 'diagnostic' GROUP BY 1`,
      'money',
    );
    this.#corrections = db.prepare(
      `SELECT destination AS key, sum(hand_msat - spent_msat) AS cost FROM rebalance_job
       WHERE hand_msat IS NOT NULL AND hand_msat > spent_msat AND hand_wall > ? AND kind <> 'diagnostic' GROUP BY 1`,
      'money',
    );
    this.#refills = db.prepare(
      `SELECT destination AS key, count(*) AS count, sum(${COST}) AS cost, sum(moved_msat) AS moved
       FROM rebalance_job WHERE ended_wall > ? AND kind IN ('normal', 'manual') AND moved_msat > 0 GROUP BY 1`,
      'money',
    );
    this.#prices = db.prepare(
      `SELECT destination_peer, cost, moved_msat FROM
       (SELECT id, ended_wall, destination_peer, ${COST} AS cost, moved_msat, row_number() OVER
          (PARTITION BY destination_peer ORDER BY ended_wall DESC, id DESC) AS age
        FROM rebalance_job WHERE outcome = 'moved' AND moved_msat > 0)
       WHERE age <= ${PRICES} ORDER BY ended_wall, id`,
    );
    this.#finished = db.prepare(
      `SELECT destination AS key, ended_wall, ${COST} AS cost FROM rebalance_job
       WHERE ended_wall >= ? AND kind <> 'diagnostic' AND moved_msat > 0 ORDER BY ended_wall, id`,
      'money',
    );
    // Before the node's own records begin there are only those of the Python plugin (docs/decisions/009).
    this.#imported = db.prepare(
      `SELECT channel, sum(cost_msat) AS life, sum(CASE WHEN at > ? THEN cost_msat ELSE 0 END) AS lately
       FROM imported_cost
       WHERE at < coalesce((SELECT CAST(value AS INTEGER) / ${DAY_MS} * ${DAY_MS} FROM fact WHERE name = 'first circle'), at + 1)
       GROUP BY channel`,
      'money',
    );
    this.#shocks = db.prepare(
      `SELECT subject AS key, ended_wall, outcome FROM rebalance_job
       WHERE kind = 'diagnostic' AND state = 'settled' AND outcome <> 'not tried' ORDER BY ended_wall, id`,
    );
  }

  /**
   * Within a transaction: `amount` (msat, negative takes back) on whoever bears it, and on the day of `at`: of the
   * payment, or of the operator's word.
   */
  book(
    amount: bigint,
    job: Pick<RebalanceJob, 'kind' | 'subject' | 'destination'> | undefined,
    otherwise: ChannelId | undefined,
    at: UnixMs,
  ): void {
    const diagnostic = job?.kind === 'diagnostic';
    const bearer = diagnostic ? job.subject : (job?.destination ?? otherwise);
    if (amount === 0n) return;
    const key = bearer === undefined ? NO_CHANNEL : this.#keys.ensureChannel(bearer);
    this.#days.post(at, key, job ? BOOKED_AS[job.kind] : 'rebalance', amount);
    if (bearer === undefined) return;
    this.#add.run(key, diagnostic ? 0n : amount, diagnostic ? amount : 0n);
  }

  costs(now: UnixMs): ReadonlyMap<ChannelId, RebalanceCosts> {
    const since = now - MONTH_MS;
    const costs = new Map<ChannelId, RebalanceCosts>();
    const add = (row: Row, change: (before: RebalanceCosts) => Changes): void => {
      const channelId = row.key === null ? undefined : this.#keys.channelOf(num(row.key));
      if (channelId === undefined) return;
      const before = costs.get(channelId) ?? NOTHING;
      costs.set(channelId, { ...before, ...change(before) });
    };
    for (const row of this.#totals.all())
      add(row, () => ({ life: money(row.cost_msat), diagnostic: money(row.diagnostic_msat) }));
    for (const row of [...this.#lately.all(since), ...this.#corrections.all(since)])
      add(row, ({ last30d }) => ({ last30d: msat(last30d + big(row.cost)) }));
    for (const row of this.#imported.all(since)) {
      const name = text(row.channel);
      const key = this.#keys.keyOfName(name);
      const id =
        parseChannelId(name) ?? (key === undefined ? undefined : this.#keys.channelOf(key));
      if (id === undefined) continue;
      const before = costs.get(id) ?? NOTHING;
      const life = msat(before.life + big(row.life));
      costs.set(id, { ...before, life, last30d: msat(before.last30d + big(row.lately)) });
    }
    for (const row of this.#refills.all(since)) {
      const refills30d = { count: num(row.count), cost: money(row.cost), moved: money(row.moved) };
      add(row, () => ({ refills30d }));
    }
    return costs;
  }

  /** By peer, newest last. */
  paidPpm(): ReadonlyMap<NodeId, readonly number[]> {
    const prices = new Map<NodeId, number[]>();
    for (const row of this.#prices.all()) {
      const peer = parseNodeId(text(row.destination_peer));
      if (peer === undefined) continue;
      const rate = (num(row.cost) * MILLION) / num(row.moved_msat);
      append(prices, peer, rate);
    }
    return prices;
  }

  /** Oldest first. */
  finished(
    since: UnixMs,
  ): ReadonlyMap<ChannelId, readonly { readonly endedAt: UnixMs; readonly cost: Msat }[]> {
    const ends = new Map<ChannelId, { endedAt: UnixMs; cost: Msat }[]>();
    for (const row of this.#finished.all(since)) {
      const channelId = this.#keys.channelOf(num(row.key));
      const end = { endedAt: unixMs(num(row.ended_wall)), cost: money(row.cost) };
      if (channelId !== undefined) append(ends, channelId, end);
    }
    return ends;
  }

  /** By the channel that is ill, oldest first. What was not tried is no shock. */
  shocks(): ReadonlyMap<ChannelId, readonly ShockEnd[]> {
    const moved: JobOutcome = 'moved';
    const shocks = new Map<ChannelId, ShockEnd[]>();
    for (const row of this.#shocks.all()) {
      const channelId = this.#keys.channelOf(num(row.key));
      const end = { at: unixMs(num(row.ended_wall)), succeeded: text(row.outcome) === moved };
      if (channelId !== undefined) append(shocks, channelId, end);
    }
    return shocks;
  }
}

const money = (value: Row[string] | undefined): Msat => msat(big(value));

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
