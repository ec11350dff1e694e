/** SPEC 7.8, 3.8: the plugin beside a clboss, as it is meant to be and as it is not. */
import { describe, expect, test, vi } from 'vitest';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import { decisions } from './answers.ts';
import { Life, type LifeOptions, readDatabase } from './harness.ts';
import { FULL, minutes, rows, sharedChannel } from './rebalance-world.ts';

const THEIRS = { base: 0, ppm: 400, htlcMin: 0, htlcMax: 9_900_000_000 };

/** Three peers; the last has two channels. */
function threePeers(): CircularDouble {
  const channel = (index: number) => sharedChannel(index, 0.5, { theirs: THEIRS });
  const { peerId } = channel(2);
  return new CircularDouble([channel(0), channel(1), channel(2), { ...channel(3), peerId }]);
}

const start = (options: LifeOptions = {}): Promise<Life> =>
  Life.start({ market: threePeers(), clboss: 'working', ...options });

const peer = (life: Life, index: number) => life.channel(index).peerId;
const tags = (life: Life, index: number) => life.clboss.tagsOf(peer(life, index));
const alerts = (life: Life): readonly string[] =>
  life.node.published
    .filter(({ method }) => method === 'revenue_alert')
    .map(({ params }) => JSON.stringify(params));
const remembered = (life: Life): number =>
  readDatabase(life.database, (db) =>
    Number(db.prepare('SELECT count(*) AS n FROM clboss_peer').get()?.n),
  );
/** Written at once, while time stands still. */
const soon = (check: () => void, timeout = 10_000): Promise<void> =>
  vi.waitFor(check, { interval: 20, timeout });

const OPERATORS = ['close', 'open'];

test('a peer with tags of the operator’s own gets ours beside them, and has just its own again when it is released', async () => {
  await using life = await start({ options: FULL, sling: 'healthy' });
  life.clboss.prices = false;
  life.clboss.operatorUnmanages(peer(life, 0), 'open,close');
  life.clboss.operatorUnmanages(peer(life, 1), 'balance');
  await life.hours(1.5);
  expect([0, 1, 2].map((index) => tags(life, index))).toEqual([
    ['balance', 'close', 'lnfee', 'open'],
    ['balance', 'lnfee'],
    ['balance', 'lnfee'],
  ]);
  // Before the first price.
  const methods = life.called.map(({ method }) => method);
  expect(life.sets.length).toBeGreaterThan(0);
  expect(methods.lastIndexOf('clboss-unmanage')).toBeLessThan(methods.indexOf('setchannel'));
  // And never again while nothing changes.
  expect(life.count('clboss-unmanage')).toBe(3);

  const status = await life.call('revenue-clboss-status');
  expect(status).toMatchObject({ clboss_enabled: true, clboss_available: true });
  expect(
    rows(status.unmanaged_peers).find(({ peer_id: id }) => id === peer(life, 1)),
  ).toMatchObject({ tags: ['balance', 'lnfee'], ours: ['lnfee'] });
  const { restore_commands: commands } = await life.call('revenue-doctor', {
    json: true,
    restore: true,
  });
  expect(commands).toEqual(
    expect.arrayContaining([
      `lightning-cli clboss-unmanage ${peer(life, 0)} "close,open"`,
      `lightning-cli clboss-unmanage ${peer(life, 1)} "balance"`,
      `lightning-cli clboss-unmanage ${peer(life, 2)} ""`,
    ]),
  );

  await life.call('revenue-policy', ['set', peer(life, 0), 'strategy=passive']);
  await soon(() => expect(tags(life, 0)).toEqual(OPERATORS));
  // One of two channels is still ours to price.
  await life.call('revenue-policy', ['set', life.channel(2).scid, 'strategy=passive']);
  await minutes(life, 6);
  expect(tags(life, 2)).toEqual(['balance', 'lnfee']);
  expect(await life.call('revenue-remanage', [peer(life, 1)])).toMatchObject({
    success: false,
    message: expect.stringContaining('balance stay with whoever'),
  });
  expect(tags(life, 1)).toEqual(['balance']);

  // What the operator does meanwhile counts, and ours comes back beside it.
  await life.call('revenue-policy', ['delete', peer(life, 1)]);
  await soon(() => expect(tags(life, 1)).toEqual(['balance', 'lnfee']));
  life.clboss.operatorUnmanages(peer(life, 1), 'open');
  await minutes(life, 6);
  expect(tags(life, 1)).toEqual(['balance', 'lnfee', 'open']);

  await life.call('revenue-config', ['set', 'authority', 'fees']);
  await soon(() =>
    expect([1, 2].map((i) => tags(life, i))).toEqual([['lnfee', 'open'], ['lnfee']]),
  );
  await life.stopPlugin();
  expect([0, 1, 2].map((index) => tags(life, index))).toEqual([OPERATORS, ['open'], []]);
  expect(remembered(life)).toBe(0);
  expect(alerts(life)).toEqual([]);
});

