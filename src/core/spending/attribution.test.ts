import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { HOUR_MS, parseNodeId, unixMs } from '../units.ts';
import { channelNamed, NOW } from './account.fixture.ts';
import { attribute, attributeBlind, type Orderer, type Recorded } from './attribution.ts';

function peerNamed(index: number) {
  const parsed = parseNodeId(`02${index.toString(16).padStart(64, '0')}`);
  if (parsed === undefined) throw new Error(`no node id: ${index}`);
  return parsed;
}
const small = fc.integer({ min: 1, max: 4 });
const moment = fc.integer({ min: -4 * HOUR_MS, max: 4 * HOUR_MS }).map((ms) => unixMs(NOW + ms));
const job: fc.Arbitrary<Orderer> = fc.record({
  id: fc.integer({ min: 1, max: 1000 }),
  destination: small.map(channelNamed),
  destinationPeer: small.map(peerNamed),
  sources: fc.array(small.map(channelNamed), { minLength: 1, maxLength: 3 }),
  openedIndex: fc.nat({ max: 20 }),
  createdAt: moment,
  ended: fc.option(fc.record({ wall: moment, ledger: moment }), { nil: undefined }),
});
const jobs = fc.uniqueArray(job, { selector: ({ id }) => id, maxLength: 6 });
const payment: fc.Arbitrary<Recorded> = fc.record({
  out: fc.option(small.map(channelNamed), { nil: undefined }),
  in: fc.option(small.map(channelNamed), { nil: undefined }),
  inPeer: fc.option(small.map(peerNamed), { nil: undefined }),
  at: moment,
  index: fc.nat({ max: 20 }),
});

/** Job 7: from channel 2 into channel 1 of peer 1, opened at record 5, ended an hour later; nine hours ago for the ledger. */
const ENDED: Orderer = {
  id: 7,
  destination: channelNamed(1),
  destinationPeer: peerNamed(1),
  sources: [channelNamed(2)],
  openedIndex: 5,
  createdAt: NOW,
  ended: { wall: unixMs(NOW + HOUR_MS), ledger: unixMs(NOW + HOUR_MS) },
};
const ITS_OWN: Recorded = {
  out: channelNamed(2),
  in: channelNamed(1),
  inPeer: peerNamed(1),
  at: unixMs(NOW + HOUR_MS / 2),
  index: 6,
};
const LONG_AFTER = unixMs(NOW + 9 * HOUR_MS);

it.each<[string, Partial<Recorded>, number, number | undefined]>([
  ['within its time', {}, LONG_AFTER, 7],
  ['five seconds before it', { at: unixMs(NOW - 5_000) }, LONG_AFTER, 7],
  ['more than that before it', { at: unixMs(NOW - 5_001) }, LONG_AFTER, undefined],
  ['an hour after its end', { at: unixMs(NOW + 2 * HOUR_MS) }, LONG_AFTER, 7],
  ['more than an hour after', { at: unixMs(NOW + 2 * HOUR_MS + 1) }, LONG_AFTER, undefined],
  ['by a clock of long ago, heard in time', { at: unixMs(0) }, NOW + 2 * HOUR_MS, 7],
  ['by a clock of long ago, heard late', { at: unixMs(0) }, NOW + 2 * HOUR_MS + 1, undefined],
  ['before it was opened', { index: 5 }, LONG_AFTER, undefined],
])('a fact that is known late: recorded %s', (_, change, ledger, owner) => {
  const paid = { ...ITS_OWN, ...change };
  expect(attribute(paid, [ENDED], unixMs(ledger))).toBe(owner);
  expect(attributeBlind(paid, [ENDED], unixMs(ledger))).toBe(owner);
});

