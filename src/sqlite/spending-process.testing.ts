/** Run by spend-crash.test.ts in a process of its own: spends for ever, saying what was answered. */
import { writeSync } from 'node:fs';
import { fromSat, msat, parseScid, ppm, type UnixMs, unixMs } from '../core/units.ts';
import { channel, channelId, nodeId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const START = 1_790_000_000_000;
const SCID = parseScid('700001x1x0');
if (SCID === undefined) throw new Error('malformed test data');
const store = openStore(process.argv[2] ?? '', {
  onProblem: (sentence) => {
    throw new Error(sentence);
  },
});
/** Synchronous: what was said was answered before. */
const say = (text: string) => writeSync(1, `${text}\n`);
const { spending } = store;
store.channels.learn([channel(1), channel(2)], [], unixMs(START));
let at: UnixMs = unixMs(Math.max(START, spending.lastAt() ?? 0) + 1);
const now = () => {
  at = unixMs(at + 1_000);
  return { wall: at, ledger: at };
};
spending.storeMoves([], 0, at);
spending.setMovesComplete();

/** Both halves of one payment of 3 sat, in two pages; after a kill between them, the half that is missing. */
function pay(): void {
  const known = spending.cursors().moves;
  const index = known - (known % 2) + 1;
  const common = { at, tag: 'invoice', paymentHash: `payment ${index}` };
  const none = { credit: msat(0n), debit: msat(0n), fees: msat(0n) };
  const credit = { ...common, ...none, index, channelId: channelId(1), credit: fromSat(1_000) };
  const half = { ...common, ...none, channelId: channelId(2), debit: fromSat(1_003) };
  if (known < index) spending.storeMoves([credit], index, now().ledger);
  spending.storeMoves([{ ...half, index: index + 1, fees: fromSat(3) }], index + 1, now().ledger);
  say(`paid ${index + 1}`);
}

// As at every start: what the node has is read on, and what an earlier process left open is ended.
if (spending.cursors().moves % 2 === 1) pay();
for (const { id } of spending.openJobs()) {
  spending.settle(id, 'moved', 'found at the start', now().wall);
  say(`settled ${id}`);
}
say('ready');
for (;;) {
  const { job } = spending.open(
    {
      kind: 'normal',
      subject: channelId(1),
      destination: channelId(1),
      destinationPeer: nodeId(1),
      scid: SCID,
      sources: [channelId(2)],
      amount: fromSat(2_000),
      chunk: fromSat(1_000),
      maxPpm: ppm(5_000),
      cap: fromSat(10),
      expectedIncome: fromSat(20),
      expectedLoss: fromSat(0),
      decisionId: undefined,
      deadlineMs: 7_200_000,
    },
    () => ({ kind: 'granted', hold: fromSat(10), because: 'for ever' }),
    now(),
  );
  if (!job) throw new Error('the way is free');
  say(`opened ${job.id}`);
  spending.mark(job.id, 'running');
  pay();
  pay();
  spending.mark(job.id, 'stopping', 'done');
  spending.settle(job.id, 'moved', 'done', now().wall);
  say(`settled ${job.id}`);
}
