import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryPolicies } from '../../test/doubles/memory-policies.ts';
import { channelId, nodeId } from '../../test/doubles/peer-channel.ts';
import { judgeIgnored } from '../core/import/past-policies.ts';
import type { PolicyPatch } from '../core/policy/policy-patch.ts';
import { HOUR_MS, laterBy, ppm, unixMs } from '../core/units.ts';
import { StoreFailed } from '../ports/store.ts';
import type { PolicyOrder } from './policy-changes.ts';
import { PolicyService } from './policy-service.ts';

const START = unixMs(1_750_000_000_000);
const PEER = { peerId: nodeId(1) };

class World {
  readonly store = new MemoryPolicies();
  readonly due: string[] = [];
  now = START;
  readonly service = new PolicyService({
    store: this.store,
    clock: { now: () => this.now },
    changed: (reason) => this.due.push(reason),
  });

  wait(ms: number): void {
    this.now = laterBy(this.now, ms);
  }
  set(patch: PolicyPatch, of: Partial<PolicyOrder> = {}, by: 'operator' | 'hive' = 'operator') {
    const order = { subject: PEER, peerId: nodeId(1), action: 'set', patch, ...of } as PolicyOrder;
    return this.service.apply([order], by, false);
  }
  lines() {
    return this.service.changes({ sequence: 0 }, 1000).changes;
  }
}
const price = (rate: number): PolicyPatch => ({ strategy: 'static', feePpm: ppm(rate) });
const channel = (n: number) => ({ subject: { channelId: channelId(n) } });

describe('a change', () => {
  test('counts at once: it is in the log and the prices are due', () => {
    const world = new World();
    expect(world.set({ strategy: 'hive' }).kind).toBe('changed');
    expect(world.service.get(PEER)?.policy.strategy).toBe('hive');
    expect(world.due).toEqual(['policy changed']);
    expect(world.lines()).toMatchObject([
      { sequence: 1, action: 'set', by: 'operator', subject: PEER },
    ]);
  });

  test('said again it is the same: no line, no cost, nothing due', () => {
    const world = new World();
    world.set({ strategy: 'hive', mode: 'enabled' });
    for (let i = 0; i < 50; i++)
      expect(world.set({ strategy: 'hive', mode: 'enabled' }, {}, 'hive').kind).toBe('same');
    expect(world.lines()).toHaveLength(1);
    expect(world.due).toHaveLength(1);
    expect(world.set({ mode: 'disabled' }).kind).toBe('changed');
  });

  test('that the disk does not keep is told to nobody', () => {
    const world = new World();
    world.store.write = () => {
      throw new StoreFailed('full');
    };
    expect(() => world.set({ strategy: 'hive' })).toThrow(StoreFailed);
    expect(world.due).toEqual([]);
  });

  test('in a check says what would come of it and does nothing', () => {
    const world = new World();
    const order = { subject: PEER, peerId: nodeId(1), action: 'set' as const, patch: price(5) };
    expect(world.service.apply([order], 'operator', true)).toMatchObject({
      kind: 'changed',
      writes: [{ stack: [{ policy: { feePpm: 5 } }] }],
    });
    expect(world.service.get(PEER)).toBeUndefined();
    expect([world.lines(), world.due]).toEqual([[], []]);
  });

  test('a tag is for a peer or a channel only', () => {
    const world = new World();
    const of = { subject: { fallback: 'new' as const }, peerId: undefined, action: 'tag' as const };
    expect(world.set({ addTag: 'a' }, of)).toMatchObject({ kind: 'refused', field: 'peer_id' });
  });
});

describe('ten changes a minute', () => {
  test('the eleventh is denied until a minute has passed since the first', () => {
    const world = new World();
    for (let i = 0; i < 10; i++) {
      expect(world.set(price(i)).kind).toBe('changed');
      world.wait(1000);
    }
    expect(world.set(price(99))).toMatchObject({ kind: 'denied', retryAfterMs: 60_000 });
    expect(world.set(price(9)).kind).toBe('same');
    expect(world.set(price(1), { subject: { peerId: nodeId(2) }, peerId: nodeId(2) }).kind).toBe(
      'changed',
    );
    world.wait(50_000);
    expect(world.set(price(99)).kind).toBe('changed');
    expect(world.set(price(98)).kind).toBe('denied');
  });

  test('the channels of a peer count with it', () => {
    const world = new World();
    for (let i = 0; i < 5; i++) world.set(price(i));
    for (let i = 0; i < 5; i++) world.set(price(i), channel(i + 1));
    expect(world.set(price(7), channel(9)).kind).toBe('denied');
  });

  test('a clock that goes back forgives, and never locks out', () => {
    const world = new World();
    for (let i = 0; i < 10; i++) world.set(price(i));
    world.wait(-HOUR_MS);
    expect(world.set(price(99)).kind).toBe('changed');
  });

  test('a batch cannot get round it, and leaves nothing when it tries', () => {
    const world = new World();
    const orders = Array.from(
      { length: 11 },
      (_, i): PolicyOrder => ({ subject: PEER, peerId: nodeId(1), action: 'set', patch: price(i) }),
    );
    expect(world.service.apply(orders, 'operator', false)).toMatchObject({
      kind: 'denied',
      index: 10,
    });
    expect(world.lines()).toEqual([]);
    expect(world.service.apply(orders.slice(1), 'operator', false)).toMatchObject({
      kind: 'changed',
    });
    expect(world.service.get(PEER)?.policy.feePpm).toBe(10);
  });
});

