/** What revenue-policy does, and for whom it does it. */
import { describe, expect, it, test } from 'vitest';
import { hiveState } from '../../test/doubles/hive-state.ts';
import { policyWorld, REAL } from '../../test/doubles/policy-calls.ts';
import { ALICE, BOB, FIRST, NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { METHODS } from './methods.ts';
import { revenuePolicy } from './revenue-policy.ts';

describe('acts', () => {
  test('only what is named changes, and none takes a number away', async () => {
    const { call } = policyWorld();
    await call(['set', ALICE, 'strategy=static', 'fee_ppm=9', 'max_ppm=50', 'tags=a, b']);
    expect(await call(['set', ALICE, 'strategy=dynamic'])).toMatchObject({
      policy: { strategy: 'dynamic', fee_ppm_target: 9, max_ppm: 50, tags: ['a', 'b'] },
    });
    expect(await call(['set', ALICE, 'fee_ppm=none', 'max_ppm=NONE', 'tags='])).toMatchObject({
      policy: { fee_ppm_target: null, max_ppm: null, tags: [] },
    });
  });

  test('the same again: a success in which nothing changes', async () => {
    const { call, policies, due } = policyWorld();
    for (let i = 0; i < 30; i++)
      expect(await call(['set', ALICE, 'strategy=hive'])).toMatchObject({ status: 'success' });
    expect(policies.changes({ sequence: 0 }, 99).changes).toHaveLength(1);
    expect(due).toHaveLength(1);
  });

  test('the eleventh change within a minute is an answer, no error: hive’s breaker counts errors', async () => {
    const { call } = policyWorld();
    for (let i = 0; i < 10; i++) await call(['set', ALICE, `fee_ppm=${i}`]);
    const answer = await call(['set', ALICE, 'fee_ppm=99']);
    expect(answer).toEqual({
      status: 'error',
      error: `10 changes within a minute for ${ALICE} already`,
      retry_after_seconds: 60,
    });
    expect(revenuePolicy.answer.safeParse(answer).error).toBeUndefined();
    expect(await call(['tag', ALICE, 'a'])).toMatchObject({ status: 'error' });
    expect(await call(['delete', ALICE])).toMatchObject({ status: 'error' });
  });

  test('a check says what would be', async () => {
    const { call, policies } = policyWorld();
    const check = { check: true };
    expect(
      await call(['set', ALICE, 'strategy=passive', 'expires_in_hours=2'], check),
    ).toMatchObject({
      status: 'would',
      policy: { strategy: 'passive', expires_at: NOW / 1000 + 7200, rules: true },
    });
    expect(await call(['tag', ALICE, 'a'], check)).toMatchObject({ status: 'would', tags: ['a'] });
    expect(await call(['delete', ALICE], check)).toMatchObject({ status: 'noop' });
    expect(await call(['batch', [{ peer_id: BOB, strategy: 'hive' }]], check)).toMatchObject({
      status: 'would',
      updated: 1,
      policies: [{ peer_id: BOB, strategy: 'hive' }],
    });
    expect(policies.list()).toEqual([]);
  });

  test('a batch: one answer for all, each subject once', async () => {
    const { call } = policyWorld();
    const updates = [
      { peer_id: BOB, strategy: 'static', fee_ppm: 5, expires_in_hours: 1 },
      { peer_id: BOB, action: 'tag', tag: 'a' },
      { peer_id: FIRST.scid, tags: ['x', 'y'] },
      { peer_id: ALICE, action: 'delete' },
    ];
    expect(await call({ action: 'batch', updates })).toMatchObject({
      status: 'success',
      updated: 3,
      policies: [
        { peer_id: BOB, fee_ppm_target: 5, tags: ['a'] },
        { subject: FIRST.id, tags: ['x', 'y'], rules: false },
        { peer_id: ALICE, strategy: 'dynamic', updated_at: null },
      ],
    });
    expect(await call(['batch', '[]'])).toMatchObject({ status: 'success', updated: 0 });
  });
});

describe('the feed', () => {
  test('every change with its number, deletions included, page by page', async () => {
    const { call } = policyWorld();
    expect(await call(['changes'])).toEqual({
      changes: [],
      count: 0,
      since: 0,
      last_change_timestamp: null,
      last_sequence: 0,
      more: false,
      complete: true,
    });
    await call(['set', ALICE, 'strategy=passive']);
    await call(['tag', FIRST.scid, 'a']);
    await call(['delete', ALICE]);
    expect(await call(['changes', 0, 2])).toMatchObject({
      changes: [
        { sequence: 1, action: 'set', peer_id: ALICE, strategy: 'passive', deleted: false },
        { sequence: 2, action: 'tag', channel_id: FIRST.id, tags: ['a'] },
      ],
      count: 2,
      last_sequence: 2,
      more: true,
    });
    expect(await call(['changes', 2])).toMatchObject({
      changes: [
        { sequence: 3, action: 'delete', peer_id: ALICE, deleted: true, strategy: 'dynamic' },
      ],
      last_change_timestamp: NOW / 1000,
      more: false,
      complete: true,
    });
    expect(await call(['changes', 3])).toMatchObject({
      count: 0,
      last_sequence: 3,
      complete: true,
    });
    // Whoever is ahead of us followed a database that is gone.
    expect(await call(['changes', 4])).toMatchObject({ last_sequence: 3, complete: false });
    const fresh = policyWorld();
    expect(await fresh.call(['changes', 0])).toMatchObject({ last_sequence: 0, complete: true });
    expect(await fresh.call(['changes', 4])).toMatchObject({ last_sequence: 0, complete: false });
    // As the ancestor's callers ask: by time.
    expect(await call(['changes', NOW / 1000 - 1])).toMatchObject({ count: 3 });
    expect(await call(['changes', NOW / 1000])).toMatchObject({ count: 0 });
  });
});

test('while fees are paused nobody is told that a price is sent', async () => {
  const { board } = rpcWorld().context;
  const { call, context } = policyWorld({ board: { ...board, authority: () => 'fees' } });
  const said = async (rate: number) =>
    Object(await call(['set', ALICE, 'strategy=static', `fee_ppm=${rate}`])).message;
  context.brake.pause('rebalance', undefined);
  expect(await said(5)).toContain('it counts at once');
  context.brake.pause('all', undefined);
  expect(await said(6)).toContain('fees are paused');
});

describe('cl-hive calling (SPEC 8)', () => {
  const withHive = (present: boolean | undefined = true) =>
    policyWorld({ hive: hiveState({ present }) });
  const member = { action: 'set', peer_id: ALICE, strategy: 'hive', rebalance: 'enabled' };
  const neophyte = { action: 'set', peer_id: ALICE, strategy: 'dynamic' };

  test('member, neophyte, and the same again at its next start', async () => {
    const { call } = withHive();
    for (const said of [member, member, neophyte, neophyte, member])
      expect(await call(said)).toMatchObject({
        status: 'success',
        policy: { strategy: said.strategy, rebalance_mode: 'enabled', set_by: 'hive' },
      });
  });

  test('what the operator said stands, and is told as an answer', async () => {
    const { call } = withHive();
    await call(['set', ALICE, 'strategy=static', 'fee_ppm=5']);
    for (const said of [member, neophyte])
      expect(await call(said)).toEqual({
        status: 'error',
        error: expect.stringContaining(`the operator's own policy for ${ALICE} stands`),
      });
    expect(await call(['set', ALICE, 'strategy=dynamic'])).toMatchObject({ status: 'success' });
  });

  test('until it is known who runs beside us, the form decides: what it says it must be able to take back', async () => {
    const { call } = withHive(undefined);
    for (const said of [member, neophyte])
      expect(await call(said)).toMatchObject({ policy: { set_by: 'hive' } });
  });

  test('hundreds of members said again at its start are as many successes, and cost nothing', async () => {
    const { call, due } = withHive();
    const members = Array.from({ length: 200 }, (_, n) => ({
      ...member,
      peer_id: `02${n.toString(16).padStart(64, '0')}`,
    }));
    for (const _ of [1, 2])
      for (const said of members) expect(await call(said)).toMatchObject({ status: 'success' });
    expect(due).toHaveLength(200);
  });

  test('it sets policies of peers only: no channel, no tag, no default', async () => {
    const { call, policies } = withHive();
    for (const peer_id of [FIRST.scid, 'tag:whale', 'default:new', 'default:private'])
      expect(await call({ ...member, peer_id })).toMatchObject({ status: 'error' });
    expect(policies.list()).toEqual([]);
  });

  test('who adds a word to its own is told that all of it is theirs now', async () => {
    const { call } = withHive();
    await call(member);
    const { message } = Object(await call(['set', ALICE, 'max_ppm=500']));
    expect(message).toContain('"hive", which cl-hive said, is your word');
    expect(await call(neophyte)).toMatchObject({ status: 'error' });
    expect(Object(await call(['set', ALICE, 'max_ppm=400'])).message).not.toContain('your word');
    expect(Object(await call(['set', ALICE, 'strategy=hive'])).message).not.toContain('your word');
  });

  test('a mode that it never names is the operator’s, by name too', async () => {
    const { call } = withHive();
    for (const rebalance of ['disabled', 'source_only', 'sink_only'])
      expect(await call({ ...neophyte, rebalance })).toMatchObject({
        policy: { rebalance_mode: rebalance, set_by: 'operator' },
      });
  });

  test('without cl-hive the same words are the operator’s', async () => {
    const { call } = policyWorld();
    expect(await call(member)).toMatchObject({ policy: { set_by: 'operator' } });
  });

  test('with hive_enabled false it sets nothing', async () => {
    const { call, config, policies } = withHive();
    config.set('hive_enabled', 'false');
    expect(await call(member)).toMatchObject({ status: 'error' });
    expect(policies.list()).toEqual([]);
    expect(await call(['set', ALICE, 'strategy=hive'])).toMatchObject({ status: 'success' });
  });
});

describe('deprecated', () => {
  const run = (
    name: string,
    params: unknown,
    { context }: ReturnType<typeof rpcWorld>,
    mode = REAL,
  ) => METHODS.find((one) => one.name === name)?.run(params, context, mode);

  test('original 2, unignore deleted any policy: only one of ignore', async () => {
    const { call, ...rest } = policyWorld();
    await call(['set', ALICE, 'strategy=static', 'fee_ppm=5']);
    expect(await run('revenue-unignore', [ALICE], rest)).toMatchObject({ status: 'noop' });
    expect(await call(['get', ALICE])).toMatchObject({ policy: { strategy: 'static' } });
    expect(await run('revenue-ignore', [ALICE], rest, { check: true })).toMatchObject({
      status: 'would',
    });
    expect(await run('revenue-ignore', [ALICE], rest)).toMatchObject({
      status: 'success',
      reason: 'manual',
    });
    expect(await run('revenue-list-ignored', [], rest)).toMatchObject({
      count: 1,
      ignored_peers: [{ peer_id: ALICE, reason: 'manual', ignored_at: NOW / 1000 }],
    });
    expect(await run('revenue-unignore', [ALICE], rest)).toMatchObject({ status: 'success' });
    expect(await run('revenue-list-ignored', [], rest)).toMatchObject({ count: 0 });
  });

  test('one who is priced again is ignored no more, whatever its tags say: its policy stays', async () => {
    const { call, ...rest } = policyWorld();
    await run('revenue-ignore', [ALICE], rest);
    await call(['set', ALICE, 'strategy=static', 'fee_ppm=5']);
    expect(await run('revenue-unignore', [ALICE], rest)).toMatchObject({ status: 'noop' });
    expect(await call(['get', ALICE])).toMatchObject({ policy: { strategy: 'static' } });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['lnfee', 'success', { strategy: 'passive', rebalance_mode: 'enabled' }],
    ['balance', 'success', { strategy: 'dynamic', rebalance_mode: 'disabled' }],
    ['all', 'success', { strategy: 'passive', rebalance_mode: 'disabled' }],
    ['close', 'noop', { strategy: 'dynamic', rules: false }],
  ])('remanage %s: %s', async (tag, status, policy) => {
    const { call, ...rest } = policyWorld();
    expect(await run('revenue-remanage', [ALICE, tag], rest)).toMatchObject({ status, tag });
    expect(await call(['get', ALICE])).toMatchObject({ policy });
  });

  it.each(['revenue-ignore', 'revenue-unignore', 'revenue-remanage'])(
    '%s names a bad peer id',
    async (name) =>
      expect(run(name, ['zz'], rpcWorld())).rejects.toMatchObject({ field: 'peer_id' }),
  );
});
