/** Policies in the life of the plugin: what a word of the operator's does to prices, and when. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { App } from '../../../src/app.ts';
import { HOUR_MS, type NodeId, ppm } from '../../../src/core/units.ts';
import { RetryLater } from '../../../src/ports/errors.ts';
import type { PeerChannel } from '../../../src/ports/node.ts';
import type { RpcContext } from '../../../src/rpc/context.ts';
import { revenuePolicy } from '../../../src/rpc/revenue-policy.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import type { ManualClock } from '../../doubles/manual-clock.ts';
import { channelId, nodeId, peerChannel } from '../../doubles/peer-channel.ts';
import { fail, memory, opened, START, surroundingsOf } from '../../doubles/priced-life.ts';
import type { PricedNode } from '../../doubles/priced-node.ts';
import { RebalanceWorld } from '../../doubles/rebalance-world.ts';
import { rpcWorld } from '../../doubles/rpc-world.ts';

class Life {
  readonly node: PricedNode;
  readonly clock: ManualClock;
  readonly app: App;
  readonly #file: string | undefined;

  constructor(channels: readonly PeerChannel[], file?: string) {
    this.#file = file;
    const store = file === undefined ? memory() : openStore(file, { onProblem: fail });
    const around = surroundingsOf({ channels, store });
    this.node = around.node;
    this.clock = around.clock;
    this.app = new App(around);
  }
  get store() {
    return this.app.parts.around.store;
  }
  get file(): string {
    return this.#file ?? fail('in memory');
  }

  /** Until no fee cycle runs any more. */
  async quiet(): Promise<void> {
    await this.app.idle();
    while (this.app.parts.jobs.list().some(({ running }) => running)) await setImmediate();
  }
  async start(): Promise<this> {
    await this.app.start();
    await this.quiet();
    return this;
  }
  context(): RpcContext {
    const { policies, config, board, pricing } = this.app.parts;
    const { clock, store } = this;
    return { ...rpcWorld().context, policies, config, board, fees: pricing.fees, clock, store };
  }
  async policy(...params: unknown[]): Promise<unknown> {
    const answer = await revenuePolicy.run(params, this.context(), { check: false });
    await this.quiet();
    return answer;
  }
  price(n = 1): number | undefined {
    return this.node.channels.find((one) => one.channelId === channelId(n))?.ours?.ppm;
  }
  sets(): readonly string[] {
    return this.node.log.filter((line) => line.startsWith('set'));
  }
}

describe('at once, not at the next cycle', () => {
  test('static and hive are sent without waiting for the turn of a cycle', async () => {
    const life = await new Life([peerChannel(1, opened(40)), peerChannel(2, opened(40))]).start();
    expect(life.sets()).toEqual([]);
    await life.policy('set', nodeId(1), 'strategy=static', 'fee_ppm=777');
    expect(life.price(1)).toBe(777);
    await life.policy('set', nodeId(1), 'strategy=hive');
    expect(life.node.channels[0]?.ours).toMatchObject({ ppm: 0, base: 0n });
    const before = life.sets().length;
    await life.policy('set', nodeId(1), 'strategy=hive');
    expect(life.sets()).toHaveLength(before);
    await life.app.stop(true);
  });

  test('the hive bans: dynamic again, and a cycle runs at once', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    await life.policy('set', nodeId(1), 'strategy=hive', 'rebalance=enabled');
    await life.app.parts.flow.run();
    await life.policy('set', nodeId(1), 'strategy=dynamic');
    const { jobs } = life.app.parts;
    expect(jobs.list().find(({ name }) => name === 'fees')?.runs).toBe(2);
    await life.app.stop(true);
  });

  test('while passive nobody of ours touches the price; a channel of its own may differ', async () => {
    const life = await new Life([
      peerChannel(1, opened(40)),
      peerChannel(2, { ...opened(40), peerId: nodeId(1) }),
    ]).start();
    const asked = life.price(1);
    await life.policy('set', nodeId(1), 'strategy=passive');
    await life.policy('set', channelId(2), 'strategy=static', 'fee_ppm=50');
    await life.app.parts.pricing.cycle.run('test');
    expect([life.price(1), life.price(2)]).toEqual([asked, 50]);
    await life.app.stop(true);
  });

  test('an end gives the price before it back, without a cycle in between', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    await life.policy('set', nodeId(1), 'strategy=static', 'fee_ppm=300');
    await life.policy('set', nodeId(1), 'strategy=static', 'fee_ppm=900', 'expires_in_hours=1');
    expect(life.price()).toBe(900);
    life.clock.move(HOUR_MS);
    expect(life.app.parts.policies.expire()).toBe(1);
    await life.quiet();
    expect(life.price()).toBe(300);
    await life.app.stop(true);
  });
});

