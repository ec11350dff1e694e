/** Jobs, and payments as the node records them, for the tests of the memory of spending. */
import type { Grant } from '../../../src/core/spending/types.ts';
import {
  type ChannelId,
  fromSat,
  msat,
  type NodeId,
  parseScid,
  ppm,
  type UnixMs,
  unixMs,
} from '../../../src/core/units.ts';
import type { ChannelMove, SendPay } from '../../../src/ports/payments.ts';
import type { CircularPayment, NewJob, SpendStore } from '../../../src/ports/spending.ts';
import type { Store } from '../../../src/ports/store.ts';
import { channel, channelId, nodeId } from '../../../src/sqlite/forward-world.testing.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';

export const AT = unixMs(1_790_000_000_000);
export const after = (ms: number): UnixMs => unixMs(AT + ms);
export const when = (ms = 0) => ({ wall: after(ms), ledger: after(ms) });
export const OWN: NodeId = nodeId(99);

/** Channels 1 … 9 of peers 1 … 9; channel 11 is a second one of peer 1. */
export function worldStore(path = ':memory:'): Store {
  const store = openStore(path, {
    onProblem: (sentence) => {
      throw new Error(sentence);
    },
  });
  learn(store);
  return store;
}
const learn = (store: Store): void => {
  const singles = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => channel(n));
  store.channels.learn([...singles, channel(11, { peerId: nodeId(1) })], [], AT);
};

const nameOf = (n: number) => {
  const scid = parseScid(`${700_000 + n}x1x0`);
  if (scid === undefined) throw new Error('malformed test data');
  return scid;
};

/** 200 000 sat out of channel 2 into channel 1, for at most 20 sat. */
export const jobInto = (n: number, change: Partial<NewJob> = {}): NewJob => ({
  kind: 'normal',
  subject: change.destination ?? channelId(n),
  destination: channelId(n),
  destinationPeer: nodeId(n),
  scid: nameOf(n),
  sources: [channelId(2)],
  amount: fromSat(200_000),
  chunk: fromSat(100_000),
  maxPpm: ppm(100),
  cap: fromSat(20),
  expectedIncome: fromSat(100),
  expectedLoss: fromSat(1),
  decisionId: undefined,
  deadlineMs: 7_200_000,
  ...change,
});

const grantAll = (job: NewJob) => (): Grant => ({
  kind: 'granted',
  hold: job.cap,
  because: 'a test says so',
});

/** Opens it whatever the account says, and gives its id. */
export function opened(spending: SpendStore, job: NewJob, ms = 0): number {
  const { job: row, grant } = spending.open(job, grantAll(job), when(ms));
  if (!row) throw new Error(`not opened: ${grant.because}`);
  return row.id;
}

type Half = { readonly from?: ChannelId; readonly to?: ChannelId };
/** Both halves of a payment, credit first, as lightningd writes them; `cost` and `amount` in msat. */
export function pairOf(
  hash: string,
  index: number,
  change: Half & { readonly cost?: bigint; readonly amount?: bigint; readonly at?: UnixMs } = {},
): readonly [ChannelMove, ChannelMove] {
  const { from = channelId(2), to = channelId(1), cost = 3_000n, amount = 100_000_000n } = change;
  const common = { at: change.at ?? after(1_000), tag: 'invoice', paymentHash: hash };
  return [
    {
      ...common,
      index,
      channelId: to,
      credit: msat(amount),
      debit: msat(0n),
      fees: msat(0n),
    },
    {
      ...common,
      index: index + 1,
      channelId: from,
      credit: msat(0n),
      debit: msat(amount + cost),
      fees: msat(cost),
    },
  ];
}

/** A part of a payment to ourselves; amounts in msat. */
export const sendPay = (hash: string, index: number, change: Partial<SendPay> = {}): SendPay => ({
  index,
  paymentHash: hash,
  status: 'complete',
  destination: OWN,
  amount: msat(100_000_000n),
  sent: msat(100_003_000n),
  createdAt: after(500),
  completedAt: after(1_000),
  label: undefined,
  invoice: false,
  ...change,
});

/** What the defaults of `pairOf` and of `sendPay` are booked as. */
export const rebalanceOf = (paymentHash: string, jobId: number): CircularPayment => ({
  paymentHash,
  out: channelId(2),
  in: channelId(1),
  sent: msat(100_003_000n),
  received: msat(100_000_000n),
  cost: msat(3_000n),
  at: after(1_000),
  jobId,
});
