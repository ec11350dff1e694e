/** The memory of money spent on rebalancing, put together (SPEC 4.6, 4.7). Every method that writes is one transaction. */
import type { Account } from '../core/spending/caps.ts';
import type { Grant } from '../core/spending/types.ts';
import { DAY_MS, type Msat, type NodeId, type UnixMs, unixMs } from '../core/units.ts';
import { Bug } from '../ports/errors.ts';
import type { ChannelMove, SendPay } from '../ports/payments.ts';
import type {
  CircularPayment,
  JobOutcome,
  NewJob,
  RebalanceJob,
  SpendStore,
} from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { CircularPayments } from './circular-payments.ts';
import { CostDays } from './cost-days.ts';
import type { Database } from './database.ts';
import type { Facts } from './facts.ts';
import { InvoiceMoves } from './invoice-moves.ts';
import { JobLedger } from './job-ledger.ts';
import { JobRecords } from './job-records.ts';
import type { NodeLedger } from './node-ledger.ts';
import { PaymentBooking } from './payment-booking.ts';
import { RebalanceCostBook } from './rebalance-costs.ts';
import { SendParts } from './send-parts.ts';
import { SpendLedgerTime } from './spend-ledger-time.ts';
import { SpendRetention } from './spend-retention.ts';

type When = { readonly wall: UnixMs; readonly ledger: UnixMs };
/** The longest window of any cap. */
const ACCOUNT_MS = 30 * DAY_MS;

export class SqliteSpendStore implements SpendStore {
  readonly #db: Database;
  readonly #time: SpendLedgerTime;
  readonly #jobs: JobLedger;
  readonly #moves: InvoiceMoves;
  readonly #ledger: NodeLedger;
  readonly #parts: SendParts;
  readonly #payments: CircularPayments;
  readonly #costs: RebalanceCostBook;
  readonly #records: JobRecords;
  readonly #booking: PaymentBooking;
  readonly #retention: SpendRetention;

