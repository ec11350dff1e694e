/** cl-hive through its two commands (facts/neighbours.md §4.1, 4.3, 4.9): what is asked, and what each answer means. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ClnHive } from '../../../src/cln/hive.ts';
import { fromSat, msat, parseScid } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import type { RebalanceOutcome } from '../../../src/ports/hive.ts';
import { toldCaller } from './told-caller.ts';

const scid = (text: string) => {
  const name = parseScid(text);
  if (!name) throw new Bug('a constant of this test is malformed');
  return name;
};
const OUTCOME: RebalanceOutcome = {
  from: scid('700000x1x0'),
  to: scid('700000x2x0'),
  amount: msat(300_000_999n),
  cost: msat(30_001n),
  success: true,
};

function told(...answers: readonly unknown[]) {
  const { caller, asked } = toldCaller(answers);
  return { hive: new ClnHive(caller, { failures: 3, openMs: 20 }), asked };
}

describe('membership', () => {
  it.each([
    ['a member', { membership: { tier: 'member', joined_at: 1, pubkey: '02' } }, 'member'],
    ['a neophyte', { status: 'active', membership: { tier: 'neophyte' } }, 'neophyte'],
    ['an old database', { membership: { tier: 'admin' }, version: '0.1.0-dev' }, 'admin'],
    ['no member', { membership: { tier: null } }, undefined],
    ['no member, shorter', { membership: {} }, undefined],
  ])('%s', async (_, answer, tier) => {
    const { hive, asked } = told(answer);
    expect(await hive.membership()).toEqual({ tier });
    expect(asked).toEqual([
      { method: 'hive-status', params: {}, options: { group: 'hive', timeoutMs: 2000 } },
    ]);
  });

  it.each([
    ['no object', 'NaN'],
    ['nothing', null],
    ['a tier nobody knows', { membership: { tier: 'emperor' } }],
    ['a number for a tier', { membership: { tier: 1 } }],
    ['no membership', { hive_id: 'x', tier: 'member' }],
  ])('garbage: %s', async (_, answer) => {
    await expect(told(answer).hive.membership()).rejects.toBeInstanceOf(RetryLater);
  });

  test('a refusal inside a successful answer is a refusal, and its words are cut to one line', async () => {
    const error = `permission\ndenied${'x'.repeat(5000)}`;
    const refused = told({ error, membership: { tier: 'member' } }).hive.membership();
    await expect(refused).rejects.toBeInstanceOf(NodeRefused);
    await expect(refused).rejects.toThrow(/^cl-hive says no: permission denied.{0,200}$/);
  });
});

describe('a report', () => {
  test('is in whole satoshi, cost up and amount down, by name', async () => {
    const { hive, asked } = told({ recorded: true, circular_flows_detected: 0 });
    await hive.report(OUTCOME);
    expect(asked).toEqual([
      {
        method: 'hive-report-rebalance-outcome',
        params: {
          from_channel: '700000x1x0',
          to_channel: '700000x2x0',
          amount_sats: 300_000,
          cost_sats: 31,
          success: true,
          via_fleet: false,
        },
        options: { group: 'hive', timeoutMs: 2000 },
      },
    ]);
  });

  test('never tells a lower cost than was paid, nor a larger amount than was moved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt(0n, 10n ** 15n),
        fc.bigInt(0n, 10n ** 15n),
        async (paid, moved) => {
          const { hive, asked } = told({ recorded: true });
          await hive.report({ ...OUTCOME, amount: msat(moved), cost: msat(paid) });
          const { cost_sats, amount_sats } = Object(asked[0]?.params);
          expect(fromSat(cost_sats) - paid).toBeGreaterThanOrEqual(0n);
          expect(fromSat(cost_sats) - paid).toBeLessThan(1000n);
          expect(moved - fromSat(amount_sats)).toBeGreaterThanOrEqual(0n);
          expect(moved - fromSat(amount_sats)).toBeLessThan(1000n);
        },
      ),
    );
  });

  it.each([
    ['permission denied', { error: 'permission_denied', required_tier: 'member' }, NodeRefused],
    ['not recorded', { recorded: false }, NodeRefused],
    ['another shape', { status: 'accepted' }, RetryLater],
    ['text for a truth', { recorded: 'true' }, RetryLater],
  ])('%s', async (_, answer, kind) => {
    await expect(told(answer).hive.report(OUTCOME)).rejects.toBeInstanceOf(kind);
  });
});

describe('the breaker', () => {
  const GARBAGE = { garbage: true };
  const FINE = { membership: { tier: 'member' } };

  test('three failures in a row, silence or garbage: it is not asked any more, and asked again later', async () => {
    const { hive, asked } = told(new RetryLater('slow'), GARBAGE, new RetryLater('slow'), FINE);
    for (const _ of [1, 2, 3]) await expect(hive.membership()).rejects.toThrow();
    expect(hive.brokenOff).toBe(true);
    await expect(hive.report(OUTCOME)).rejects.toThrow(/left alone/);
    expect(asked).toHaveLength(3);
    await expect.poll(() => hive.membership().catch(() => undefined)).toEqual({ tier: 'member' });
    expect(hive.brokenOff).toBe(false);
    expect(asked).toHaveLength(4);
  });

  test('refusals are answers: it goes on being asked', async () => {
    const { hive, asked } = told({ error: 'Not a Hive member' });
    for (const _ of [1, 2, 3, 4, 5]) await expect(hive.membership()).rejects.toThrow();
    expect([hive.brokenOff, asked.length]).toEqual([false, 5]);
  });
});
