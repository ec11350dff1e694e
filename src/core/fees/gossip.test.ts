import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat, ppm, unixMs } from '../units.ts';
import { asking, MARKET, SETTLED, seenAs, stateAs } from './channel.fixture.ts';
import {
  entryBarred,
  gossip,
  isWorthSending,
  leastMove,
  tokensAt,
  updatesOfLastDay,
} from './gossip.ts';
import type { ChannelFeeState, FeeObservation, Send } from './types.ts';
import type { Wish } from './verdict.ts';

const BAND = { floor: ppm(10), ceiling: ppm(5000) };
const bucket = (tokens: number, change: Partial<ChannelFeeState> = {}) =>
  stateAs({ gossip: { tokens, at: SETTLED }, ...change });
const sentAt = (hoursAgo: number, change: Partial<Send> = {}): Send => ({
  at: unixMs(SETTLED - hoursAgo * HOUR_MS),
  ppm: ppm(100),
  rule: 'price',
  gossip: true,
  ...change,
});
const wish = (rate: number, change: Partial<Wish> = {}): Wish => ({
  rule: 'price',
  ppm: ppm(rate),
  base: msat(0n),
  htlcMax: undefined,
  enforceDelay: undefined,
  binding: 'anchor',
  anchor: rate,
  learning: true,
  ...change,
});
const judge = (
  what: Wish,
  state: ChannelFeeState = bucket(2),
  seen: FeeObservation = seenAs(),
  market = MARKET,
) => gossip(seen, state, market, what, BAND);

it.each([
  [100, 105, false],
  [100, 106, true],
  [100, 95, false],
  [100, 94, true],
  [10, 11, true],
  [1, 2, true],
  [0, 1, true],
  [0, 0, false],
  [5, 5.9, false],
  [20, 21, false],
  [20, 22, true],
])('%d → %d ppm is worth a message: %s', (from, to, worth) => {
  expect(isWorthSending(from, to)).toBe(worth);
});

it.each([0, 1, 10, 19, 20, 30, 100, 438, 4999])(
  'the least move from %d ppm is the least that is sent',
  (from) => {
    expect(isWorthSending(from, from + leastMove(from))).toBe(true);
    expect(isWorthSending(from, from + leastMove(from) - 1)).toBe(false);
  },
);

describe('the bucket', () => {
  it.each([
    [0, 0, 0],
    [0, 6, 1],
    [0, 3, 0.5],
    [1.5, 100, 2],
    [-3, 6, -2],
    [1, -6, 1],
  ])('%d tokens are %d h later %d', (tokens, hours, expected) => {
    const at = unixMs(SETTLED + hours * HOUR_MS);
    expect(tokensAt(bucket(tokens), at)).toBeCloseTo(expected, 12);
  });

  test('updates of the last 24 h are those that were gossip', () => {
    const sends = [sentAt(24), sentAt(23.99), sentAt(1, { gossip: false }), sentAt(0)];
    expect(updatesOfLastDay(bucket(2, { sends }), SETTLED)).toBe(2);
  });
});