  constructor(db: Database, keys: ChannelKeys, facts: Facts, ledger: NodeLedger) {
    this.#db = db;
    this.#ledger = ledger;
    this.#time = new SpendLedgerTime(facts);
    this.#jobs = new JobLedger(db, keys);
    this.#moves = new InvoiceMoves(db, keys);
    this.#parts = new SendParts(db);
    this.#payments = new CircularPayments(db, keys);
    this.#costs = new RebalanceCostBook(db, keys, new CostDays(db));
    this.#records = new JobRecords(db, keys);
    const [jobs, payments, costs, time] = [this.#jobs, this.#payments, this.#costs, this.#time];
    this.#booking = new PaymentBooking({ keys, jobs, payments, costs, time });
    this.#retention = new SpendRetention(db, {
      payments,
      moves: this.#moves,
      ledger,
      parts: this.#parts,
      time,
    });
  }

  // -------------------------------------------------------------- the ledger

  account(): Account {
    const since = (this.#time.lastAt() ?? 0) - ACCOUNT_MS;
    return { holds: this.#jobs.holds(), spends: this.#payments.spends(since) };
  }
  lastAt(): UnixMs | undefined {
    return this.#time.lastAt();
  }
  keepTime(at: UnixMs): void {
    const last = this.#time.lastAt();
    if (last === undefined || at > last) this.#db.within(() => void this.#time.note(at));
  }

  open(
    job: NewJob,
    judge: (account: Account) => Grant,
    when: When,
  ): { readonly grant: Grant; readonly job: RebalanceJob | undefined } {
    checkAmounts(job);
    return this.#db.transaction(() => {
      const busy = whyBusy(job, this.#jobs.open());
      const grant = busy ?? judge(this.account());
      if (grant.kind === 'refused') return { grant, job: undefined };
      if (grant.hold !== job.cap) throw new Bug('what is held must be what the job may spend');
      const ledger = this.#time.note(when.ledger);
      const id = this.#jobs.add(job, { wall: when.wall, ledger }, this.#time.seen());
      return { grant, job: this.#jobs.one(id) };
    });
  }

  mark(id: number, state: 'running' | 'stopping' | 'unknown', because?: string): void {
    this.#db.transaction(() => {
      this.#unsettled(id);
      this.#jobs.setState(id, state, because);
    });
  }

  settle(id: number, outcome: JobOutcome, because: string, at: UnixMs): void {
    this.#db.transaction(() => {
      const job = this.#unsettled(id);
      this.#end(job, outcome, because, { wall: at, ledger: this.#time.lastAt() ?? job.heldAt });
    });
  }

  settleByHand(id: number, spent: Msat, when: When): boolean {
    if (spent < 0n) throw new Bug('nothing can have cost less than nothing');
    return this.#db.transaction(() => {
      const job = this.#jobs.one(id);
      if (job?.state !== 'unknown') return false;
      const ended = { wall: when.wall, ledger: this.#time.note(when.ledger) };
      this.#jobs.setByHand(id, spent, ended);
      this.#costs.book(this.#jobs.correction(id), job, undefined, ended.wall);
      const outcome = job.moved > 0n ? 'moved' : 'not tried';
      this.#end(job, outcome, 'settled by the operator', ended);
      return true;
    });
  }

  openJobs(): readonly RebalanceJob[] {
    return this.#jobs.open();
  }
  job(id: number): RebalanceJob | undefined {
    return this.#jobs.one(id);
  }
  jobs(limit: number, since: UnixMs = unixMs(0)): readonly RebalanceJob[] {
    return this.#jobs.newest(limit, since);
  }

  // -------------------------------------------------------------- what the node recorded

  cursors() {
    return this.#time.cursors();
  }
  storeMoves(
    rows: readonly ChannelMove[],
    last: number,
    ledger: UnixMs,
  ): readonly CircularPayment[] {
    const store = () => {
      const now = this.#time.note(ledger);
      const { moves: known } = this.#time.cursors();
      this.#ledger.add(rows.filter(({ index }) => index > known));
      const { told, news } = this.#moves.add(rows, now);
      const booked = [...told].flatMap((hash) => {
        const circle = this.#moves.circle(hash);
        if (circle) this.#ledger.addRound(circle, now);
        return (circle && news.has(hash) && this.#booking.bookCircle(circle, now)) || [];
      });
      const end = rows.at(-1);
      this.#time.movesRead(last, end?.index === last ? end.at : undefined);
      return booked;
    };
    // A page of others' forwards holds no money of ours: the node hands it out again.
    const isMoney = rows.some(({ tag }) => tag === 'invoice');
    return this.#db.transaction(store, isMoney ? 'full' : 'refetchable');
  }
  storeSendPays(
    rows: readonly SendPay[],
    last: number,
    own: NodeId,
    ledger: UnixMs,
  ): readonly CircularPayment[] {
    return this.#db.transaction(() => {
      const now = this.#time.note(ledger);
      const hashes = this.#parts.add(rows, own, now);
      const booked = [...hashes].flatMap((hash) => {
        const payment = this.#parts.payment(hash);
        return (payment && this.#booking.bookSend(payment, now)) ?? [];
      });
      this.#time.sendPaysRead(last, this.#parts.firstPending());
      return booked;
    });
  }
  setMovesComplete(): void {
    this.#db.transaction(() => this.#time.setComplete());
  }
  lastMoveAt(): UnixMs | undefined {
    return this.#time.lastMoveAt();
  }
  restartMoves(): void {
    this.#db.transaction(() => {
      this.#time.restartMoves();
      this.#ledger.restart();
    });
  }
  payments(filter: {
    readonly jobId?: number;
    readonly since?: UnixMs;
    readonly limit: number;
  }): readonly CircularPayment[] {
    return this.#payments.newest(filter.jobId, filter.since ?? unixMs(0), filter.limit);
  }
  knows(paymentHash: string): boolean {
    return this.#payments.one(paymentHash) !== undefined;
  }

  // -------------------------------------------------------------- what it came to

  costs(now: UnixMs) {
    return this.#costs.costs(now);
  }
  records() {
    return this.#records.all();
  }
  paidPpm() {
    return this.#costs.paidPpm();
  }
  finished(since: UnixMs) {
    return this.#costs.finished(since);
  }
  shocks() {
    return this.#costs.shocks();
  }
  retain(now: UnixMs, maxRows: number): boolean {
    const last = this.#time.lastAt();
    if (last === undefined) return false;
    return this.#db.transaction(() => this.#retention.retain(now, last, maxRows), 'refetchable');
  }

  #unsettled(id: number): RebalanceJob {
    const job = this.#jobs.one(id);
    if (!job) throw new Bug(`there is no job ${id}`);
    if (job.state === 'settled') throw new Bug(`job ${id} is settled already`);
    return job;
  }
  #end(job: RebalanceJob, outcome: JobOutcome, because: string, when: When): void {
    this.#jobs.end(job.id, outcome, because, when);
    this.#records.note(job, outcome, when.wall);
  }
}

/** What cannot be read back, or would make a hold that holds nothing. */
function checkAmounts({ amount, chunk, cap, sources }: NewJob): void {
  if (amount <= 0n || chunk <= 0n || cap < 0n || sources.length === 0)
    throw new Bug('a job moves something, out of something, and costs nothing less than nothing');
}

/** Payments are told apart by peer and source: a second job on the same way could not be accounted for. */
function whyBusy(job: NewJob, open: readonly RebalanceJob[]): Grant | undefined {
  const other = open.find(
    ({ destination, destinationPeer, sources }) =>
      destinationPeer === job.destinationPeer ||
      destination === job.destination ||
      sources.includes(job.destination),
  );
  if (!other) return undefined;
  return other.state === 'unknown'
    ? {
        kind: 'refused',
        cap: 'unknown_outcome',
        because: `the outcome of rebalance ${other.id} on this way is not known: it must be settled first`,
      }
    : {
        kind: 'refused',
        cap: 'busy',
        because: `rebalance ${other.id} is under way through this channel or its peer`,
      };
}
