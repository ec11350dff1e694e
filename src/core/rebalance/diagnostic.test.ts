import { expect, it, test } from 'vitest';
import { fromSat, msat, share } from '../units.ts';
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
import { planDiagnostic } from './diagnostic.ts';
import type { RebalanceChannel } from './types.ts';

/** Silent, nearly empty, lost money, refilled yesterday: nothing of that matters here. */
const SILENT: Partial<RebalanceChannel> = {
  class: 'ZOMBIE',
  marginalRoi: -1,
  outPerRoutableHour: undefined,
  history: historyAs({ lastSuccess: ago(1) }),
  spendable: fromSat(600_000),
  share: share(0.06),
};
const FULL: Partial<RebalanceChannel> = {
  ...SILENT,
  spendable: fromSat(8_000_000),
  receivable: fromSat(1_900_000),
  share: share(0.8),
};
const pull = (change: Partial<RebalanceChannel> = {}, others = [sourceAs()]) => {
  const subject = destinationAs({ ...SILENT, ...change });
  return planDiagnostic(subject, [subject, ...others], LAW, NOW);
};
const taker = (change: Partial<RebalanceChannel> = {}, index = 2) =>
  destinationAs({ channelId: channelNamed(index), peerId: peerNamed(index), ...change });
const drain = (change: Partial<RebalanceChannel> = {}, others = [taker()]) => {
  const subject = destinationAs({ ...FULL, ...change });
  return planDiagnostic(subject, [subject, ...others], LAW, NOW);
};

test('original 2: below one half 50 000 sat are pulled for at most 100 sat', () => {
  const verdict = pull();
  expect(verdict).toMatchObject({
    kind: 'plan',
    direction: 'pull',
    plan: {
      destination: channelNamed(1),
      sources: [channelNamed(2)],
      amount: fromSat(50_000),
      chunk: fromSat(50_000),
      maxPpm: 2000,
      cap: fromSat(100),
      income: 0n,
      loss: 0n,
    },
  });
  expect(verdict.trail.at(-1)).toEqual({
    rule: 'diagnostic',
    verdict: 'passes',
    because: 'pull: 50000 sat for at most 100 sat',
  });
  expect(verdict.trail.map(({ rule }) => rule)).not.toContain('cool_down');
});

test('from one half on it is drained', () => {
  expect(pull({ share: share(0.499) })).toMatchObject({ direction: 'pull' });
  expect(drain({ share: share(0.5) })).toMatchObject({
    kind: 'plan',
    direction: 'drain',
    plan: { destination: channelNamed(2), sources: [channelNamed(1)], cap: fromSat(100) },
  });
});

it.each([
  ['UNDERWATER', { class: 'UNDERWATER' }],
  ['nothing lacks', { spendable: fromSat(4_000_000) }],
] as const)('does not matter: %s', (_, change) => {
  expect(pull(change).kind).toBe('plan');
});

it.each([
  ['policy', { mode: 'source_only' }],
  ['congested', { congested: true }],
  ['busy', { busy: true }],
  ['uptime', { uptime: share(0.8) }],
  ['sink', { flow: 'SINK' }],
  ['futility', { history: historyAs({ failures: 11, lastFailure: ago(9) }) }],
  ['back_off', { history: historyAs({ failures: 1, lastFailure: ago(9) }) }],
  ['not_eligible', { eligible: false }],
  ['too_small', { receivable: fromSat(49_999) }],
  ['too_small', { htlcLimitIn: fromSat(99_999) }],
] as const)('pulling is refused: %s', (code, change) => {
  const verdict = pull(change);
  expect(verdict).toMatchObject({ kind: 'refused', code });
  expect(verdict.trail.some(({ rule, verdict }) => rule === code && verdict === 'refuses')).toBe(
    true,
  );
});

it.each([
  ['fits', { receivable: fromSat(50_000), htlcLimitIn: fromSat(100_000) }],
  ['slots for 50 000 sat, not for a chunk', { slots: { in: share(0.5), out: share(0), max: 5 } }],
])('pulling just %s', (_, change) => {
  expect(pull(change).kind).toBe('plan');
});