test('defaults for new, unannounced and tagged channels rule where nobody said more', async () => {
  const life = await new Life([
    peerChannel(1, opened(2)),
    peerChannel(2, opened(40)),
    peerChannel(3, { ...opened(40), isPrivate: true }),
    peerChannel(4, { ...opened(2), isPrivate: true }),
  ]).start();
  await life.policy('set', 'default:new', 'strategy=static', 'fee_ppm=11');
  await life.policy('set', 'default:private', 'strategy=static', 'fee_ppm=13');
  await life.policy('set', 'tag:friend', 'strategy=static', 'fee_ppm=14');
  const second = life.price(2);
  expect([1, 2, 3, 4].map((n) => life.price(n))).toEqual([11, second, 13, 13]);
  await life.policy('tag', nodeId(4), 'friend');
  expect(life.price(4)).toBe(14);
  await life.app.stop(true);
});

test('whom lightningd was too busy to name at the start is known before clboss is looked after', async () => {
  const life = new Life([peerChannel(1, opened(40))]);
  const { plugins } = life.node;
  life.node.plugins = async () => {
    throw new RetryLater('busy');
  };
  await life.start();
  const { neighbours, jobs } = life.app.parts;
  expect(neighbours.unknown).toBe(true);
  life.node.plugins = plugins;
  await jobs.trigger('clboss', 'its turn');
  expect(neighbours.unknown).toBe(false);
  await life.app.stop(true);
});

describe('while a cycle sends its prices one after another', () => {
  /** Two members are to be free; `act` comes between the first price and the second. */
  const between = async (act: (life: Life) => void) => {
    const life = await new Life([peerChannel(1, opened(40)), peerChannel(2, opened(40))]).start();
    const { node, store, clock } = life;
    for (const n of [1, 2])
      givePolicy(store, { peerId: nodeId(n) }, { strategy: 'hive' }, clock.now());
    const { setChannel } = node;
    const before = life.price(2);
    let first = true;
    node.setChannel = async (wish) => {
      const answer = await setChannel.call(node, wish);
      if (first) act(life);
      first = false;
      return answer;
    };
    await life.app.parts.pricing.cycle.run('test');
    await life.quiet();
    expect(life.price(1)).toBe(0);
    await life.app.stop(true);
    return { before, after: life.price(2) };
  };

  test('a brake stops the rest of them', async () => {
    const { before, after } = await between((life) => {
      life.app.parts.brake.pause('fees', undefined);
    });
    expect(after).toBe(before);
  });

  test('a pause of rebalances stops none', async () => {
    const { after } = await between((life) => {
      life.app.parts.brake.pause('rebalance', undefined);
    });
    expect(after).toBe(0);
  });

  test('who is left alone by then is left alone', async () => {
    const { before, after } = await between(({ store, clock }) =>
      givePolicy(store, { peerId: nodeId(2) }, { strategy: 'passive' }, clock.now()),
    );
    expect(after).toBe(before);
  });

  test('a word for somebody else holds nobody up; one for a tag may be for anybody', async () => {
    const say = (subject: { peerId: NodeId } | { tag: string }) =>
      between(({ store, clock }) =>
        givePolicy(store, subject, { strategy: 'passive' }, clock.now()),
      );
    expect((await say({ peerId: nodeId(9) })).after).toBe(0);
    const { before, after } = await say({ tag: 'x' });
    expect(after).toBe(before);
  });
});