test('a batch is all or nothing, whatever is in it and wherever it is wrong', () => {
  const order = (n: number, patch: PolicyPatch): PolicyOrder => ({
    subject: { peerId: nodeId(n) },
    peerId: nodeId(n),
    action: 'set',
    patch,
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 50 })), {
        maxLength: 40,
      }),
      fc.option(fc.nat({ max: 40 }), { nil: undefined }),
      (given, wrongAt) => {
        const world = new World();
        const orders = given.map(([n, rate]) => order(n, price(rate)));
        if (wrongAt !== undefined)
          orders.splice(wrongAt, 0, order(1, { strategy: 'static', feePpm: 'none' }));
        const outcome = world.service.apply(orders, 'operator', false);
        const changed = outcome.kind === 'changed' ? outcome.writes.length : 0;
        expect(world.lines().map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: changed }, (_, i) => i + 1),
        );
        expect(world.due).toHaveLength(changed > 0 ? 1 : 0);
        if (wrongAt !== undefined) expect(changed).toBe(0);
        if (wrongAt !== undefined && outcome.kind === 'refused')
          expect(outcome.index).toBe(Math.min(wrongAt, given.length));
        if (outcome.kind === 'changed')
          for (const [n] of given)
            expect(world.service.get({ peerId: nodeId(n) })?.policy.feePpm).toBe(
              given.findLast(([other]) => other === n)?.[1],
            );
      },
    ),
  );
});

describe('the hive (SPEC 8)', () => {
  test('speaks where the operator did not, and takes back what it said', () => {
    const world = new World();
    expect(world.set({ strategy: 'hive', mode: 'enabled' }, {}, 'hive').kind).toBe('changed');
    expect(world.set({ strategy: 'dynamic' }, {}, 'hive').kind).toBe('changed');
    expect(world.service.get(PEER)?.policy).toMatchObject({ strategy: 'dynamic', mode: 'enabled' });
  });

  test('never changes what the operator said', () => {
    const world = new World();
    world.set({ strategy: 'hive' }, {}, 'hive');
    world.set(price(5));
    for (const strategy of ['hive', 'dynamic'] as const)
      expect(world.set({ strategy }, {}, 'hive')).toMatchObject({ kind: 'denied' });
    expect(world.service.get(PEER)?.policy.feePpm).toBe(5);
  });

  test('one who was banned while a passing word of the operator’s held is no member at its end', () => {
    for (const first of ['hive', undefined] as const) {
      const world = new World();
      if (first) world.set({ strategy: first, mode: 'enabled' }, {}, 'hive');
      world.set({ ...price(5), expiresInHours: 5 });
      expect(world.set({ strategy: 'hive', mode: 'enabled' }, {}, 'hive').kind).toBe(
        first ? 'same' : 'changed',
      );
      expect(world.set({ strategy: 'dynamic' }, {}, 'hive').kind).toBe('changed');
      expect(world.service.get(PEER)).toMatchObject({
        by: 'operator',
        policy: { strategy: 'static', feePpm: 5 },
      });
      world.wait(5 * HOUR_MS);
      world.service.expire();
      expect(world.service.get(PEER)).toMatchObject({
        by: 'hive',
        policy: { strategy: 'dynamic', feePpm: undefined },
      });
    }
  });

  test('a passing word on a lasting one of the operator’s opens nothing to it', () => {
    const world = new World();
    world.set(price(5));
    world.set({ ...price(9), expiresInHours: 5 });
    expect(world.set({ strategy: 'hive' }, {}, 'hive').kind).toBe('denied');
    world.wait(5 * HOUR_MS);
    expect(world.service.get(PEER)?.policy.feePpm).toBe(5);
    expect(world.set({ strategy: 'hive' }, {}, 'hive').kind).toBe('denied');
  });

  test('changes its mind of a peer six times a day and no more: each time is gossip', () => {
    const world = new World();
    const flap = (n: number) =>
      world.set({ strategy: n % 2 === 0 ? 'hive' : 'dynamic' }, {}, 'hive').kind;
    const kinds = Array.from({ length: 20 }, (_, n) => {
      world.wait(60_000);
      return flap(n);
    });
    expect(kinds.filter((kind) => kind === 'changed')).toHaveLength(6);
    expect(world.set({ strategy: 'dynamic' }, {}, 'hive').kind).toBe('same');
    const other = { subject: { peerId: nodeId(2) }, peerId: nodeId(2) };
    expect(world.set({ strategy: 'hive' }, other, 'hive').kind).toBe('changed');
    expect(world.set(price(5)).kind).toBe('changed');
    const later = new World();
    for (let n = 0; n < 6; n++)
      later.set({ strategy: n % 2 === 0 ? 'hive' : 'dynamic' }, {}, 'hive');
    later.wait(24 * HOUR_MS);
    expect(later.set({ strategy: 'hive' }, {}, 'hive').kind).toBe('changed');
  });

  test('refused, it says nothing of anybody, but whom it named is known', () => {
    const world = new World();
    const named: string[] = [];
    const service = new PolicyService({
      store: world.store,
      clock: { now: () => world.now },
      fleet: { obeyed: false, note: (peerId) => named.push(peerId) },
      changed: () => undefined,
    });
    const order = { ...PEER, subject: PEER, action: 'set', patch: { strategy: 'hive' } } as const;
    expect(service.apply([order], 'hive', false)).toMatchObject({ kind: 'denied' });
    expect(service.apply([order], 'hive', true)).toMatchObject({ kind: 'denied' });
    expect([service.list(), named]).toEqual([[], [PEER.peerId]]);
    expect(service.apply([order], 'operator', false).kind).toBe('changed');
  });

  test('cannot fill the room that is the operator’s', () => {
    const world = new World();
    world.store.count = () => 10_000;
    expect(world.set({ strategy: 'hive' }, {}, 'hive')).toMatchObject({
      kind: 'denied',
      because: '10000 policies exist already',
    });
    expect(world.set({ strategy: 'hive' }).kind).toBe('changed');
  });

  test('a tag of the operator is no word against it, and stays', () => {
    const world = new World();
    world.set({ addTag: 'whale' }, { action: 'tag' });
    expect(world.set({ strategy: 'hive' }, {}, 'hive').kind).toBe('changed');
    expect(world.service.get(PEER)?.policy.tags).toEqual(['whale']);
  });
});

