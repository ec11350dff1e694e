import { expect, it, test } from 'vitest';
import { DAY_MS, fromSat, msat, ppm, share } from '../units.ts';
import {
  ago,
  channelNamed,
  destinationAs,
  historyAs,
  LAW,
  NOW,
  peerNamed,
  sourceAs,
} from './channel.fixture.ts';
import { decideRebalance, expectedProfit, planRebalances } from './rebalance-sequence.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

const decide = (
  to: Partial<RebalanceChannel> = {},
  sources: readonly RebalanceChannel[] = [sourceAs()],
  law: RebalanceSettings = LAW,
) => decideRebalance(destinationAs(to), [destinationAs(to), ...sources], law, NOW);
const KELLY = { ...LAW, kelly: true };

test('a plan, with its trail', () => {
  const verdict = decide();
  expect(verdict).toMatchObject({
    kind: 'plan',
    plan: {
      destination: channelNamed(1),
      sources: [channelNamed(2)],
      amount: fromSat(400_000),
      chunk: fromSat(400_000),
      maxPpm: 650,
      cap: fromSat(260),
      income: fromSat(400),
      loss: 0n,
      inboundPpm: 200,
    },
  });
  expect(verdict.trail.slice(-4)).toEqual([
    {
      rule: 'no_other_peer',
      verdict: 'passes',
      because: 'other peers have channels with us',
    },
    {
      rule: 'no_source',
      verdict: 'passes',
      because: '1 may each give 400000 sat in chunks of 400000 sat',
      value: 1,
    },
    {
      rule: 'negative_ev',
      verdict: 'passes',
      because: '100 % of it sells for 400 sat, the sources miss 0 sat',
      value: 390_000,
    },
    {
      rule: 'too_dear',
      verdict: 'passes',
      because: 'at most 650 ppm (cost share), expected 200 ppm: what the peer and the way ask',
      value: 650,
    },
  ]);
  expect(verdict.trail).toHaveLength(19);
});

it.each([
  ['a closed gate', { congested: true }, 'congested', 'congested'],
  [
    'too little lacks',
    { spendable: fromSat(450_001) },
    'too_small',
    '49999 sat would be moved, less than 50000 sat',
  ],
  [
    'too little fits',
    { receivable: fromSat(49_999) },
    'too_small',
    '49999 sat would be moved, less than 50000 sat',
  ],
  [
    'it does not sell',
    { outPerRoutableHour: fromSat(1_000) },
    'negative_ev',
    '0 % of it sells for 0 sat, the sources miss 0 sat',
  ],
  [
    'it sells too cheaply',
    { price: ppm(307) },
    'too_dear',
    'at most 199 ppm (cost share), expected 200 ppm: what the peer and the way ask',
  ],
  [
    'the budget is used up',
    { budget: msat(9_999n) },
    'too_dear',
    'at most 199 ppm (budget), expected 200 ppm: what the peer and the way ask',
  ],
] as const)('refused: %s', (_, to, code, because) => {
  const verdict = decide(to);
  expect(verdict).toMatchObject({ kind: 'refused', destination: channelNamed(1), code, because });
  expect(verdict.trail.find((step) => step.verdict === 'refuses')).toMatchObject({
    rule: code,
    because,
  });
});

it.each([
  ['exactly the smallest amount lacks', { spendable: fromSat(450_000) }],
  ['it sells just dearly enough', { price: ppm(308) }],
  ['the budget just suffices', { budget: fromSat(10) }],
])('planned: %s', (_, to) => {
  expect(decide(to).kind).toBe('plan');
});

test('refused: no source, with the reasons', () => {
  expect(decide({}, [sourceAs({ flow: 'NEW' })])).toMatchObject({
    code: 'no_source',
    because: 'no channel may give: 1 itself, 1 new',
  });
  expect(decide({}, [sourceAs({ peerId: peerNamed(1) })])).toMatchObject({ code: 'no_other_peer' });
  expect(decide({}, [sourceAs({ eligible: false })])).toMatchObject({ code: 'no_other_peer' });
});

