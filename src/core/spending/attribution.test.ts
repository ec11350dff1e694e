import fc from 'fast-check';
import { expect, test } from 'vitest';
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
