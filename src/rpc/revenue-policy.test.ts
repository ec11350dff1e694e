import { describe, expect, it, test } from 'vitest';
import { hiveState } from '../../test/doubles/hive-state.ts';
import { ALICE, BOB, BOBS, FIRST, NOW, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { METHODS } from './methods.ts';
import { revenuePolicy } from './revenue-policy.ts';

const REAL = { check: false };
const STRANGER = `03${'c'.repeat(64)}`;

function world(parts: Parameters<typeof rpcWorld>[0] = {}) {
  const made = rpcWorld(parts);
  const call = (params: unknown, mode = REAL) => revenuePolicy.run(params, made.context, mode);
  return { ...made, call };
}

describe('both styles of lightning-cli', () => {
  it.each<[string, unknown]>([
    ['as documented', ['set', ALICE, 'strategy=static', 'fee_ppm=100']],
    ['by position', ['set', ALICE, 'static', null, 100]],
    ['by name', { action: 'set', peer_id: ALICE, strategy: 'static', fee_ppm: 100 }],
    ['by name, as text', { action: 'set', peer_id: ALICE, strategy: 'STATIC', fee_ppm: '100' }],
    ['with the stored names', ['set', ALICE, 'strategy=static', 'fee_ppm_target=100']],
    ['upper-case hex', ['set', ALICE.toUpperCase(), 'strategy=static', 'fee_ppm=100']],
  ])('set: %s', async (_, params) => {
    const { call, due } = world();
    expect(await call(params)).toMatchObject({
      status: 'success',
      policy: { peer_id: ALICE, strategy: 'static', fee_ppm_target: 100, updated_at: NOW / 1000 },
    });
    expect(due).toEqual(['policy changed']);
  });

  it.each<[string, unknown[], unknown]>([
    ['tag', ['tag', ALICE, 'whale'], { action: 'tag', peer_id: ALICE, tag: 'whale' }],
    ['untag', ['untag', ALICE, 'big'], { action: 'untag', peer_id: ALICE, tag: 'big' }],
    ['find', ['find', 'big'], { action: 'find', tag: 'big' }],
    ['changes', ['changes', 1], { action: 'changes', since: '1' }],
    ['get', ['get', ALICE], { action: 'get', peer_id: ALICE }],
    ['list', ['list', 5], { action: 'list', limit: 5 }],
    ['delete', ['delete', ALICE], { action: 'delete', peer_id: ALICE }],
    [
      'batch',
      ['batch', JSON.stringify([{ peer_id: BOB, rebalance: 'disabled' }])],
      { action: 'batch', updates: [{ peer_id: BOB, rebalance_mode: 'disabled' }] },
    ],
  ])('original 2, words landed in the wrong parameters: %s', async (_, list, named) => {
    const answers = await Promise.all(
      [list, named].map(async (params) => {
        const { call } = world();
        await call(['set', ALICE, 'tags=big']);
        return await call(params);
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe('whom it is for', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['a scid', SECOND.scid, { subject: SECOND.id, peer_id: ALICE, short_channel_id: SECOND.scid }],
    ['a scid with colons', '800185:35:1', { subject: SECOND.id }],
    ['an alias', FIRST.alias, { subject: FIRST.id, channel_id: FIRST.id }],
    ['a channel id', BOBS.id, { subject: BOBS.id, peer_id: BOB }],
    ['a peer without a channel', STRANGER, { subject: STRANGER, peer_id: STRANGER }],
    ['a tag', 'tag:big fish', { subject: 'tag:big fish' }],
    ['new channels', 'default:new', { subject: 'default:new' }],
  ])('%s', async (_, asked, row) => {
    const { call } = world();
    expect(await call(['set', asked, 'rebalance=disabled'])).toMatchObject({ policy: row });
    expect(await call(['get', asked])).toMatchObject({
      policy: { ...row, rebalance_mode: 'disabled' },
    });
    expect(await call(['list'])).toMatchObject({ count: 1, total: 1, policies: [row] });
  });

  test('get shows who really decides for each channel', async () => {
    const { call } = world();
    await call(['set', ALICE, 'strategy=passive']);
    await call(['set', FIRST.scid, 'strategy=static', 'fee_ppm=5', 'rebalance=sink_only']);
    await call(['set', 'tag:whale', 'strategy=hive']);
    await call(['tag', BOB, 'whale']);
    expect(await call(['get', ALICE])).toMatchObject({
      channels: [
        {
          short_channel_id: FIRST.scid,
          decided_by: FIRST.id,
          strategy: 'static',
          rebalance_mode: 'sink_only',
          fee_ppm_target: 5,
        },
        {
          short_channel_id: SECOND.scid,
          decided_by: ALICE,
          strategy: 'passive',
          rebalance_mode: 'disabled',
        },
      ],
    });
    expect(await call(['get', BOB])).toMatchObject({
      policy: { rules: false, strategy: 'dynamic', tags: ['whale'] },
      channels: [{ decided_by: 'tag:whale', strategy: 'hive' }],
    });
    expect(await call(['get', 'tag:whale'])).toMatchObject({
      channels: [{ short_channel_id: BOBS.scid }],
    });
  });

  test('nothing said reads like the ancestor’s default', async () => {
    expect(await world().call(['get', STRANGER])).toEqual({
      policy: {
        subject: STRANGER,
        peer_id: STRANGER,
        strategy: 'dynamic',
        rebalance_mode: 'enabled',
        fee_ppm_target: null,
        min_ppm: null,
        max_ppm: null,
        tags: [],
        expires_at: null,
        updated_at: null,
        is_expired: false,
        rules: false,
      },
      channels: [],
    });
  });
});

describe('malformed', () => {
  const long = 'x'.repeat(65);
  it.each<[string, unknown, string]>([
    ['no action', [], 'action'],
    ['an unknown one', ['frobnicate'], 'action'],
    ['a short peer id', ['get', ALICE.slice(1)], 'peer_id'],
    ['a peer id of another curve', ['get', `04${'a'.repeat(64)}`], 'peer_id'],
    ['no peer', ['set', 'strategy=passive'], 'peer_id'],
    ['no channel of that name', ['get', '1x1x1'], 'peer_id'],
    ['no such channel, by its own name', { action: 'get', channel_id: '1x1x1' }, 'channel_id'],
    ['a peer twice', { action: 'get', peer_id: ALICE, channel_id: FIRST.scid }, 'channel_id'],
    ['an unknown default', ['get', 'default:old'], 'peer_id'],
    ['an unknown strategy', ['set', ALICE, 'strategy=bogus'], 'strategy'],
    ['an unknown mode', ['set', ALICE, 'rebalance=maybe'], 'rebalance'],
    ['an unknown key', ['set', ALICE, 'colour=blue'], 'colour'],
    ['nothing to set', ['set', ALICE], 'strategy'],
    ['only an end', ['set', ALICE, 'expires_in_hours=5'], 'strategy'],
    ['a price twice', ['set', ALICE, 'fee_ppm=1', 'fee_ppm_target=2'], 'fee_ppm_target'],
    [
      'a mode twice',
      ['set', ALICE, 'rebalance=enabled', 'rebalance_mode=enabled'],
      'rebalance_mode',
    ],
    ['a price that is none', ['set', ALICE, 'fee_ppm=cheap'], 'fee_ppm'],
    ['a price too high', ['set', ALICE, 'fee_ppm=100001'], 'fee_ppm'],
    ['static without a price', ['set', ALICE, 'strategy=static'], 'fee_ppm'],
    ['crossed bounds', ['set', ALICE, 'min_ppm=5', 'max_ppm=4'], 'min_ppm'],
    ['721 hours', ['set', ALICE, 'strategy=passive', 'expires_in_hours=721'], 'expires_in_hours'],
    ['a tag of 65', ['tag', ALICE, long], 'tag'],
    ['no tag', ['tag', ALICE], 'tag'],
    ['no tag to find', ['find'], 'tag'],
    ['a tag for a default', ['tag', 'default:new', 'a'], 'peer_id'],
    [
      '33 tags',
      ['set', ALICE, `tags=${Array.from({ length: 33 }, (_, i) => i).join(',')}`],
      'tags',
    ],
    ['what belongs elsewhere', { action: 'get', peer_id: ALICE, strategy: 'static' }, 'strategy'],
    ['no updates', ['batch'], 'updates'],
    ['updates that are no JSON', ['batch', '[{'], 'updates'],
    ['an object of updates', { action: 'batch', updates: {} }, 'updates'],
    [
      '101 updates',
      { action: 'batch', updates: Array.from({ length: 101 }, () => ({})) },
      'updates',
    ],
    ['an update that is a list', { action: 'batch', updates: [[]] }, 'updates[0].peer_id'],
    [
      'a bad second update',
      {
        action: 'batch',
        updates: [
          { peer_id: BOB, strategy: 'hive' },
          { peer_id: ALICE, strategy: 'x' },
        ],
      },
      'updates[1].strategy',
    ],
    [
      'a senseless second update',
      {
        action: 'batch',
        updates: [
          { peer_id: BOB, strategy: 'hive' },
          { peer_id: ALICE, strategy: 'static' },
        ],
      },
      'updates[1].fee_ppm',
    ],
    [
      'an update with a strange key',
      { action: 'batch', updates: [{ peer_id: BOB, fee: 5 }] },
      'updates[0].fee',
    ],
  ])('%s names its field and changes nothing', async (_, params, field) => {
    const { call, policies } = world();
    await expect(call(params)).rejects.toMatchObject({ field });
    await expect(call(params, { check: true })).rejects.toMatchObject({ field });
    expect(policies.changes({ sequence: 0 }, 9).changes).toEqual([]);
  });
});

describe('acts', () => {
  test('only what is named changes, and none takes a number away', async () => {
    const { call } = world();
    await call(['set', ALICE, 'strategy=static', 'fee_ppm=9', 'max_ppm=50', 'tags=a, b']);
    expect(await call(['set', ALICE, 'strategy=dynamic'])).toMatchObject({
      policy: { strategy: 'dynamic', fee_ppm_target: 9, max_ppm: 50, tags: ['a', 'b'] },
    });
    expect(await call(['set', ALICE, 'fee_ppm=none', 'max_ppm=NONE', 'tags='])).toMatchObject({
      policy: { fee_ppm_target: null, max_ppm: null, tags: [] },
    });
  });

  test('the same again: a success in which nothing changes', async () => {
    const { call, policies, due } = world();
    for (let i = 0; i < 30; i++)
      expect(await call(['set', ALICE, 'strategy=hive'])).toMatchObject({ status: 'success' });
    expect(policies.changes({ sequence: 0 }, 99).changes).toHaveLength(1);
    expect(due).toHaveLength(1);
  });

  test('the eleventh change within a minute is an answer, no error: hive’s breaker counts errors', async () => {
    const { call } = world();
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
    const { call, policies } = world();
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
    const { call } = world();
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
    const { call } = world();
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
    expect(await call(['changes', 3])).toMatchObject({ count: 0, last_sequence: 3 });
    // As the ancestor's callers ask: by time.
    expect(await call(['changes', NOW / 1000 - 1])).toMatchObject({ count: 3 });
    expect(await call(['changes', NOW / 1000])).toMatchObject({ count: 0 });
  });
});

describe('cl-hive calling (SPEC 8)', () => {
  const withHive = (present: boolean | undefined = true) => world({ hive: hiveState({ present }) });
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
    const { call } = world();
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
    const { call, ...rest } = world();
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
    const { call, ...rest } = world();
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
    const { call, ...rest } = world();
    expect(await run('revenue-remanage', [ALICE, tag], rest)).toMatchObject({ status, tag });
    expect(await call(['get', ALICE])).toMatchObject({ policy });
  });

  it.each(['revenue-ignore', 'revenue-unignore', 'revenue-remanage'])(
    '%s names a bad peer id',
    async (name) =>
      expect(run(name, ['zz'], rpcWorld())).rejects.toMatchObject({ field: 'peer_id' }),
  );
});