test('one subject is asked about alone: a batch of a hundred does not read all policies a hundred times', () => {
  const world = new World();
  world.set(price(1));
  world.set({ strategy: 'passive', expiresInHours: 1 });
  world.store.held = () => {
    throw new Error('all of them are read');
  };
  expect(world.service.get(PEER)?.policy.strategy).toBe('passive');
  world.wait(HOUR_MS);
  expect(world.service.get(PEER)?.policy.feePpm).toBe(1);
  expect(world.service.get({ peerId: nodeId(2) })).toBeUndefined();
});

describe('an end', () => {
  test('is noted once, and what returns is in the log', () => {
    const world = new World();
    world.set(price(1));
    world.set({ strategy: 'passive', expiresInHours: 1 });
    world.set(
      { strategy: 'hive', expiresInHours: 1 },
      { subject: { tag: 'a' }, peerId: undefined },
    );
    expect(world.service.expire()).toBe(0);
    world.wait(HOUR_MS);
    expect(world.service.get(PEER)?.policy.strategy).toBe('static');
    expect(world.service.expire()).toBe(2);
    expect(world.service.expire()).toBe(0);
    expect(world.lines().slice(3)).toMatchObject([
      { sequence: 4, action: 'expire', by: 'expiry', policy: { strategy: 'static' } },
      { sequence: 5, action: 'expire', subject: { tag: 'a' }, policy: undefined },
    ]);
    expect(world.due.at(-1)).toBe('a policy ended');
    expect(world.store.count()).toBe(1);
  });
});

test('SPEC 5, migration: ignored peers become passive once; whoever has a policy keeps it', () => {
  const world = new World();
  world.set(price(1));
  const rows = [1, 2, 2].flatMap((n) => {
    const row = { peer_id: nodeId(n), reason: 'bad', ignored_at: 1_500_000_000n };
    const verdict = judgeIgnored(row, unixMs(1.7e12));
    return 'take' in verdict ? [verdict.take] : [];
  });
  expect(world.service.takeOver(rows)).toEqual({ taken: 1 });
  expect(world.service.takeOver(rows)).toEqual({ taken: 0 });
  expect(world.service.get(PEER)?.policy.strategy).toBe('static');
  expect(world.service.get({ peerId: nodeId(2) })).toEqual({
    policy: {
      strategy: 'passive',
      mode: 'disabled',
      feePpm: undefined,
      minPpm: undefined,
      maxPpm: undefined,
      tags: ['migrated_ignore', 'bad'],
      expiresAt: undefined,
    },
    rules: true,
    by: 'import',
    at: 1.5e12,
  });
});

test('rulings are of one moment: the channel before its peer', () => {
  const world = new World();
  world.set(price(1));
  world.set(price(2), channel(1));
  const ruling = world.service.rulings();
  world.set(price(3));
  const facts = { peerId: nodeId(1), announced: true, isNew: false };
  expect(ruling({ ...facts, channelId: channelId(1) }).policy.feePpm).toBe(2);
  expect(ruling({ ...facts, channelId: channelId(2) }).policy.feePpm).toBe(1);
});