test('attack, futility: 11 recent failures are skipped before any EV, 11 old ones are tried again', () => {
  const after = (ms: number) =>
    decide({ history: historyAs({ failures: 11, lastFailure: ago(ms) }) });
  const skipped = after(DAY_MS);
  expect(skipped).toMatchObject({
    kind: 'refused',
    code: 'futility',
    because: 'Futility Circuit Breaker active: 11 failures in a row',
  });
  expect(skipped.trail.some(({ rule }) => rule === 'negative_ev')).toBe(false);
  expect(after(2 * DAY_MS).kind).toBe('plan');
});

test('original 4.11: the fleet is served at a price of 0, within the tolerance', () => {
  const verdict = decide({
    hive: true,
    price: ppm(0),
    history: historyAs({ gossipInboundPpm: 0 }),
  });
  expect(verdict).toMatchObject({ kind: 'plan', plan: { maxPpm: 125, cap: fromSat(50) } });
  const alone = decide({ price: ppm(0), history: historyAs({ gossipInboundPpm: 0 }) });
  expect(alone).toMatchObject({ kind: 'refused', code: 'negative_ev' });
});

test('attack, trap and trap: a cheap way in does not make us drain what sells as well', () => {
  const trap = { price: ppm(1000), history: historyAs({ gossipInboundPpm: 0 }) };
  const selling = sourceAs({ outPerRoutableHour: fromSat(200_000), price: ppm(976) });
  expect(decide(trap, [selling])).toMatchObject({ kind: 'refused', code: 'negative_ev' });
  const cheaper = sourceAs({ outPerRoutableHour: fromSat(200_000), price: ppm(975) });
  expect(decide(trap, [cheaper])).toMatchObject({ kind: 'plan', plan: { cap: 0n } });
});

test('Kelly: the stake falls with the record, and the money with it', () => {
  // p = 2/3, cost 80 sat, gain 320 sat: f = 7/12, half of it 7/24 of 400 000 sat.
  const verdict = decide({}, [sourceAs()], KELLY);
  expect(verdict).toMatchObject({
    kind: 'plan',
    plan: { amount: fromSat(116_666), chunk: fromSat(116_666), maxPpm: 649 },
  });
  expect(verdict.kind === 'plan' && verdict.plan.cap <= (fromSat(260) * 7n) / 24n).toBe(true);
  expect(verdict.trail.at(-3)).toMatchObject({
    rule: 'kelly',
    verdict: 'passes',
    because: 'its record supports 29.2 % of the stake',
  });
});

test('only what sells is moved: the rest would lower the price that all of it bears', () => {
  const verdict = decide({ outPerRoutableHour: fromSat(5_000) });
  expect(verdict).toMatchObject({ kind: 'plan', plan: { amount: fromSat(260_000), maxPpm: 650 } });
});

test('a small budget buys less, at a price that has a chance', () => {
  const verdict = decide({ budget: fromSat(60) });
  expect(verdict).toMatchObject({
    kind: 'plan',
    plan: { amount: fromSat(150_000), maxPpm: 400, cap: fromSat(60), bound: 'budget' },
  });
});

it.each([
  [
    'a bad record',
    { earnedBack: 0, finished: 17 },
    'kelly',
    'its record does not support any stake',
  ],
  [
    'a small stake',
    { earnedBack: 0, finished: 5 },
    'too_small',
    '3.1 % of 400000 sat is too little to move',
  ],
])('Kelly refuses %s', (_, record, code, because) => {
  expect(decide({ history: historyAs(record) }, [sourceAs()], KELLY)).toMatchObject({
    kind: 'refused',
    code,
    because,
  });
});

test('Kelly leaves the fleet alone', () => {
  const fleet = { hive: true, price: ppm(0), history: historyAs({ gossipInboundPpm: 0 }) };
  const verdict = decide(fleet, [sourceAs()], KELLY);
  expect(verdict).toMatchObject({ kind: 'plan', plan: { amount: fromSat(400_000) } });
  expect(verdict.trail.at(-1)).toMatchObject({ rule: 'kelly', verdict: 'passes' });
});