it.each<[string, Partial<Recorded>, number | undefined]>([
  ['another channel of the same peer', { in: channelNamed(3) }, 7],
  ['its channel, whose peer is not known', { inPeer: undefined }, 7],
  ['a channel of another peer', { in: channelNamed(3), inPeer: peerNamed(3) }, undefined],
  ['a channel nobody knows, once it ended', { in: undefined, inPeer: undefined }, undefined],
  ['its channel, but out of another', { out: channelNamed(3) }, undefined],
  ['its channel, but out of none that is known', { out: undefined }, undefined],
])('came in by %s', (_, change, owner) => {
  expect(attribute({ ...ITS_OWN, ...change }, [ENDED], LONG_AFTER)).toBe(owner);
});

it('an open job comes before an ended one, the newer before the older', () => {
  const open = { ...ENDED, id: 3, ended: undefined };
  expect(attribute(ITS_OWN, [ENDED, open], LONG_AFTER)).toBe(3);
  expect(attributeBlind(ITS_OWN, [open, ENDED], LONG_AFTER)).toBe(3);
  const newer = { ...ENDED, id: 8 };
  for (const jobs of [
    [ENDED, newer],
    [newer, ENDED],
  ])
    expect(attribute(ITS_OWN, jobs, LONG_AFTER)).toBe(8);
});

test('whoever it is booked on has the pair, was opened before it was recorded, and is open or ended lately', () => {
  fc.assert(
    fc.property(payment, jobs, moment, (paid, all, ledger) => {
      const id = attribute(paid, all, ledger);
      const owner = all.find((one) => one.id === id);
      if (!owner) return;
      expect(paid.out !== undefined && owner.sources.includes(paid.out)).toBe(true);
      const arrived = paid.in === owner.destination || paid.inPeer === owner.destinationPeer;
      expect(arrived || (paid.inPeer === undefined && owner.ended === undefined)).toBe(true);
      expect(paid.index).toBeGreaterThan(owner.openedIndex);
      if (!owner.ended || paid.inPeer === undefined) return;
      const stamped = paid.at >= owner.createdAt - 5_000 && paid.at <= owner.ended.wall + HOUR_MS;
      expect(stamped || ledger <= owner.ended.ledger + HOUR_MS).toBe(true);
      const open = all.filter(({ ended }) => ended === undefined);
      expect(attribute(paid, open, ledger)).toBeUndefined();
    }),
    { numRuns: 5_000 },
  );
});

test('an open job on the way gets it, whatever the clock said, and the order of the rows does not matter', () => {
  fc.assert(
    fc.property(payment, jobs, job, moment, (paid, others, mine, ledger) => {
      const id = 2_000;
      const open = { ...mine, id, ended: undefined, openedIndex: paid.index - 1 };
      const [source] = open.sources;
      const own = { ...paid, out: source, in: open.destination };
      expect(attribute(own, [open, ...others], ledger)).toBe(id);
      expect(attribute(own, [...others, open].toReversed(), ledger)).toBe(id);
      expect(attributeBlind(own, [...others, open], ledger)).toBe(id);
    }),
    { numRuns: 2_000 },
  );
});

test('one that came in by a channel nobody has learned yet is an open job’s, unless another fits better', () => {
  fc.assert(
    fc.property(payment, job, moment, (paid, mine, ledger) => {
      const open = { ...mine, ended: undefined, openedIndex: paid.index - 1 };
      const [source] = open.sources;
      const strange = { ...paid, out: source, in: channelNamed(99), inPeer: undefined };
      expect(attribute(strange, [open], ledger)).toBe(open.id);
      const better = { ...open, id: open.id - 1, destination: channelNamed(99) };
      expect(attribute(strange, [open, better], ledger)).toBe(better.id);
      const settled = { wall: unixMs(NOW - 9 * HOUR_MS), ledger: unixMs(ledger - 9 * HOUR_MS) };
      expect(attribute(strange, [{ ...open, ended: settled }], ledger)).toBeUndefined();
    }),
  );
});

test('blind, a payment recorded before every job is nobody’s', () => {
  fc.assert(
    fc.property(payment, jobs, moment, (paid, all, ledger) => {
      const later = all.map((one) => ({ ...one, openedIndex: paid.index }));
      expect(attributeBlind(paid, later, ledger)).toBeUndefined();
      expect(attribute(paid, later, ledger)).toBeUndefined();
    }),
  );
});
