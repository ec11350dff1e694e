/** SPEC 3.8, 11: a lightningd that is slow, silent, cut off or lying about what it did. */
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { EmbeddedNode } from '../../src/sim/embedded-node/embedded-node.ts';
import type { Fault } from '../../src/sim/embedded-node/faults.ts';
import { decisions } from '../e2e/answers.ts';
import { Life } from '../e2e/harness.ts';
import { expectSaneOrders } from './sane-orders.ts';

type Case = readonly [name: string, faults: readonly Fault[]];
const onEach =
  (faults: readonly Fault[]) =>
  (node: EmbeddedNode): void => {
    for (const fault of faults) node.faults.add(fault);
  };
const outcomes = (life: Life): ReadonlySet<string> =>
  new Set(
    decisions(life.database)
      .filter(({ kind }) => kind === 'fee')
      .map(({ outcome }) => outcome),
  );
/** Locks that hold prices; a peer that comes and goes only has its channels' rebalancing locked. */
const priceLocks = async (life: Life): Promise<readonly unknown[]> => {
  const { locks } = await life.call('revenue-status');
  const rows = z.array(z.looseObject({ scope: z.string() })).parse(locks);
  return rows.filter(({ scope }) => scope !== 'rebalance');
};

describe('while it lasts nothing is decided; afterwards life goes on', () => {
  const look = 'listpeerchannels';
  const cases: readonly Case[] = [
    ['garbage bytes instead of the channels', [{ kind: 'garbage', method: look }]],
    ['half an answer', [{ kind: 'truncated', method: look }]],
    ['a dropped connection', [{ kind: 'drop', method: look }]],
    ['an error', [{ kind: 'error', method: look, code: -1, message: 'the database is locked' }]],
    ['an error without sense', [{ kind: 'error', method: look, code: 0, message: '' }]],
    ['a method that vanished', [{ kind: 'unknown-method', method: look }]],
    ['an answer of 70 MB', [{ kind: 'huge', method: look, bytes: 70_000_000 }]],
    [
      'another protocol',
      [{ kind: 'garbage', method: look, bytes: 'HTTP/1.1 400 Bad Request\r\n\r\n' }],
    ],
    [
      'an answer to nobody',
      [{ kind: 'garbage', method: look, bytes: '{"jsonrpc":"2.0","id":7,"result":{}}\n\n' }],
    ],
  ];
  test.each(cases)('%s', async (_, faults) => {
    await using life = await Life.start({ seed: 17, channels: 6 });
    const { pid } = life.plugin;
    for (const fault of faults) life.node.faults.add(fault);
    await life.hours(2);
    expect(life.count(look)).toBeGreaterThan(1);
    expect(life.sets).toEqual([]);
    // A retry is a line in the log, not a flood of them: two cycles an hour.
    expect(life.node.logs.filter(({ level }) => level === 'error').length).toBeLessThan(12);

    life.node.faults.clear();
    await life.hours(3);
    expect(life.plugin.pid).toBe(pid);
    expect(life.sets.length).toBeGreaterThan(3);
    expectSaneOrders(life);
    expect(life.said()).not.toContain('a defect');
  });
});

describe('the start over a broken node', () => {
  const methods = [
    'listpeers',
    'listpeerchannels',
    'listclosedchannels',
    'wait',
    'plugin',
    'feerates',
  ];
  test.each(methods)(
    '%s fails twice: it is asked again, and everything gets known',
    async (method) => {
      const fault: Fault = { kind: 'error', method, code: -1, message: 'not now', times: 2 };
      await using life = await Life.start({ seed: 17, historyDays: 2, prepare: onEach([fault]) });
      await life.hours(4);
      expect(await life.call('revenue-status')).toMatchObject({
        hydration: { phase: 'live', unresolved: 0 },
      });
      expect(life.sets.length).toBeGreaterThan(3);
      expectSaneOrders(life);
    },
  );
});