describe('a pin', () => {
  test('stays inside the bounds of its peer, keeps its mode, and an undo frees it without losing them', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    await life.policy('set', nodeId(1), 'max_ppm=300', 'rebalance=source_only');
    const { fees } = life.app.parts.pricing;
    const pin = { subject: { channelId: channelId(1) }, ppm: ppm(500), expiresInHours: undefined };
    await fees.setFee({ ...pin, subject: { peerId: nodeId(1) } }, false);
    expect(life.price()).toBe(300);
    expect(await life.policy('get', nodeId(1))).toMatchObject({
      policy: {
        strategy: 'static',
        fee_ppm_target: 500,
        max_ppm: 300,
        rebalance_mode: 'source_only',
        set_by: 'set-fee',
      },
    });
    await fees.undo({ change: fees.changes(1)[0]?.id ?? 0 }, false);
    expect(await life.policy('get', nodeId(1))).toMatchObject({
      policy: { strategy: 'dynamic', max_ppm: 300, rebalance_mode: 'source_only', set_by: 'undo' },
      channels: [{ decided_by: nodeId(1), strategy: 'dynamic' }],
    });
    await life.app.stop(true);
  });

  test('of a peer, undone for one of two channels, stays with the other; undone for both, it is gone', async () => {
    const life = await new Life([
      peerChannel(1, opened(40)),
      peerChannel(2, { ...opened(40), peerId: nodeId(1) }),
    ]).start();
    const { fees } = life.app.parts.pricing;
    const pin = { subject: { peerId: nodeId(1) }, ppm: ppm(500), expiresInHours: undefined };
    await fees.setFee(pin, false);
    await fees.undo({ change: fees.changes(1)[0]?.id ?? 0 }, false);
    await life.app.parts.pricing.cycle.run('test');
    expect([life.price(1), life.price(2)].filter((price) => price === 500)).toHaveLength(1);
    await life.policy('delete', channelId(2));
    await life.policy('delete', channelId(1));

    await fees.setFee({ ...pin, ppm: ppm(600) }, false);
    await fees.undo({ since: START }, false);
    expect(life.app.parts.policies.list()).toEqual([]);
    // And nothing keeps the next word for the peer from its channels.
    await life.policy('set', nodeId(1), 'strategy=hive');
    expect([life.price(1), life.price(2)]).toEqual([0, 0]);
    await life.app.stop(true);
  });

  test('undone leaves nothing behind that would keep its peer’s policy from the channel', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    const { fees } = life.app.parts.pricing;
    const pin = { subject: { channelId: channelId(1) }, ppm: ppm(500), expiresInHours: undefined };
    await fees.setFee(pin, false);
    await fees.setFee({ ...pin, ppm: ppm(600), expiresInHours: 2 }, false);
    await fees.undo({ since: START }, false);
    expect(life.app.parts.policies.list()).toEqual([]);
    await life.policy('set', nodeId(1), 'strategy=hive');
    expect(life.price()).toBe(0);
    await life.app.stop(true);
  });

  test('takes a peer from clboss at once, as any other policy does', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    await life.policy('set', nodeId(1), 'strategy=passive');
    const { jobs, pricing } = life.app.parts;
    const runs = () => jobs.list().find(({ name }) => name === 'clboss')?.runs ?? 0;
    const before = runs();
    const pin = { subject: { peerId: nodeId(1) }, ppm: ppm(500), expiresInHours: undefined };
    await pricing.fees.setFee(pin, false);
    await life.quiet();
    expect(runs()).toBe(before + 1);
    await pricing.fees.setFee(pin, true);
    await life.quiet();
    expect(runs()).toBe(before + 1);
    await life.app.stop(true);
  });

  test('that a check asks for leaves no policy and no line', async () => {
    const life = await new Life([peerChannel(1, opened(40))]).start();
    const pin = { subject: { channelId: channelId(1) }, ppm: ppm(500), expiresInHours: 5 };
    expect(await life.app.parts.pricing.fees.setFee(pin, true)).toMatchObject([
      { outcome: 'would', to: 500 },
    ]);
    expect(life.store.policies.logRange()).toBeUndefined();
    await life.app.stop(true);
  });
});

describe('rebalancing obeys the mode (SPEC 4.3, 4.4)', () => {
  const modeOf = async (world: RebalanceWorld) =>
    (await world.looker.look('glance')).channels.find((one) => one.channelId === channelId(1))
      ?.mode;

  test('of the policy that decides; passive says disabled, whatever its mode', async () => {
    const world = new RebalanceWorld();
    const say = (patch: Parameters<typeof givePolicy>[2]) =>
      givePolicy(world.store, { peerId: nodeId(1) }, patch, world.clock.now());
    expect(await modeOf(world)).toBe('enabled');
    say({ mode: 'source_only' });
    expect(await modeOf(world)).toBe('source_only');
    say({ strategy: 'passive' });
    expect(await modeOf(world)).toBe('disabled');
    say({ strategy: 'hive', mode: 'sink_only' });
    expect(await modeOf(world)).toBe('sink_only');
  });

  test('an unannounced channel takes part only when a policy says a word about it', async () => {
    const world = new RebalanceWorld();
    world.node.change(channelId(1), { isPrivate: true });
    const eligible = async () =>
      (await world.looker.look('glance')).channels.find((one) => one.channelId === channelId(1))
        ?.eligible;
    expect(await eligible()).toBe(false);
    givePolicy(world.store, { peerId: nodeId(1) }, { maxPpm: ppm(900) }, world.clock.now());
    expect(await eligible()).toBe(false);
    givePolicy(world.store, { fallback: 'private' }, { mode: 'enabled' }, world.clock.now());
    expect(await eligible()).toBe(false);
    givePolicy(world.store, { peerId: nodeId(1) }, { mode: 'enabled' }, world.clock.now());
    expect(await eligible()).toBe(true);
  });
});

test('reading policies leaves the database as it was; and all of it outlives the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'policies-'));
  const life = await new Life([peerChannel(1, opened(40))], join(folder, 'revenue-ops.db')).start();
  await life.policy('set', nodeId(1), 'strategy=static', 'fee_ppm=300', 'tags=a,big fish');
  await life.policy('set', nodeId(1), 'strategy=passive', 'expires_in_hours=720');
  const watcher = new DatabaseSync(life.file, { readOnly: true });
  const version = () => watcher.prepare('PRAGMA data_version').get()?.data_version;
  const before = version();
  const read = async (one: Life) => [
    await one.policy('list'),
    await one.policy('get', nodeId(1)),
    await one.policy('get', 'default:new'),
    await one.policy('find', 'big fish'),
    await one.policy('changes', 0),
  ];
  const answers = await read(life);
  expect(version()).toBe(before);
  watcher.close();
  await life.app.stop(true);
  const again = await new Life([peerChannel(1, opened(40))], life.file).start();
  expect(await read(again)).toEqual(answers);
  await again.app.stop(true);
  rmSync(folder, { recursive: true, force: true });
});