test('in observe nothing is asked of clboss, and going back to it gives every peer back', async () => {
  await using life = await start({ options: { 'revenue-ops-authority': 'observe' } });
  life.clboss.prices = false;
  await minutes(life, 20);
  expect([life.count('clboss-status'), life.count('clboss-unmanage')]).toEqual([0, 0]);
  await life.call('revenue-config', ['set', 'authority', 'fees']);
  await soon(() => expect([0, 1, 2].map((i) => tags(life, i))).toEqual(Array(3).fill(['lnfee'])));
  // A peer's only channel closes; one of two does.
  life.node.setQuirk(1, { state: 'CHANNELD_SHUTTING_DOWN' });
  life.node.setQuirk(3, { state: 'CHANNELD_SHUTTING_DOWN' });
  await minutes(life, 1);
  await soon(() => expect([1, 2].map((i) => tags(life, i))).toEqual([[], ['lnfee']]));
  await life.call('revenue-config', ['set', 'authority', 'observe']);
  await soon(() => expect([0, 1, 2].map((i) => tags(life, i))).toEqual([[], [], []]));
});

describe('a death between two steps', () => {
  for (const phase of ['before', 'after'] as const)
    test(`${phase} clboss took the tags: the operator’s are kept, ours are known`, async () => {
      await using life = await start();
      life.clboss.prices = false;
      life.clboss.operatorUnmanages(peer(life, 0), 'open,close');
      const killed = life.killAt({ call: 1, phase, method: 'clboss-unmanage' });
      await Promise.race([killed, life.survives(1)]);
      expect(await killed).toBe('clboss-unmanage');
      expect(remembered(life)).toBe(1);
      // The operator goes on meanwhile.
      life.clboss.operatorUnmanages(peer(life, 1), 'lnfee');
      await life.restartPlugin();
      await minutes(life, 10);
      expect([0, 1, 2].map((index) => tags(life, index))).toEqual([
        ['close', 'lnfee', 'open'],
        ['lnfee'],
        ['lnfee'],
      ]);
      // And once more while it is given back.
      const again = life.killAt({ call: 1, phase, method: 'clboss-unmanage' });
      const told = life.call('revenue-policy', ['set', peer(life, 0), 'strategy=passive']);
      await Promise.all([again, Promise.allSettled([told])]);
      await life.restartPlugin();
      await minutes(life, 1);
      expect(tags(life, 0)).toEqual(OPERATORS);
      await life.stopPlugin();
      expect([0, 1, 2].map((index) => tags(life, index))).toEqual([OPERATORS, ['lnfee'], []]);
      expect(remembered(life)).toBe(0);
    });
});

test('where clboss will not let go, its prices are noticed and adopted, and after two in a day left to it, aloud', async () => {
  await using life = await start({ clboss: 'permission denied' });
  const { scid, channelId } = life.channel(0);
  const decided = () =>
    decisions(life.database).filter((one) => one.channelId === channelId && one.kind === 'fee');
  const lock = async () =>
    rows((await life.call('revenue-status')).locks).find(
      ({ channel_id: name, scope }) => name === scid && scope === 'fees',
    );
  await life.hours(0.75);
  // Once: their price is the new starting point, and adopting it changes nothing.
  const first = life.channel(0).ours;
  expect(first.ppm).toBeLessThan(900);
  expect(decided().at(-1)).toMatchObject({ number: first.ppm, outcome: 'none' });
  expect(await lock()).toBeUndefined();
  expect(alerts(life).filter((text) => text.includes('Permission denied'))).toHaveLength(1);

  await life.hours(1.25);
  const second = life.channel(0).ours;
  expect(second.ppm).not.toBe(first.ppm);
  expect(await lock()).toMatchObject({
    reason: expect.stringContaining('someone else twice within a day'),
  });
  expect(alerts(life).some((text) => text.includes(channelId))).toBe(true);
  await life.hours(3);
  expect(life.sets).toEqual([]);
  expect(life.channel(0).ours.ppm).not.toBe(second.ppm);
  expect(tags(life, 0)).toEqual([]);

  // As soon as clboss lets go, it is ours.
  life.clboss.mode = 'working';
  await minutes(life, 10);
  expect(tags(life, 0)).toEqual(['lnfee']);
});

test('a clboss that lies, drifts, stalls, knows nothing or comes and goes changes no price and delays no cycle', async () => {
  const quiet = async (life: Life): Promise<Life> => {
    if (life.node.clboss) life.clboss.prices = false;
    await life.hours(1);
    return life;
  };
  await using alone = await quiet(await Life.start({ market: threePeers() }));
  await using life = await quiet(await start({ clboss: 'hostile' }));
  for (const mode of ['drifted', 'no data', 'absent', 'working'] as const) {
    life.clboss.mode = mode;
    await alone.hours(1);
    await life.hours(1);
  }
  const pricesOf = ({ sets }: Life) => sets.map(({ at, id, ppm, base }) => ({ at, id, ppm, base }));
  expect(pricesOf(life)).toEqual(pricesOf(alone));
  expect(life.sets.length).toBeGreaterThan(0);
  // Sooner than clboss is given up on.
  life.clboss.mode = 'slow';
  await life.call('revenue-policy', ['set', peer(life, 1), 'strategy=static', 'fee_ppm=777']);
  await soon(() => expect(life.channel(1).ours.ppm).toBe(777), 2_000);
  await alone.call('revenue-policy', ['set', peer(life, 1), 'strategy=static', 'fee_ppm=777']);
  await soon(() => expect(alone.channel(1).ours.ppm).toBe(777));
  const feesRun = async (one: Life) =>
    rows((await one.call('revenue-status')).jobs).find(({ name }) => name === 'fees')?.runs;
  expect(await feesRun(life)).toBe(await feesRun(alone));
  // Each trouble was said when it began, not every five minutes.
  expect(alerts(life).length).toBeGreaterThan(0);
  expect(alerts(life).length).toBeLessThanOrEqual(4);
  expect(life.said()).not.toContain('reboot');
});
