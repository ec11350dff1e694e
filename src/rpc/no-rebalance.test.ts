import { describe, expect, test } from 'vitest';
import { CLOSED, FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { laterBy } from '../core/units.ts';
import type { Decision } from '../ports/store.ts';
import type { RpcContext } from './context.ts';
import { revenueExplain } from './revenue-explain.ts';

const explain = (params: unknown, context = rpcWorld().context) =>
  revenueExplain.run(params, context, { check: false });
const asText = async (answer: Promise<unknown>): Promise<string> =>
  String(Object(await answer).result);

describe('revenue-explain on rebalancing', () => {
  /** The world at authority full with nothing open, and what the last entry on the first channel was. */
  const full = (change: Partial<Decision> = {}) => {
    const world = rpcWorld();
    const { journal } = world.context.store;
    const latest: typeof journal.latest = (id, limit, kind) =>
      journal.latest(id, limit, kind).map((one) => (one.id === 3 ? { ...one, ...change } : one));
    world.rebalance.spending = { jobs: [], readiness: { ready: true } };
    const context: RpcContext = {
      ...world.context,
      board: { ...world.context.board, authority: () => 'full' },
      store: { ...world.context.store, journal: { ...journal, latest } },
    };
    return { ...world, context };
  };
  const why = async (context: RpcContext, scid = FIRST.scid): Promise<string> =>
    String(Object(await explain([scid, 'json=true'], context)).no_rebalance);

  test('what the rules said last, and how long ago', async () =>
    expect(await why(full().context)).toBe(
      'cool_down: was filled, rests for another 3 h (decision 3, 60 min ago)',
    ));

  test('a plan says what it may cost and what became of it', async () => {
    const plan = { number: 420, rule: 'plan', binding: 'value' };
    const became = (outcome: Decision['outcome'], error?: string) =>
      why(full({ ...plan, outcome, error }).context);
    expect(await became('done')).toMatch(/^it pays at up to 420 ppm and was ordered \(/);
    expect(await became('would')).toMatch(/^it pays at up to 420 ppm and would be ordered \(/);
    expect(await became('unknown')).toMatch(/ppm; the order got no answer \(/);
    expect(await became('failed', 'too little')).toMatch(/ppm; it was not taken: too little \(/);
    expect(await became('none', 'daily')).toMatch(/ppm; not ordered: .*: daily \(/);
  });

  test('what holds everything comes first, then the channel', async () => {
    const { context, rebalance } = full();
    rebalance.spending = {
      jobs: [],
      readiness: { ready: false, because: 'sling 4.2.1 is too old' },
    };
    expect(await why(context)).toMatch(/^sling 4.2.1 is too old; cool_down: was filled/);
  });

  test('one under way, and one whose outcome nobody knows', async () => {
    const { context, rebalance } = full();
    rebalance.spending = { jobs: [rebalance.job(12)] };
    expect(await why(context)).toBe('rebalance 12 into it is under way');
    rebalance.spending = { jobs: [rebalance.job(12, { state: 'unknown' })] };
    expect(await why(context)).toContain('is not known; nothing goes there until it is settled');
  });

  test('nothing decided is said as such, a closed channel is closed', async () => {
    expect(await why(full().context, SECOND.scid)).toBe('nothing was decided about filling it yet');
    expect(await why(full().context, CLOSED.scid)).toBe('it is closed');
  });

  test('a later rebalance entry does not stand in for the decision on the fee', async () => {
    expect(await explain([FIRST.scid, 'json=true'])).toMatchObject({
      decision: { id: 1, kind: 'fee', number: 165 },
    });
  });

  test('the latest of what the rules and the operator said about the fee', async () => {
    const { context } = rpcWorld();
    const { journal } = context.store;
    const [ruled] = journal.latest(FIRST.id, 1, 'fee');
    if (!ruled) throw new Error('the double has no decision');
    const order = { ...ruled, id: 7, kind: 'fee-manual' as const, number: 333 };
    const withOrder = (lastAt: typeof ruled.lastAt): RpcContext => {
      const latest: typeof journal.latest = (_, __, kind) =>
        kind === 'fee' ? [ruled] : kind === 'fee-manual' ? [{ ...order, lastAt }] : [];
      return { ...context, store: { ...context.store, journal: { ...journal, latest } } };
    };
    const later = await explain([FIRST.scid, 'json=true'], withOrder(laterBy(ruled.lastAt, 1)));
    expect(later).toMatchObject({ decision: { id: 7, number: 333 } });
    const same = await explain([FIRST.scid, 'json=true'], withOrder(ruled.lastAt));
    expect(same).toMatchObject({ decision: { id: 7 } });
    const earlier = await explain([FIRST.scid, 'json=true'], withOrder(laterBy(ruled.lastAt, -1)));
    expect(earlier).toMatchObject({ decision: { id: 1, number: 165 } });
  });

  const replaying = (change: Partial<Decision>): RpcContext => {
    const { context } = rpcWorld();
    const { journal } = context.store;
    const get: typeof journal.get = (id) => {
      const found = journal.get(id);
      return found && { ...found, ...change };
    };
    return { ...context, store: { ...context.store, journal: { ...journal, get } } };
  };

  test.each([
    ['the same refusal', {}, { same: true }],
    ['another refusal', { rule: 'sink' }, { same: false }],
    ['a refusal that is a plan today', { inputs: '300' }, { same: false, number: 300 }],
    ['the same plan', { rule: 'plan', number: 300, inputs: '300' }, { same: true, number: 300 }],
    ['another price', { rule: 'plan', number: 300, inputs: '310' }, { same: false, number: 310 }],
    ['a plan that is a refusal today', { rule: 'plan', number: 300 }, { same: false }],
    ['inputs of another version', { inputs: '{' }, { because: expect.stringContaining('version') }],
    ['an order by hand', { kind: 'rebalance-manual' as const }, {}],
  ])('a journaled rebalance is replayed: %s', async (_, change, wanted) => {
    const answer = Object(await explain([3, 'json=true'], replaying(change)));
    expect(answer.replay).toMatchObject(wanted);
    if (!('same' in wanted)) expect(answer.replay.same).toBeUndefined();
  });

  test('its outcome is told in words that fit a rebalance', async () => {
    expect(await asText(explain([3]))).toContain('Result: nothing was ordered');
    const done = replaying({ kind: 'diagnostic', outcome: 'done' });
    expect(await asText(explain([3], done))).toContain('Result: sling took the order');
  });
});