test('the best first, then the refusals; every channel has its verdict', () => {
  const other = (index: number, price: number) =>
    destinationAs({ channelId: channelNamed(index), peerId: peerNamed(index), price: ppm(price) });
  const channels = [other(4, 900), sourceAs(), other(5, 2000), other(6, 900)];
  const verdicts = planRebalances(channels, LAW, NOW);
  expect(verdicts.map((one) => (one.kind === 'plan' ? one.plan.destination : one.code))).toEqual([
    channelNamed(5),
    channelNamed(4),
    channelNamed(6),
    'sink',
  ]);
  expect(verdicts[0]?.kind === 'plan' && expectedProfit(verdicts[0].plan)).toBe(fromSat(720));
  expect(planRebalances([...channels].reverse(), LAW, NOW)).toEqual(verdicts);
});

test('a source gives once: the second plan sees what the first leaves', () => {
  const other = destinationAs({
    channelId: channelNamed(4),
    peerId: peerNamed(4),
    price: ppm(900),
  });
  const scarce = sourceAs({ spendable: fromSat(1_000_000) });
  const verdicts = planRebalances([other, destinationAs(), scarce], LAW, NOW);
  expect(verdicts).toMatchObject([
    { kind: 'plan', plan: { destination: channelNamed(1), amount: fromSat(400_000) } },
    { kind: 'plan', plan: { destination: channelNamed(4), amount: fromSat(100_000) } },
    { kind: 'refused' },
  ]);
  const spent = sourceAs({ spendable: fromSat(949_999) });
  expect(planRebalances([other, destinationAs(), spent], LAW, NOW)).toMatchObject([
    { kind: 'plan', plan: { destination: channelNamed(1) } },
    { code: 'sink' },
    { code: 'no_source', destination: channelNamed(4) },
  ]);
});

test('what shrinks because a better plan took its source moves down', () => {
  const at = (channel: number, peer: number) => ({
    channelId: channelNamed(channel),
    peerId: peerNamed(peer),
  });
  const channels = [
    destinationAs(),
    destinationAs({ ...at(4, 1), price: ppm(990) }),
    destinationAs({ ...at(5, 2), price: ppm(500) }),
    sourceAs({ ...at(2, 2), spendable: fromSat(1_000_000) }),
    sourceAs(at(6, 1)),
  ];
  const plans = planRebalances(channels, LAW, NOW).filter((one) => one.kind === 'plan');
  expect(plans.map(({ plan }) => [plan.destination, plan.amount])).toEqual([
    [channelNamed(1), fromSat(400_000)],
    [channelNamed(5), fromSat(400_000)],
    [channelNamed(4), fromSat(100_000)],
  ]);
});

test('the HTLCs of one cycle fill the slots of a source together', () => {
  const other = destinationAs({ channelId: channelNamed(4), peerId: peerNamed(4) });
  const slots = { in: share(0), out: share(0.5), max: 50 };
  expect(planRebalances([destinationAs(), other, sourceAs({ slots })], LAW, NOW)).toMatchObject([
    { kind: 'plan', plan: { destination: channelNamed(1) } },
    { code: 'sink' },
    {
      code: 'no_source',
      because: 'no channel may give: 1 nothing_to_give, 1 itself, 1 scarcity_guard',
    },
  ]);
});

test('no channels, no verdicts', () => {
  expect(planRebalances([], LAW, NOW)).toEqual([]);
});

test('whoever gave down to the middle is not idle for that: what it keeps stays with it', () => {
  // Of 6.5 million nobody uses, half a million is kept; with the first two million gone its share would be 0.45.
  const idle = sourceAs({
    spendable: fromSat(6_500_000),
    share: share(0.65),
    dailyVolume: msat(0n),
    outPerRoutableHour: undefined,
  });
  const to = (index: number, days: number, perHour: number, price: number) =>
    destinationAs({
      channelId: channelNamed(index),
      peerId: peerNamed(index),
      spendable: msat(0n),
      dailyVolume: fromSat(days),
      outPerRoutableHour: fromSat(perHour),
      price: ppm(price),
    });
  const verdicts = planRebalances(
    [to(10, 850_000, 34_700, 3000), to(11, 1_500_000, 100_000, 1000), idle],
    LAW,
    NOW,
  );
  const given = verdicts.flatMap((one) => (one.kind === 'plan' ? one.plan.amount : []));
  expect(given).toHaveLength(2);
  expect(given.reduce((sum, one) => sum + one, 0n)).toBeLessThanOrEqual(fromSat(6_000_000));
});