describe('a price of rule 4', () => {
  it.each([
    ['equal', 100, 2, true, 'equal', undefined],
    ['5 % is not more than 5 %', 105, 2, true, 'near', 'gossip: deadband'],
    ['6 % goes out', 106, 2, true, 'send', undefined],
    ['learning never takes the last token', 106, 1.99, true, 'wait', 'gossip: token'],
    ['what the balance does may', 106, 1, false, 'send', undefined],
    ['but not half of one', 106, 0.99, false, 'wait', 'gossip: token'],
  ] as const)('%s', (_, rate, tokens, learning, kind, binding) => {
    expect(judge(wish(rate, { learning }), bucket(tokens))).toMatchObject({ kind, binding });
  });

  it.each([
    ['below the floor', 9, 10],
    ['above the ceiling', 5001, 5000],
  ])('%s it goes back with the last token, however near', (_, from, to) => {
    expect(judge(wish(to), bucket(1), asking(from)).kind).toBe('send');
    expect(judge(wish(to), bucket(0.5), asking(from)).kind).toBe('wait');
  });

  test('on the floor or ceiling itself the 5 % count', () => {
    const narrow = { floor: ppm(20), ceiling: ppm(5000) };
    expect(gossip(asking(20), bucket(1), MARKET, wish(21), narrow).kind).toBe('near');
    expect(judge(wish(4900), bucket(1), asking(5000)).kind).toBe('near');
  });

  test('the base fee is part of equality and goes out with the last token', () => {
    const seen = asking(100);
    const based = { ...seen, onNode: { ...seen.onNode, base: msat(1000n) } };
    expect(judge(wish(100), bucket(1), based)).toMatchObject({ kind: 'send' });
    expect(judge(wish(100), bucket(1), based).step.because).toContain(
      'the base fee is 1000 msat, not 0',
    );
  });

  test('an htlcmax to set is part of equality', () => {
    expect(judge(wish(100, { htlcMax: seenAs().onNode.htlcMax })).kind).toBe('equal');
    expect(judge(wish(100, { htlcMax: msat(5n) })).kind).not.toBe('equal');
  });

  test('unannounced: no token, but the 5 % still count', () => {
    const seen = seenAs({ announced: false });
    expect(judge(wish(106), bucket(-5), seen).kind).toBe('send');
    expect(judge(wish(105), bucket(-5), seen).kind).toBe('near');
  });

  test('never more than 4 in any 24 h, whatever the bucket says', () => {
    const four = [sentAt(23), sentAt(17), sentAt(11), sentAt(5)];
    expect(judge(wish(200), bucket(2, { sends: four }))).toMatchObject({
      kind: 'wait',
      binding: 'gossip: day',
    });
    expect(judge(wish(200), bucket(2, { sends: four.slice(1) })).kind).toBe('send');
  });

  it.each([
    [199, 'send', undefined],
    [200, 'wait', 'gossip: node cap'],
    [Number.NaN, 'wait', 'gossip: node cap'],
  ])('with %d of 200 updates of the node used: %s', (gossipSentToday, kind, binding) => {
    const market = { ...MARKET, gossipSentToday };
    expect(judge(wish(200), bucket(2), seenAs(), market)).toMatchObject({ kind, binding });
  });
});

describe('peer away', () => {
  it.each([
    ['away', { connected: false, connectedForMs: undefined }, 'wait'],
    ['back for an unknown time', { connectedForMs: undefined }, 'wait'],
    ['back for 9:59', { connectedForMs: 599_999 }, 'wait'],
    ['back for 10 minutes', { connectedForMs: 600_000 }, 'send'],
  ] as const)('%s: %s', (_, change, kind) => {
    for (const what of [wish(200), wish(0, { rule: 'policy' })])
      expect(judge(what, bucket(2), seenAs(change)).kind).toBe(kind);
    const leaving = bucket(2, { ruledBy: 'congestion' });
    expect(judge(wish(200), leaving, seenAs(change)).kind).toBe(kind);
  });
});

describe('transitions', () => {
  const four = [sentAt(4), sentAt(3), sentAt(2), sentAt(1)];
  const poor = { sends: four, gossip: { tokens: -3, at: SETTLED } };
  const capped = { ...MARKET, gossipSentToday: 999 };

  it.each(['congestion', 'probe', 'fire-sale', 'policy'] as const)(
    'leaving %s never waits, not even for 1 %',
    (ruledBy) => {
      expect(judge(wish(101), stateAs({ ...poor, ruledBy }), seenAs(), capped).kind).toBe('send');
    },
  );

  test('a policy is always sent', () => {
    const policy = wish(101, { rule: 'policy' });
    for (const ruledBy of ['policy', 'price'] as const)
      expect(judge(policy, stateAs({ ...poor, ruledBy }), seenAs(), capped).kind).toBe('send');
  });

  test('entering goes out however near, once it may begin', () => {
    expect(judge(wish(101, { rule: 'congestion' })).kind).toBe('send');
  });

  test('inside an episode another price of its own takes one token', () => {
    const inside = (tokens: number) => bucket(tokens, { ruledBy: 'congestion' });
    const what = wish(101, { rule: 'congestion' });
    expect(judge(what, inside(1)).kind).toBe('send');
    expect(judge(what, inside(0.9)).kind).toBe('wait');
  });
});