it.each([
  ['has too little', { spendable: fromSat(549_999) }, 'no_source'],
  ['takes too little at once', { htlcLimitOut: fromSat(99_999) }, 'no_source'],
  ['is full', { slots: { in: share(0), out: share(0.5001), max: 5 } }, 'no_source'],
  ['is of the same peer', { peerId: peerNamed(1) }, 'no_other_peer'],
])('pulling finds no source: the other %s', (_, change, code) => {
  expect(pull({}, [sourceAs(change)])).toMatchObject({ kind: 'refused', code });
});

test('several sources, the one with most to give first', () => {
  const small = sourceAs(
    { spendable: fromSat(550_000), slots: { in: share(0), out: share(0.5), max: 5 } },
    2,
  );
  const order = pull({}, [small, sourceAs({}, 4), sourceAs({}, 3)]);
  expect(order).toMatchObject({ plan: { sources: [3, 4, 2].map(channelNamed) } });
});

it.each([
  ['policy', { mode: 'sink_only' }, 'the policy says sink_only: it may not be drained'],
  ['policy', { mode: 'disabled' }, 'the policy says disabled: it may not be drained'],
  ['busy', { busy: true }, 'a rebalance of ours is under way here'],
  ['not_eligible', { eligible: false }, 'not announced, not confirmed or not in normal operation'],
  ['no_source', { htlcLimitOut: fromSat(99_999) }, 'no channel may give 50000 sat for it'],
  ['no_source', { spendable: msat(50_099_999n) }, 'no channel may give 50000 sat for it'],
  ['no_other_peer', { peerId: peerNamed(2) }, 'no channel of another peer may take it'],
] as const)('draining is refused: %s %o', (code, change, because) => {
  const verdict = drain(change);
  expect(verdict).toMatchObject({ kind: 'refused', code, because });
  expect(
    verdict.trail.at(-1)?.verdict === 'refuses' || code === 'busy' || code === 'not_eligible',
  ).toBe(true);
});

it.each([
  ['source_only', { mode: 'source_only' }],
  ['flow SINK', { flow: 'SINK' }],
  ['full incoming slots', { slots: { in: share(1), out: share(0), max: 483 } }],
  ['failed to fill', { history: historyAs({ failures: 11, lastFailure: ago(9) }) }],
  ['exactly the amount and its price', { spendable: msat(50_100_000n) }],
] as const)('draining does not mind %s', (_, change) => {
  expect(drain(change).kind).toBe('plan');
});

it.each([
  ['ZOMBIE', { class: 'ZOMBIE' }],
  ['UNDERWATER', { class: 'UNDERWATER', marginalRoi: 0 }],
  ['SINK', { flow: 'SINK' }],
  ['cooling down', { history: historyAs({ lastSuccess: ago(9) }) }],
  ['full', { receivable: fromSat(49_999) }],
] as const)('nothing is drained into a channel that is %s', (_, change) => {
  expect(drain({}, [taker(change)])).toMatchObject({ code: 'no_other_peer' });
});

test('what the taker sells or lacks does not matter', () => {
  const taken = drain({}, [taker({ outPerRoutableHour: undefined, dailyVolume: msat(0n) })]);
  expect(taken.kind).toBe('plan');
});

test('it is drained into the channel that lacks most; without one, into any that may take it', () => {
  const lacks = (sat: number, index: number) => taker({ spendable: fromSat(500_000 - sat) }, index);
  const most = drain({}, [lacks(100, 2), lacks(900, 3), lacks(500, 4)]);
  expect(most).toMatchObject({ plan: { destination: channelNamed(3) } });
  expect(drain({}, [lacks(0, 3), lacks(0, 2)])).toMatchObject({
    plan: { destination: channelNamed(2) },
  });
});

test('another silent channel takes what is drained only where nobody else may', () => {
  const silent = taker({ class: 'STAGNANT_CANDIDATE', spendable: fromSat(0) }, 2);
  expect(drain({}, [silent, taker({}, 3)])).toMatchObject({
    plan: { destination: channelNamed(3) },
  });
  expect(drain({}, [silent])).toMatchObject({ plan: { destination: channelNamed(2) } });
});
