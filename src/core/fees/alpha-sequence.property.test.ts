/** What holds for every observation and against every adversary. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, msat, share, unixMs } from '../units.ts';
import { fromText, toText } from '../wire-text.ts';
import { decideFee } from './alpha-sequence.ts';
import {
  anchoredAt,
  asking,
  CLIMB,
  LAW,
  later,
  MARKET,
  SETTLED,
  seenAs,
  stateAs,
} from './channel.fixture.ts';

describe('for any observation', () => {
  const odd = fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -5, 1e300) },
  );
  const amount = fc.bigInt({ min: 0n, max: 20_000_000_000n });
  const observation = fc.record({
    share: odd,
    use: odd,
    weighted: odd,
    secondLook: fc.boolean(),
    onNode: fc.integer({ min: 0, max: 10_000 }),
    idleDays: fc.option(fc.double({ min: 0, max: 200 }), { nil: undefined }),
    ageDays: fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
    leftInDay: amount,
    settledOutEver: amount,
    openedByPeer: fc.boolean(),
    probeGranted: fc.boolean(),
    announced: fc.boolean(),
    connected: fc.boolean(),
    kind: fc.constantFrom('ZOMBIE', 'UNDERWATER', 'PROFITABLE', 'BREAK_EVEN'),
    refill: fc.option(fc.record({ ppm: odd, count: fc.integer({ min: 0, max: 9 }) }), {
      nil: undefined,
    }),
    satPerVbyte: fc.option(fc.oneof(odd, fc.integer({ min: 0, max: 5000 })), { nil: undefined }),
    vegas: odd,
    rung: fc.integer({ min: 0, max: 6 }),
    ladder: fc.boolean(),
    hours: fc.integer({ min: 0, max: 400 }),
  });
  type Drawn = typeof observation extends fc.Arbitrary<infer T> ? T : never;

  const build = (drawn: Drawn) => {
    const { share: part, use, weighted, secondLook, onNode, kind, satPerVbyte, vegas } = drawn;
    const seen = asking(onNode, {
      at: later(drawn.hours),
      share: part as never,
      slots: { use: use as never, secondLook, weighted: weighted as never },
      idleDays: drawn.idleDays,
      ageDays: drawn.ageDays,
      leftInDay: msat(drawn.leftInDay),
      settledOutEver: msat(drawn.settledOutEver),
      openedByPeer: drawn.openedByPeer,
      probeGranted: drawn.probeGranted,
      announced: drawn.announced,
      connected: drawn.connected,
      books: { class: kind as 'ZOMBIE', roi: -0.6, marginalRoi: 0 },
      refill: drawn.refill,
    });
    const market = { ...MARKET, satPerVbyte, vegasIntensity: vegas };
    const law = drawn.ladder ? LAW : CLIMB;
    const fresh = stateAs({}, { law, found: onNode });
    const state = { ...fresh, ladder: { ...fresh.ladder, rung: drawn.rung } };
    return { seen, state, market, law };
  };

  test('a price of rule 4 is a whole number inside floor and ceiling, or the node is left as it is', () => {
    fc.assert(
      fc.property(observation, (drawn) => {
        const { seen, state, market, law } = build(drawn);
        const { target, ruledBy, kind } = decideFee(seen, state, market, law);
        expect(Number.isInteger(target.ppm)).toBe(true);
        if (ruledBy === 'price' && target.ppm !== seen.onNode.ppm) {
          expect(target.ppm).toBeGreaterThanOrEqual(10);
          expect(target.ppm).toBeLessThanOrEqual(5000);
        }
        if (kind === 'set') expect(seen.connected).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('the same input gives the same decision, also after it was stored as text', () => {
    fc.assert(
      fc.property(observation, (drawn) => {
        const input = build(drawn);
        const finite = [
          drawn.share,
          drawn.use,
          drawn.weighted,
          drawn.vegas,
          drawn.satPerVbyte,
          drawn.refill?.ppm,
        ];
        fc.pre(finite.every((one) => one === undefined || Number.isFinite(one)));
        fc.pre(drawn.idleDays === undefined || Number.isFinite(drawn.idleDays));
        const { seen, state, market, law } = input;
        const once = decideFee(seen, state, market, law);
        expect(decideFee(seen, state, market, law)).toEqual(once);
        const stored = fromText(toText(input)) as typeof input;
        const replayed = decideFee(stored.seen, stored.state, stored.market, stored.law);
        expect(fromText(toText(replayed))).toEqual(fromText(toText(once)));
      }),
    );
  });

  test('an emptier channel is never cheaper', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 0, max: 6 }), (a, b, rung) => {
        const fresh = stateAs();
        const state = { ...fresh, ladder: { ...fresh.ladder, rung } };
        const at = (part: number) =>
          decideFee(seenAs({ share: share(part) }), state, MARKET, LAW).next.target;
        expect(at(Math.min(a, b))).toBeGreaterThanOrEqual(at(Math.max(a, b)));
      }),
    );
  });
});

test('gossip: at most 4 updates in any 24 h besides leaving and commands, whatever an adversary does', () => {
  const move = fc.record({
    minutes: fc.integer({ min: 1, max: 400 }),
    use: fc.constantFrom(0, 0, 0.75, 0.95),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    idle: fc.constantFrom(0, 40),
    granted: fc.boolean(),
    feerate: fc.constantFrom(1, 20, 300),
    anchor: fc.integer({ min: 1, max: 6000 }),
  });
  fc.assert(
    fc.property(fc.array(move, { minLength: 20, maxLength: 120 }), (moves) => {
      let state = anchoredAt(100);
      let onNode = seenAs().onNode;
      let now: number = SETTLED;
      const updates: { at: number; counted: boolean }[] = [];
      for (const { minutes, use, part, idle, granted, feerate, anchor } of moves) {
        now += minutes * 60_000;
        const seen = seenAs({
          at: unixMs(now),
          onNode,
          share: share(part),
          slots: { use: share(use), secondLook: true, weighted: share(use) },
          idleDays: idle,
          probeGranted: granted,
          books: { class: idle > 0 ? 'ZOMBIE' : 'BREAK_EVEN', roi: 0, marginalRoi: 0 },
        });
        const learned = { ...state, climber: { ...state.climber, anchor } };
        const decision = decideFee(seen, learned, { ...MARKET, satPerVbyte: feerate }, CLIMB);
        state = decision.next;
        if (decision.kind !== 'set') continue;
        const leaving = learned.ruledBy !== 'price' && decision.ruledBy !== learned.ruledBy;
        updates.push({ at: now, counted: !leaving });
        const { ppm: rate, base, htlcMax } = decision.target;
        onNode = { ...onNode, ppm: rate, base, htlcMax: htlcMax ?? onNode.htlcMax };
      }
      for (const { at } of updates) {
        const day = updates.filter((one) => one.at > at - DAY_MS && one.at <= at);
        expect(day.filter(({ counted }) => counted).length).toBeLessThanOrEqual(4);
      }
      expect(state.gossip.tokens).toBeLessThanOrEqual(2);
    }),
  );
});