describe('entering rules 1 to 3', () => {
  it.each([
    ['two tokens', 2, [], {}, {}, undefined],
    ['less than two', 1.99, [], {}, {}, 'entering needs 2 gossip tokens, there are 1.99'],
    ['two updates today', 2, [sentAt(1), sentAt(2)], {}, {}, undefined],
    [
      'three updates today',
      2,
      [sentAt(1), sentAt(2), sentAt(3)],
      {},
      {},
      'entering and leaving would be more than 4 updates in a day',
    ],
    ['the node cap', 2, [], {}, { gossipSentToday: 200 }, 'the node sent 200 updates today'],
    ['unannounced', -9, [], { announced: false }, { gossipSentToday: 200 }, undefined],
    ['peer away', 2, [], { connected: false }, {}, 'the peer is away'],
    ['unannounced and away', 2, [], { announced: false, connected: false }, {}, 'the peer is away'],
    [
      'peer just back',
      2,
      [],
      { connectedForMs: 120_000 },
      {},
      'the peer has been back for 2 min, not 10',
    ],
  ])('%s', (_, tokens, sends, seen, market, barred) => {
    expect(entryBarred(seenAs(seen), bucket(tokens, { sends }), { ...MARKET, ...market })).toBe(
      barred,
    );
  });
});

test('every verdict says why, with the numbers', () => {
  const said = (what: Wish, state?: ChannelFeeState, seen?: FeeObservation) =>
    judge(what, state, seen).step.because;
  expect(said(wish(100))).toBe('the node has 100 ppm already');
  expect(said(wish(103))).toBe('100 → 103 ppm is 3 %, not more than 5 %');
  expect(said(wish(200))).toBe('100 → 200 ppm: 100 % is worth a message, 2 tokens');
  expect(said(wish(200), bucket(1))).toBe(
    '100 → 200 ppm waits: 1 tokens, learning never takes the last',
  );
  expect(said(wish(200, { learning: false }), bucket(0.25))).toBe(
    '100 → 200 ppm waits: 0.25 tokens, one is needed',
  );
  expect(said(wish(10), bucket(2), asking(9))).toBe(
    '9 → 10 ppm: the node asks less than the floor of 10 ppm, 2 tokens',
  );
  expect(said(wish(5000), bucket(2), asking(6000))).toBe(
    '6000 → 5000 ppm: the node asks more than the ceiling of 5000 ppm, 2 tokens',
  );
  expect(said(wish(200), bucket(2), seenAs({ announced: false }))).toBe(
    '100 → 200 ppm: 100 % is worth a message; unannounced, no token',
  );
  expect(said(wish(200), bucket(2), seenAs({ connected: false }))).toBe(
    '100 → 200 ppm waits: the peer is away',
  );
  expect(said(wish(200, { rule: 'policy' }))).toBe('100 → 200 ppm: a policy is always sent');
  expect(said(wish(200, { rule: 'probe' }))).toBe('100 → 200 ppm: entering probe');
  expect(said(wish(200), bucket(2, { ruledBy: 'probe' }))).toBe(
    '100 → 200 ppm: leaving probe never waits',
  );
  expect(said(wish(200, { rule: 'probe' }), bucket(2, { ruledBy: 'probe' }))).toBe(
    '100 → 200 ppm: the price of probe is another, 2 tokens',
  );
  const today = [sentAt(4), sentAt(3), sentAt(2), sentAt(1)];
  expect(said(wish(200), bucket(2, { sends: today }))).toBe(
    '100 → 200 ppm waits: 4 updates in the last 24 h',
  );
  const capped = judge(wish(200), bucket(2), seenAs(), { ...MARKET, gossipSentToday: 200 });
  expect(capped.step).toEqual({
    rule: 'gossip',
    verdict: 'passes',
    because: '100 → 200 ppm waits: 200 of 200 updates of the node are used today',
  });
  expect(judge(wish(200)).step.verdict).toBe('applies');
  expect(DAY_MS).toBe(86_400_000);
});
