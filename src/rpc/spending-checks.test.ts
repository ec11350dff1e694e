import { describe, expect, test } from 'vitest';
import { FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { fromSat, msat } from '../core/units.ts';
import type { SpendState } from '../cycles/rebalance-services.ts';
import type { Authority } from '../cycles/services.ts';
import { spendingChecks } from './spending-checks.ts';

const RICH = { confirmedOnchain: fromSat(2_000_000), spendable: fromSat(0), revenue24h: msat(0n) };
const READY: Partial<SpendState> = { readiness: { ready: true }, backend: 'v4.3.1', jobs: [] };

function look(authority: Authority, spending: Partial<SpendState>, sling = true) {
  const world = rpcWorld();
  world.rebalance.spending = spending;
  const board = {
    ...world.context.board,
    authority: () => authority,
    neighbours: () => [{ name: 'sling' as const, present: sling, consequence: '' }],
  };
  return spendingChecks({ ...world.context, board });
}
const named = (name: string, checks: ReturnType<typeof look>) =>
  checks.filter((check) => check.name === name);

describe('revenue-doctor on money', () => {
  test('all is well: it says so and asks for nothing', () => {
    const checks = look('full', { ...READY, funds: RICH });
    expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['rebalancing', 'ok'],
      ['reserve', 'ok'],
    ]);
    expect(checks[0]?.finding).toBe('sling v4.3.1 is ready, 0 rebalances open');
  });

  test('below full a missing sling is no complaint: nothing would be spent anyway', () => {
    for (const authority of ['observe', 'fees'] as const) {
      const [first] = look(authority, { readiness: { ready: false, because: 'no sling' } }, false);
      expect(first).toMatchObject({ verdict: 'ok', finding: expect.stringContaining(authority) });
    }
  });

  test('at full an absent sling comes with what to do, and one that is only not ready yet with patience', () => {
    const absent = look('full', { readiness: { ready: false, because: 'sling is absent' } }, false);
    expect(absent[0]).toMatchObject({
      verdict: 'attention',
      finding: 'sling is absent',
      advice: expect.stringContaining('install sling 4.3.1'),
    });
    const busy = look('full', {
      ...READY,
      readiness: { ready: false, because: 'records are read' },
    });
    expect(busy[0]).toMatchObject({
      verdict: 'attention',
      finding: 'records are read',
      advice: expect.stringContaining('nothing to do unless it stays'),
    });
  });

  test('a sling that is too old is told of before anything may be spent with it', () => {
    for (const authority of ['observe', 'fees', 'full'] as const)
      expect(look(authority, { ...READY, backend: 'v4.3.0' })[0]).toMatchObject({
        verdict: 'attention',
        finding: expect.stringContaining('v4.3.0'),
        advice: 'install sling 4.3.1 or newer',
      });
  });

  test('jobs of others are named, and a crowd of them is counted', () => {
    const few = named('foreign jobs', look('full', { ...READY, foreign: ['1x1x1', '2x2x2'] }));
    expect(few[0]?.finding).toContain('on 1x1x1, 2x2x2:');
    const foreign = Array.from({ length: 12 }, (_, index) => `${index}x1x1`);
    const many = named('foreign jobs', look('full', { ...READY, foreign }));
    expect(many[0]?.finding).toContain('9x1x1 and 2 more');
    expect(named('foreign jobs', look('full', READY))).toEqual([]);
  });

  test('an unknown outcome says what is held and how it is settled', () => {
    const { rebalance } = rpcWorld();
    const [check] = named('unknown outcome', look('full', { ...READY, jobs: rebalance.jobs(1) }));
    expect(check).toMatchObject({
      verdict: 'attention',
      finding: `rebalance 9 into ${FIRST.scid}: what it cost is not known (no record of it was found); 35 sat stay held and nothing more goes there`,
      advice: expect.stringContaining('revenue-locks settle 9 spent_sats='),
    });
    const running = [rebalance.job(9)];
    expect(named('unknown outcome', look('full', { ...READY, jobs: running }))).toEqual([]);
  });

  test('the reserve: what is held is not there any more; unknown is only unknown where money is spent', () => {
    const { rebalance } = rpcWorld();
    const exactly = { ...RICH, confirmedOnchain: fromSat(1_000_000) };
    expect(named('reserve', look('full', { ...READY, funds: exactly }))).toMatchObject([
      { verdict: 'ok' },
    ]);
    const held = { ...READY, funds: exactly, jobs: [rebalance.job(9, { cap: fromSat(40) })] };
    expect(named('reserve', look('full', held))).toMatchObject([
      { verdict: 'attention', finding: expect.stringContaining('nothing is spent') },
    ]);
    const nothing = { confirmedOnchain: undefined, spendable: undefined, revenue24h: undefined };
    expect(named('reserve', look('full', { ...READY, funds: nothing }))).toMatchObject([
      { verdict: 'unknown' },
    ]);
    expect(named('reserve', look('fees', { ...READY, funds: nothing }))).toEqual([]);
  });
});
