import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rpcWorld } from '../../test/doubles/rpc-world.ts';
import { msat } from '../core/units.ts';
import type { RebalanceJob } from '../ports/spending.ts';
import {
  budgetOf,
  heldBy,
  holdRow,
  holdRowOf,
  rebalanceRow,
  rebalanceRowOf,
  satCeil,
  wholeSats,
} from './rebalance-rows.ts';

const { rebalance } = rpcWorld();
const labelOf = () => ({ name: '1x1x1', peerId: undefined });
const row = (change: Partial<RebalanceJob>) => rebalanceRowOf(rebalance.job(1, change), labelOf);

describe('a rebalance as a row', () => {
  test.each([
    [{ state: 'running' }, 'pending'],
    [{ state: 'unknown' }, 'pending'],
    [{ state: 'settled', outcome: 'moved', moved: msat(100_000_000n) }, 'success'],
    [{ state: 'settled', outcome: 'moved', moved: msat(50_000_000n) }, 'partial'],
    [{ state: 'settled', outcome: 'nothing moved' }, 'timeout'],
    [{ state: 'settled', outcome: 'not tried' }, 'failed'],
    [{ state: 'settled', outcome: 'strayed', moved: msat(100_000_000n) }, 'failed'],
  ] as const)('%o is %s for who knows the Python plugin', (change, status) =>
    expect(row(change).status).toBe(status),
  );

  test('what was paid per million is of what arrived; nothing arrived, no price', () => {
    expect(row({ moved: msat(50_000_000n), spent: msat(12_345n) }).fee_ppm).toBe(246.9);
    // 246.92: what was paid is rounded up.
    expect(row({ moved: msat(50_000_000n), spent: msat(12_346n) }).fee_ppm).toBe(247);
    expect(row({ moved: msat(0n), spent: msat(12_345n) }).fee_ppm).toBeUndefined();
  });

  test('a job without any source has rows all the same', () => {
    expect(rebalanceRow.parse(row({ sources: [] })).from_channel).toBeUndefined();
  });
});

const amount = fc.bigInt({ min: 0n, max: 2_100_000_000_000_000_000n }).map(msat);

describe('money at the edge', () => {
  test('costs are rounded up and expected profit down, whatever the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (value) => {
        expect(BigInt(wholeSats(value)) * 1000n).toBeLessThanOrEqual(value);
        expect((BigInt(wholeSats(value)) + 1n) * 1000n).toBeGreaterThan(value);
        const up = BigInt(satCeil(msat(value < 0n ? -value : value))) * 1000n;
        expect(up).toBeGreaterThanOrEqual(value < 0n ? -value : value);
      }),
    );
  });

  test('a hold is what may still be paid: cap less spent, never below zero', () => {
    fc.assert(
      fc.property(amount, amount, (cap, spent) => {
        const job = rebalance.job(1, { cap, spent });
        expect(heldBy(job)).toBe(cap > spent ? cap - spent : 0n);
        expect(holdRow.parse(holdRowOf(job, labelOf)).amount_msat).toBe(heldBy(job));
      }),
    );
  });

  test('a budget of which one cap is missing is no budget', () => {
    const state = rebalance.state();
    for (const name of ['daily', 'weekly'])
      expect(
        budgetOf({ ...state, caps: state.caps?.filter((cap) => cap.name !== name) }),
      ).toBeUndefined();
    expect(budgetOf(state)).toBeDefined();
  });
});
