/** Rebalances that are over, and their payments: spread evenly over a time, between channels made from their number. */
import { createHash } from 'node:crypto';
import { fromSat, laterBy, type Msat, msat, ppm, type UnixMs } from '../src/core/units.ts';
import type { ChannelMove } from '../src/ports/payments.ts';
import type { NewJob, SpendStore } from '../src/ports/spending.ts';
import { channelIdOf, peerIdOf, scidOf, uniform } from './synthetic-forwards.ts';

const CHUNK = fromSat(100_000);
const MAX_PPM = ppm(300);
const JOB_MS = 600_000;
const MILLION = 1_000_000n;
/** Of a hundred jobs so many move nothing. */
const IN_VAIN = 40;

export type Busy = {
  readonly channels: number;
  readonly jobs: number;
  readonly payments: number;
  readonly from: UnixMs;
  readonly until: UnixMs;
};

/** Stores them the way the airlock does: promised, booked from the node's records, settled. */
export function storeJobs(spending: SpendStore, busy: Busy): void {
  const { channels, jobs, payments, from, until } = busy;
  const successes = Math.max(1, Math.ceil((jobs * (100 - IN_VAIN)) / 100));
  const each = Math.ceil(payments / successes);
  const gap = (until - from) / jobs;
  let index = spending.cursors().moves;
  for (let number = 0; number < jobs; number += 1) {
    const at = laterBy(from, Math.floor(number * gap));
    const job = jobOf(number, channels, each);
    const opened = spending.open(
      job,
      () => ({ kind: 'granted', hold: job.cap, because: 'synthetic' }),
      { wall: at, ledger: at },
    );
    if (opened.job === undefined) throw new Error('a synthetic job was refused');
    const ends = laterBy(at, Math.min(JOB_MS, Math.floor(gap / 2)));
    const moved = number % 100 >= IN_VAIN;
    if (moved) {
      const rows = Array.from({ length: each }, (_, part) => moves(job, index, part, ends)).flat();
      index += rows.length;
      spending.storeMoves(rows, index, ends);
    }
    spending.settle(opened.job.id, moved ? 'moved' : 'nothing moved', 'synthetic', ends);
  }
}

function jobOf(number: number, channels: number, parts: number): NewJob {
  const to = Math.floor(channels * uniform(number * 2 + 1));
  const source = (to + 7 + Math.floor((channels - 20) * uniform(number * 2 + 2))) % channels;
  const amount = msat(CHUNK * BigInt(parts));
  return {
    kind: number % 50 === 0 ? 'diagnostic' : 'normal',
    subject: channelIdOf(to),
    destination: channelIdOf(to),
    destinationPeer: peerIdOf(to),
    scid: scidOf(to),
    sources: [channelIdOf(source), channelIdOf((source + 11) % channels)],
    amount,
    chunk: CHUNK,
    maxPpm: MAX_PPM,
    cap: feeOf(amount),
    expectedIncome: feeOf(amount),
    expectedLoss: msat(0n),
    decisionId: undefined,
    deadlineMs: JOB_MS,
  };
}

const feeOf = (amount: Msat): Msat => msat((amount * BigInt(MAX_PPM)) / MILLION);

/** The credit comes first, as lightningd writes it. */
function moves(job: NewJob, before: number, part: number, at: UnixMs): readonly ChannelMove[] {
  const index = before + 2 * part + 1;
  const fees = msat(feeOf(job.chunk) - BigInt(Math.floor(5000 * uniform(index))));
  const nothing = msat(0n);
  const paymentHash = createHash('sha256').update(`payment ${index}`).digest('hex');
  const row = { at, tag: 'invoice', paymentHash };
  return [
    { ...row, index, channelId: job.destination, credit: job.chunk, debit: nothing, fees: nothing },
    {
      ...row,
      index: index + 1,
      channelId: job.sources[0],
      credit: nothing,
      debit: msat(job.chunk + fees),
      fees,
    },
  ];
}
