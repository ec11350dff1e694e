import { describe, expect, it, test } from 'vitest';
import { hiveState } from '../../test/doubles/hive-state.ts';
import { ALICE, BOB, FIRST, NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { fromSat, laterBy, msat } from '../core/units.ts';
import type { HiveState } from '../cycles/hive-service.ts';
import { revenueHiveStatus } from './revenue-hive-status.ts';
import { revenuePolicy } from './revenue-policy.ts';

const MODE = { check: false };

function world(state: Partial<HiveState> = {}) {
  const made = rpcWorld({ hive: hiveState({ present: true, ...state }) });
  return {
    ...made,
    status: (params: unknown = []) => revenueHiveStatus.run(params, made.context, MODE),
    say: (params: object) => revenuePolicy.run({ action: 'set', ...params }, made.context, MODE),
  };
}
const member = (peer_id: string) => ({ peer_id, strategy: 'hive', rebalance: 'enabled' });
const letGo = (peer_id: string) => ({ peer_id, strategy: 'dynamic' });

describe('revenue-hive-status', () => {
  test('says what is known, from memory: who we are there, what was told, what it cost', async () => {
    const { status } = world({
      answer: { tier: 'member', at: laterBy(NOW, -95_000) },
      reports: { sent: 7, failed: 1, dropped: 2, waiting: 3 },
      week: { used: msat(60_500n), limit: fromSat(350) },
    });
    expect(await status()).toMatchObject({
      hive_enabled: 'auto',
      present: true,
      tier: 'member',
      asked_at: NOW / 1000 - 95,
      asked_seconds_ago: 95,
      breaker: 'closed',
      reports: { sent: 7, failed: 1, dropped: 2, waiting: 3 },
      hive_peers: 0,
      hive_channels: 0,
      open_channels: 3,
      hive_fee_ppm: 0,
      weekly_loss: { used_msat: 60_500n, limit_msat: 350_000n, left_msat: 289_500n },
      message: 'this node is a member of its fleet',
    });
  });

  test('a sum above its limit leaves nothing, never less', async () => {
    const { status } = world({ week: { used: fromSat(400), limit: fromSat(350) } });
    expect(await status()).toMatchObject({ weekly_loss: { left_msat: 0n } });
  });

  test('lists what cl-hive said of peers, and whether it counts', async () => {
    const { status, say, config } = world();
    await say(member(ALICE));
    await say(letGo(BOB));
    const rows = [
      { peer_id: ALICE, strategy: 'hive', since: NOW / 1000, obeyed: true },
      { peer_id: BOB, strategy: 'dynamic', since: NOW / 1000, obeyed: true },
    ];
    expect(await status()).toMatchObject({ peers: rows, hive_peers: 1, hive_channels: 2 });
    expect(await status({ limit: 1 })).toMatchObject({ peers: rows.slice(0, 1) });
    // A channel of hers has a policy of its own.
    await say({ peer_id: FIRST.scid, strategy: 'static', fee_ppm: 70 });
    expect(await status()).toMatchObject({ peers: [{ obeyed: false }, {}], hive_channels: 1 });
    config.set('hive_enabled', 'false');
    expect(await status()).toMatchObject({
      peers: [{ obeyed: false }, { obeyed: false }],
      hive_channels: 0,
    });
  });

  it.each<[string, Partial<HiveState>, object]>([
    [
      'refused',
      { enabled: 'false' },
      { message: expect.stringContaining('hive_enabled is false') },
    ],
    ['not known yet', { present: undefined }, { present: null, tier: null }],
    ['absent', { present: false }, { message: expect.stringContaining('does not run') }],
    [
      'wanted and absent',
      { present: false, enabled: 'true' },
      { message: expect.stringContaining('hive_enabled is true') },
    ],
    ['not asked yet', {}, { message: expect.stringContaining('not been asked') }],
    [
      'in no fleet',
      { answer: { tier: undefined, at: NOW } },
      { tier: null, message: expect.stringContaining('no fleet') },
    ],
    [
      'an old member',
      { answer: { tier: 'admin', at: NOW } },
      { message: expect.stringContaining('an admin') },
    ],
    [
      'silent',
      { problem: { because: 'no answer', at: NOW }, brokenOff: true },
      { breaker: 'open', problem: 'no answer', problem_at: NOW / 1000 },
    ],
  ])('cl-hive is %s', async (_, state, said) => {
    expect(await world(state).status()).toMatchObject(said);
  });
});
