/** The rows of rebalancing jobs: what was ordered, what it has come to. Writes are within the caller's transaction. */

import { LATE_MS, type Orderer } from '../core/spending/attribution.ts';
import type { Hold } from '../core/spending/types.ts';
import { SPEND_KINDS } from '../core/spending/types.ts';
import {
  type ChannelId,
  type Msat,
  msat,
  type NodeId,
  parseNodeId,
  parseScid,
  ppm,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { JobOutcome, JobState, NewJob, RebalanceJob } from '../ports/spending.ts';
import { StoreFailed } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import {
  big,
  type Database,
  nullable,
  num,
  numOr,
  type Row,
  type Statement,
  text,
} from './database.ts';
import { atOr, channelAt, word } from './money-columns.ts';

const STATES = ['ordered', 'running', 'stopping', 'unknown', 'settled'] as const;
const OUTCOMES = ['moved', 'nothing moved', 'not tried', 'strayed'] as const;
/** More jobs than could end in the time in which a payment may be late. */
const MOST_LATE_JOBS = 1000;

/** Where the node's records stood. */
type Indexes = { readonly moves: number; readonly sends: number };
type When = { readonly wall: UnixMs; readonly ledger: UnixMs };
/** What a payment changes in its job's sums. */
export type JobDelta = {
  readonly moved: bigint;
  readonly spent: bigint;
  readonly payments: number;
};

export class JobLedger {
  readonly #keys: ChannelKeys;
  readonly #insert: Statement;
  readonly #addSource: Statement;
  readonly #sources: Statement;
  readonly #one: Statement;
  readonly #open: Statement;
  readonly #newest: Statement;
  readonly #late: Statement;
  readonly #state: Statement;
  readonly #end: Statement;
  readonly #sum: Statement;
  readonly #hand: Statement;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#insert = db.prepare(
      `INSERT INTO rebalance_job (kind, subject, destination, destination_peer, scid, amount_msat, chunk_msat,
         max_ppm, cap_msat, income_msat, loss_msat, decision_id, deadline_ms, created_wall, held_ledger,
         opened_move, opened_send, state, moved_msat, spent_msat, payments)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ordered', 0, 0, 0)`,
    );
    this.#addSource = db.prepare('INSERT INTO job_source VALUES (?, ?, ?)');
    this.#sources = db.prepare('SELECT key FROM job_source WHERE job_id = ? ORDER BY position');
    const read = (rest: string) => db.prepare(`SELECT * FROM rebalance_job ${rest}`, 'money');
    this.#one = read('WHERE id = ?');
    this.#open = read("WHERE state <> 'settled' ORDER BY id");
    this.#newest = read('WHERE created_wall >= ? ORDER BY id DESC LIMIT ?');
    // +id: by the two indexes of the ends, instead of through all jobs in their order.
    this.#late = read(
      `WHERE ended_wall >= ? OR ended_ledger >= ?
       ORDER BY +id DESC LIMIT ${MOST_LATE_JOBS}`,
    );
    this.#state = db.prepare('UPDATE rebalance_job SET state = ?, because = ? WHERE id = ?');
    this.#end = db.prepare(
      `UPDATE rebalance_job SET state = 'settled', outcome = ?, because = ?, ended_wall = ?, ended_ledger = ?
       WHERE id = ?`,
    );
    this.#sum = db.prepare(
      `UPDATE rebalance_job SET moved_msat = moved_msat + ?, spent_msat = spent_msat + ?, payments = payments + ?
       WHERE id = ?`,
    );
    this.#hand = db.prepare(
      'UPDATE rebalance_job SET hand_msat = ?, hand_wall = ?, hand_ledger = ? WHERE id = ?',
    );
  }

  add(job: NewJob, when: When, known: Indexes): number {
    const id = this.#insert.insert(
      job.kind,
      this.#keys.ensureChannel(job.subject),
      this.#keys.ensureChannel(job.destination),
      job.destinationPeer,
      job.scid,
      ...([job.amount, job.chunk] as const),
      job.maxPpm,
      ...([job.cap, job.expectedIncome, job.expectedLoss] as const),
      nullable(job.decisionId),
      job.deadlineMs,
      ...([when.wall, when.ledger, known.moves, known.sends] as const),
    );
    job.sources.forEach((source, position) => {
      this.#addSource.run(id, position, this.#keys.ensureChannel(source));
    });
    return id;
  }

  one(id: number): RebalanceJob | undefined {
    const row = this.#one.get(id);
    return row && this.#job(row);
  }
  /** Oldest first. */
  open(): readonly RebalanceJob[] {
    return this.#open.all().map((row) => this.#job(row));
  }
  /** Newest first. */
  newest(limit: number, since: UnixMs): readonly RebalanceJob[] {
    return this.#newest.all(since, limit).map((row) => this.#job(row));
  }

  /** Whom a payment at `at` (the node's time) may belong to: open jobs, and settled ones for which it is not too late. */
  orderers(by: 'moves' | 'sends', at: UnixMs, ledger: UnixMs): readonly Orderer[] {
    const late = this.#late.all(at - LATE_MS, ledger - LATE_MS);
    return [...this.#open.all(), ...late].map((row) => this.#orderer(row, by));
  }

  setState(id: number, state: JobState, because: string | undefined): void {
    this.#state.run(state, nullable(because), id);
  }
  end(id: number, outcome: JobOutcome, because: string, when: When): void {
    this.#end.run(outcome, because, when.wall, when.ledger, id);
  }
  addTo(id: number, { moved, spent, payments }: JobDelta): void {
    this.#sum.run(moved, spent, payments, id);
  }
  setByHand(id: number, spent: Msat, when: When): void {
    this.#hand.run(spent, when.wall, when.ledger, id);
  }
  /** What the operator's word adds to the payments recorded, msat. */
  correction(id: number): Msat {
    const row = this.#one.get(id);
    return row ? correctionOf(row) : msat(0n);
  }
  /** When the operator said it. */
  correctedAt(id: number): UnixMs | undefined {
    return atOr(this.#one.get(id)?.hand_wall);
  }
  holds(): readonly Hold[] {
    return this.open().map((job) => ({
      destination: job.subject,
      kind: job.kind,
      amount: msat(job.cap > job.spent ? job.cap - job.spent : 0n),
      since: job.heldAt,
      unknown: job.state === 'unknown',
    }));
  }

  #sourcesOf(id: number): readonly ChannelId[] {
    return this.#sources.all(id).map((row) => channelAt(this.#keys, row.key));
  }
  #orderer(row: Row, by: 'moves' | 'sends'): Orderer {
    const id = num(row.id);
    const endedAt = atOr(row.ended_wall);
    return {
      id,
      destination: channelAt(this.#keys, row.destination),
      destinationPeer: peerIn(row),
      sources: this.#sourcesOf(id),
      openedIndex: num(by === 'moves' ? row.opened_move : row.opened_send),
      createdAt: unixMs(num(row.created_wall)),
      ended: endedAt && { wall: endedAt, ledger: unixMs(num(row.ended_ledger)) },
    };
  }
  #job(row: Row): RebalanceJob {
    const id = num(row.id);
    const scid = parseScid(text(row.scid));
    if (scid === undefined) throw new StoreFailed(`job ${id} was ordered under no channel's name`);
    return {
      id,
      kind: word(SPEND_KINDS, row.kind, `job ${id}`),
      subject: channelAt(this.#keys, row.subject),
      destination: channelAt(this.#keys, row.destination),
      destinationPeer: peerIn(row),
      scid,
      sources: this.#sourcesOf(id),
      amount: msat(big(row.amount_msat)),
      chunk: msat(big(row.chunk_msat)),
      maxPpm: ppm(num(row.max_ppm)),
      cap: msat(big(row.cap_msat)),
      expectedIncome: msat(big(row.income_msat)),
      expectedLoss: msat(big(row.loss_msat)),
      decisionId: numOr(row.decision_id),
      deadlineMs: num(row.deadline_ms),
      state: word(STATES, row.state, `job ${id}`),
      createdAt: unixMs(num(row.created_wall)),
      heldAt: unixMs(num(row.held_ledger)),
      endedAt: atOr(row.ended_wall),
      outcome: row.outcome === null ? undefined : word(OUTCOMES, row.outcome, `job ${id}`),
      because: row.because === null ? undefined : text(row.because),
      moved: msat(big(row.moved_msat)),
      spent: msat(big(row.spent_msat) + correctionOf(row)),
      payments: num(row.payments),
    };
  }
}

/** A later record of the node takes the place of the operator's word, never adds to it. */
function correctionOf(row: Row): Msat {
  if (row.hand_msat === null) return msat(0n);
  const more = big(row.hand_msat) - big(row.spent_msat);
  return msat(more > 0n ? more : 0n);
}

function peerIn(row: Row): NodeId {
  const peer = parseNodeId(text(row.destination_peer));
  if (peer === undefined) throw new StoreFailed(`job ${num(row.id)} runs to no node`);
  return peer;
}
