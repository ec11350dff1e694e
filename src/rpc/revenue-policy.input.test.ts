/** How revenue-policy is called, for whom, and what is refused. */
import { describe, expect, it, test } from 'vitest';
import { policyWorld } from '../../test/doubles/policy-calls.ts';
import { ALICE, BOB, BOBS, FIRST, NOW, SECOND } from '../../test/doubles/rpc-world.ts';

const STRANGER = `03${'c'.repeat(64)}`;

describe('both styles of lightning-cli', () => {
  it.each<[string, unknown]>([
    ['as documented', ['set', ALICE, 'strategy=static', 'fee_ppm=100']],
    ['by position', ['set', ALICE, 'static', null, 100]],
    ['by name', { action: 'set', peer_id: ALICE, strategy: 'static', fee_ppm: 100 }],
    ['by name, as text', { action: 'set', peer_id: ALICE, strategy: 'STATIC', fee_ppm: '100' }],
    ['with the stored names', ['set', ALICE, 'strategy=static', 'fee_ppm_target=100']],
    ['upper-case hex', ['set', ALICE.toUpperCase(), 'strategy=static', 'fee_ppm=100']],
  ])('set: %s', async (_, params) => {
    const { call, due } = policyWorld();
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
        const { call } = policyWorld();
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
    const { call } = policyWorld();
    expect(await call(['set', asked, 'rebalance=disabled'])).toMatchObject({ policy: row });
    expect(await call(['get', asked])).toMatchObject({
      policy: { ...row, rebalance_mode: 'disabled' },
    });
    expect(await call(['list'])).toMatchObject({ count: 1, total: 1, policies: [row] });
  });

  test('get shows who really decides for each channel', async () => {
    const { call } = policyWorld();
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
    expect(await policyWorld().call(['get', STRANGER])).toEqual({
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
    const { call, policies } = policyWorld();
    await expect(call(params)).rejects.toMatchObject({ field });
    await expect(call(params, { check: true })).rejects.toMatchObject({ field });
    expect(policies.changes({ sequence: 0 }, 9).changes).toEqual([]);
  });
});