describe('setchannel', () => {
  const method = 'setchannel';
  const unanswered: readonly Case[] = [
    ['is done and the connection drops', [{ kind: 'drop', method, times: 1 }]],
    ['is done and answered with garbage', [{ kind: 'garbage', method, times: 1 }]],
    ['is done and answered by half', [{ kind: 'truncated', method, times: 1 }]],
    [
      'is answered without the channel',
      [{ kind: 'field', method, field: 'channel_id', raw: '"x"', times: 1 }],
    ],
    [
      'is answered with NaN',
      [{ kind: 'field', method, field: 'fee_proportional_millionths', raw: '"NaN"', times: 1 }],
    ],
  ];
  test.each(unanswered)(
    '%s: outcome unknown, said, read again, then settled',
    async (_, faults) => {
      await using life = await Life.start({ seed: 17, channels: 6, prepare: onEach(faults) });
      await life.hours(4);
      const [unknown, ...others] = decisions(life.database).filter(
        ({ outcome }) => outcome === 'unknown',
      );
      expect(unknown?.error).toBeTruthy();
      expect(others).toEqual([]);
      expectSaneOrders(life);
      const { channels } = await life.call('revenue-fee-debug');
      expect(JSON.stringify(channels)).not.toContain('unknown_since');
      expect(await priceLocks(life)).toEqual([]);
      // Read again, the price on the node is known to be ours: nobody else set it.
      const [first] = life.sets;
      const channel = life.market.channels().find(({ channelId }) => channelId === first?.id);
      expect(
        decisions(life.database)
          .filter(({ channelId, kind }) => channelId === first?.id && kind === 'fee')
          .at(-1)?.number,
      ).toBe(channel?.ours.ppm);
    },
  );

  test('is refused: failed, with lightningd’s words; the state stays and it is decided anew', async () => {
    const fault: Fault = { kind: 'error', method, code: -1, message: 'computer says no' };
    await using life = await Life.start({ seed: 17, channels: 6, prepare: onEach([fault]) });
    const found = life.market.channels().map(({ ours }) => ours);
    await life.hours(3);
    expect(outcomes(life)).toContain('failed');
    expect(outcomes(life)).not.toContain('done');
    expect(decisions(life.database).some(({ error }) => error?.includes('computer says no'))).toBe(
      true,
    );
    expect(life.market.channels().map(({ ours }) => ours)).toEqual(found);
    expectSaneOrders(life);

    life.node.faults.clear();
    await life.hours(2);
    expect(outcomes(life)).toContain('done');
    expect(life.market.channels().map(({ ours }) => ours)).not.toEqual(found);
    expectSaneOrders(life);
  });

  test('lies about the values: failed, an alert, and what is there is adopted', async () => {
    const fault: Fault = { kind: 'setchannel-lies', lie: 'other values', times: 3 };
    await using life = await Life.start({ seed: 17, channels: 6, prepare: onEach([fault]) });
    await life.hours(1);
    const failed = decisions(life.database).filter(({ outcome }) => outcome === 'failed');
    expect(failed).toHaveLength(3);
    for (const { error } of failed) expect(error).toMatch(/asked for .* answered/);
    expect(
      life.node.published.filter((one) => one.method === 'revenue_alert').length,
    ).toBeGreaterThanOrEqual(3);
    await life.hours(10);
    expectSaneOrders(life);
    expect(await priceLocks(life)).toEqual([]);
  });

  test('says done and does nothing: no endless fight, prices stay sane', async () => {
    const fault: Fault = { kind: 'setchannel-lies', lie: 'not applied' };
    await using life = await Life.start({ seed: 17, channels: 6, prepare: onEach([fault]) });
    const found = life.market.channels().map(({ ours }) => ours);
    await life.days(2);
    expect(life.market.channels().map(({ ours }) => ours)).toEqual(found);
    expectSaneOrders(life);
    const most = Math.max(
      ...life.market
        .channels()
        .map(({ channelId }) => life.sets.filter(({ id }) => id === channelId).length),
    );
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe.concurrent('by the clock on the wall', () => {
  test('answers after 3 s: waited for, and status answers meanwhile', async () => {
    const fault: Fault = { kind: 'slow', method: 'listpeerchannels', ms: 3000, times: 2 };
    await using life = await Life.start({ seed: 17, channels: 6 });
    life.node.faults.add(fault);
    const living = life.hours(1);
    await vi.waitUntil(() => life.count('listpeerchannels') > 2, { interval: 5, timeout: 20_000 });
    const asked = performance.now();
    expect(await life.call('revenue-status')).toMatchObject({ status: 'running' });
    expect(performance.now() - asked).toBeLessThan(1000);
    await living;
    await life.hours(2);
    expect(life.sets.length).toBeGreaterThan(3);
    expectSaneOrders(life);
  });

  test('a look that never answers: given up within its limit, and asked again next time', async () => {
    await using life = await Life.start({ seed: 17, channels: 6 });
    life.node.faults.add({ kind: 'stall', method: 'listpeerchannels', times: 1 });
    await life.hours(2);
    expect(life.said()).toMatch(/listpeerchannels: no answer within/);
    await life.hours(2);
    expect(life.sets.length).toBeGreaterThan(3);
    expectSaneOrders(life);
  });

  test('setchannel done and never answered: unknown, then read again', async () => {
    const fault: Fault = { kind: 'setchannel-lies', lie: 'applied but silent', times: 1 };
    await using life = await Life.start({ seed: 17, channels: 6, prepare: onEach([fault]) });
    await life.hours(4);
    expect(decisions(life.database).filter(({ outcome }) => outcome === 'unknown')).toHaveLength(1);
    expectSaneOrders(life);
    expect(await priceLocks(life)).toEqual([]);
  });

  test('the socket goes away and comes back: orders work again, the process is the same', async () => {
    await using life = await Life.start({ channels: 4, clock: 'machine' });
    const live = async (): Promise<void> =>
      expect(await life.call('revenue-status')).toMatchObject({ hydration: { phase: 'live' } });
    await vi.waitFor(live, { interval: 50, timeout: 10_000 });
    const { scid } = life.channel(0);
    await life.call('revenue-fee-debug', [scid]);
    const { pid } = life.plugin;
    await life.node.restartSocket(300, 'stays');
    expect(await life.call('revenue-set-fee', [scid, 321])).toMatchObject({ status: 'success' });
    expect(life.channel(0).ours.ppm).toBe(321);
    expect(life.plugin.pid).toBe(pid);

    for (const kind of ['drop', 'garbage', 'truncated'] as const) {
      life.node.faults.add({ kind, method: 'setchannel', times: 1 });
      expect(await life.call('revenue-set-fee', [scid, 400]), kind).toMatchObject({
        status: 'unknown',
        success: false,
      });
      expect(await life.call('revenue-set-fee', [scid, 401]), kind).toMatchObject({
        status: 'success',
      });
    }
    expectSaneOrders(life);
  });
});
