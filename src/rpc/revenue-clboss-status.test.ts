import { describe, expect, test } from 'vitest';
import { ALICE, BOB, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import { clbossChecks } from './clboss-check.ts';
import { revenueClbossStatus } from './revenue-clboss-status.ts';
import { revenueDoctor } from './revenue-doctor.ts';
import { revenueRemanage } from './revenue-remanage.ts';

type World = ReturnType<typeof rpcWorld>;
const there = { present: true, answered: true } as const;
const PEERS = [
  { peerId: ALICE, tags: ['lnfee', 'open'], ours: ['lnfee'] },
  { peerId: BOB, tags: ['close'], ours: [] },
];
function seen(view: Partial<World['clboss']['view']>): World {
  const world = rpcWorld();
  world.clboss.view = { ...world.clboss.view, ...view };
  return world;
}
const status = ({ context }: World) => revenueClbossStatus.run({}, context, { check: false });

describe('revenue-clboss-status', () => {
  test('shows for each peer what clboss leaves alone and what of it is ours', async () => {
    expect(await status(seen({ ...there, peers: PEERS }))).toEqual({
      clboss_enabled: true,
      clboss_available: true,
      unmanaged_peers: [
        { peer_id: ALICE, tags: ['lnfee', 'open'], ours: ['lnfee'] },
        { peer_id: BOB, tags: ['close'], ours: [] },
      ],
      clboss_status: { unmanaged: { [ALICE]: 'lnfee, open', [BOB]: 'close' } },
    });
  });

  test('disabled, it answers what the Python plugin answered', async () => {
    expect(await status(seen({ enabled: false }))).toEqual({
      clboss_enabled: false,
      clboss_available: false,
      unmanaged_peers: [],
      message: 'clboss integration is disabled',
    });
  });

  test('a clboss that does not answer: what we remember, and why it is no more', async () => {
    const peers = [{ peerId: ALICE, tags: undefined, ours: ['lnfee'] }];
    expect(await status(seen({ present: true, problem: 'no answer', peers }))).toEqual({
      clboss_enabled: true,
      clboss_available: false,
      unmanaged_peers: [{ peer_id: ALICE, ours: ['lnfee'] }],
      message: 'no answer',
    });
    expect(await status(seen({ peers }))).toMatchObject({
      message: 'clboss does not run on this node',
    });
  });
});

describe('revenue-remanage', () => {
  const remanage = (world: World, tag?: string) =>
    revenueRemanage.run(tag === undefined ? [ALICE] : [ALICE, tag], world.context, {
      check: false,
    });

  test('is a success when clboss, read back, has the peer again', async () => {
    const world = rpcWorld();
    world.clboss.settled = { peerId: ALICE, tags: ['open'], ours: [] };
    expect(await remanage(world)).toMatchObject({
      status: 'success',
      peer_id: ALICE,
      tag: 'all',
      action: 'remanage',
      success: true,
      message: expect.stringContaining('clboss has lnfee and balance of the peer again'),
    });
    expect(world.clboss.asked).toEqual([ALICE]);
    expect(world.policies.get({ peerId: ALICE })?.policy).toMatchObject({ strategy: 'passive' });
  });

  test.each([
    ['no clboss', undefined, 'clboss not available'],
    ['no answer', new RetryLater('timed out'), 'timed out'],
    ['a refusal', new NodeRefused('Permission denied', -3), 'Permission denied'],
    ['the tags of somebody else', { peerId: ALICE, tags: ['lnfee'], ours: [] }, 'not this plugin'],
    ['ours still there', { peerId: ALICE, tags: ['lnfee'], ours: ['lnfee'] }, 'lnfee stay ours'],
  ])('%s: the peer is left alone, and no success is claimed', async (_, settled, message) => {
    const world = rpcWorld();
    world.clboss.settled = settled;
    expect(await remanage(world, 'lnfee')).toMatchObject({
      status: 'success',
      success: false,
      message: expect.stringContaining(message),
    });
    expect(world.policies.get({ peerId: ALICE })?.policy).toMatchObject({ strategy: 'passive' });
  });

  test('balance alone is given back without the fees; open and close were never ours', async () => {
    const world = rpcWorld();
    world.clboss.settled = { peerId: ALICE, tags: ['lnfee'], ours: ['lnfee'] };
    expect(await remanage(world, 'balance')).toMatchObject({ success: true });
    expect(world.policies.get({ peerId: ALICE })?.policy).toMatchObject({
      strategy: 'dynamic',
      mode: 'disabled',
    });
    for (const tag of ['open', 'close'])
      expect(await remanage(world, tag)).toMatchObject({ status: 'noop', success: false });
    expect(world.clboss.asked).toHaveLength(1);
  });

  test('check asks nothing of clboss', async () => {
    const world = rpcWorld();
    const answer = await revenueRemanage.run([ALICE], world.context, { check: true });
    expect(answer).toMatchObject({ status: 'would', success: false });
    expect(world.clboss.asked).toEqual([]);
  });
});

describe('revenue-doctor', () => {
  const verdicts = async (world: World) =>
    (await clbossChecks(world.context)).map(({ verdict, finding }) => [verdict, finding]);

  test('has no word for a clboss that is not there', async () => {
    expect(await verdicts(rpcWorld())).toEqual([]);
  });

  test('counts what is taken from it', async () => {
    const world = seen({ ...there, peers: PEERS });
    const fees = { ...world.context.board, authority: () => 'fees' as const };
    expect(await verdicts({ ...world, context: { ...world.context, board: fees } })).toEqual([
      [
        'ok',
        'taken from it: fees towards 1 peer, rebalancing at 0; it opens and closes channels as before',
      ],
    ]);
    expect(await verdicts(world)).toEqual([['ok', expect.stringContaining('observe')]]);
    expect(await verdicts(seen({ ...there, enabled: false }))).toEqual([
      ['ok', expect.stringContaining('clboss_enabled is false')],
    ]);
  });

  test('points at one that does not do as it is told, or is away with peers of ours', async () => {
    expect(await verdicts(seen({ ...there, problem: 'Permission denied' }))).toEqual([
      ['attention', 'Permission denied'],
    ]);
    expect(await verdicts(seen({ peers: PEERS }))).toEqual([
      ['attention', expect.stringContaining('does not run')],
    ]);
    expect(await verdicts(seen({ enabled: false, present: true }))).toEqual([
      ['ok', expect.stringContaining('it has all peers')],
    ]);
  });

  test('restore=true prints what gives every peer back to clboss', async () => {
    const world = rpcWorld();
    world.clboss.commands = ['tell it so'];
    const given = (restore: boolean) =>
      revenueDoctor.run({ restore }, world.context, { check: false });
    expect(JSON.stringify(await given(true))).toContain('And for clboss:\\ntell it so');
    expect(JSON.stringify(await given(false))).not.toContain('tell it so');
    const data = await revenueDoctor.run({ restore: true, json: true }, world.context, {
      check: false,
    });
    expect(data).toMatchObject({ restore_commands: expect.arrayContaining(['tell it so']) });
  });
});
