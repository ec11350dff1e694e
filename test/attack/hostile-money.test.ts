/**
 * SPEC 11: hostile answers to every call on the way of the money. What is not known spends nothing; what was promised
 * stays held until it is known; and when the node answers well again, the books agree with it to the msat.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sim/embedded-node/faults.ts';
import type { Life } from '../e2e/harness.ts';
import {
  booked,
  breachesOf,
  jobs,
  minutes,
  order,
  ordersSent,
  paidByNode,
  rebalancingLife,
  rows,
  running,
  sellingLife,
  ways,
} from '../e2e/rebalance-world.ts';

const GARBAGE = ['"NaN"', '-1', 'null', '1e400', '1.5', '{}', '[]', 'true', `${2n ** 64n}`];
const HUGE_BYTES = 1_000_000;

/** Ways in which the whole answer can be no answer. (Time comes over the same connection: it must not break here.) */
const useless = (method: string): readonly Fault[] => [
  { kind: 'unknown-method', method },
  { kind: 'error', method, code: -1, message: 'no' },
  { kind: 'error', method, code: -32603, message: 'internal error' },
];
const unreadable = (method: string, field: string, raw: readonly string[] = GARBAGE): Fault[] => [
  ...raw.map((one): Fault => ({ kind: 'field', method, field, raw: one })),
  { kind: 'missing-field', method, field },
];

/** Without any of these, nothing may be ordered. */
const NEEDED: readonly (readonly [string, readonly Fault[]])[] = [
  ['listfunds', [...useless('listfunds'), ...unreadable('listfunds', 'amount_msat')]],
  [
    'listpeerchannels',
    [
      ...useless('listpeerchannels'),
      ...unreadable('listpeerchannels', 'spendable_msat'),
      ...unreadable('listpeerchannels', 'receivable_msat'),
      ...unreadable('listpeerchannels', 'to_us_msat'),
    ],
  ],
  [
    'listchannelmoves',
    [
      ...useless('listchannelmoves'),
      ...unreadable('listchannelmoves', 'created_index'),
      ...unreadable('listchannelmoves', 'credit_msat'),
      ...unreadable('listchannelmoves', 'debit_msat'),
      ...unreadable('listchannelmoves', 'channelmoves', ['null', '7', '"none"', '{}']),
    ],
  ],
  [
    'sling-jobsettings',
    [
      ...useless('sling-jobsettings'),
      ...unreadable('sling-jobsettings', 'sat_direction'),
      ...unreadable('sling-jobsettings', 'amount_msat'),
      ...unreadable('sling-jobsettings', 'maxppm'),
    ],
  ],
];

/** The answers that come once money is on its way. */
const AFTERWARDS: readonly (readonly [string, readonly Fault[]])[] = [
  ['sling-once', [...useless('sling-once'), ...unreadable('sling-once', 'result')]],
  ['sling-stats', [...useless('sling-stats'), ...unreadable('sling-stats', 'status')]],
  ['sling-stop', [...useless('sling-stop'), ...unreadable('sling-stop', 'stopped_count')]],
  ['sling-deletejob', [...useless('sling-deletejob'), ...unreadable('sling-deletejob', 'result')]],
  [
    'listsendpays',
    [
      ...useless('listsendpays'),
      ...unreadable('listsendpays', 'created_index'),
      ...unreadable('listsendpays', 'status'),
      ...unreadable('listsendpays', 'payment_hash'),
      ...unreadable('listsendpays', 'amount_sent_msat'),
    ],
  ],
  [
    'listchannelmoves',
    [
      ...useless('listchannelmoves'),
      ...unreadable('listchannelmoves', 'fees_msat'),
      ...unreadable('listchannelmoves', 'debit_msat'),
      ...unreadable('listchannelmoves', 'payment_hash'),
      ...unreadable('listchannelmoves', 'timestamp'),
    ],
  ],
];

const said = (fault: Fault): string => JSON.stringify(fault);

async function expectAlive(life: Life, pid: number | undefined): Promise<void> {
  expect(life.plugin.pid).toBe(pid);
  expect(life.said()).not.toContain('a defect');
  expect(life.node.stderr).toBe('');
  expect(await life.call('revenue-status')).toMatchObject({ status: 'running' });
}

async function expectSquare(life: Life, about: string): Promise<void> {
  expect((await life.call('revenue-status')).holds, about).toEqual([]);
  expect(running(life), about).toBe(0);
  expect(booked(life), about).toBe(await paidByNode(life));
}

describe('what must be known before money leaves', () => {
  let life: Life;
  let pid: number | undefined;
  beforeAll(async () => {
    life = await rebalancingLife();
    // Somebody's lasting job and a payment of ours, so that every answer has rows to spoil.
    life.sling.operatorJob({ channel: 3, candidates: [2], maxPpm: 1 });
    await order(life, 0, 1, { amount_sats: 100_000 });
    await minutes(life, 10);
    ({ pid } = life.plugin);
    expect(booked(life)).toBe(10_000n);
  });
  afterAll(() => life.destroy());

  test.each(NEEDED)('%s', async (_, faults) => {
    for (const fault of faults) {
      const sent = ordersSent(life);
      const heal = life.node.faults.add(fault);
      // Refused, or an error of the node's own.
      const answer = await order(life, 0, 1, { amount_sats: 100_000 }).catch((error) => ({
        error,
      }));
      expect(answer, said(fault)).not.toMatchObject({ success: true });
      await minutes(life, 1);
      expect(ordersSent(life), said(fault)).toBe(sent);
      heal();
      await minutes(life, 2);
    }
    const sent = ordersSent(life);
    expect(await order(life, 0, 1, { amount_sats: 100_000 })).toMatchObject({ success: true });
    await minutes(life, 5);
    expect(ordersSent(life)).toBe(sent + 1);
    await expectAlive(life, pid);
  });

  test('sling’s version', async () => {
    const faults = [
      ...useless('sling-version'),
      ...unreadable('sling-version', 'version', [...GARBAGE, '"v4.3"', '"99"', '""']),
    ];
    for (const fault of faults) {
      const sent = ordersSent(life);
      const heal = life.node.faults.add(fault);
      life.sling.revive();
      await minutes(life, 1);
      const answer = await order(life, 0, 1, { amount_sats: 100_000 });
      expect(answer, said(fault)).toMatchObject({ status: 'refused', code: 'not_ready' });
      expect(ordersSent(life), said(fault)).toBe(sent);
      heal();
    }
    life.sling.revive();
    await minutes(life, 1);
    expect(await order(life, 0, 1, { amount_sats: 100_000 })).toMatchObject({ success: true });
    await minutes(life, 5);
  });

  test('in the end the books agree with the node', async () => {
    await minutes(life, 30);
    expect((await life.call('revenue-status')).holds).toEqual([]);
    expect(booked(life)).toBe(await paidByNode(life));
    expect(breachesOf(life)).toEqual([]);
    await expectAlive(life, pid);
  });
});

describe('while money is on its way', () => {
  let life: Life;
  let pid: number | undefined;
  beforeAll(async () => {
    life = await rebalancingLife();
    ({ pid } = life.plugin);
  });
  afterAll(() => life.destroy());

  test.each(AFTERWARDS)('%s', async (_, faults) => {
    let towards = 0;
    for (const fault of faults) {
      const spent = booked(life);
      const heal = life.node.faults.add(fault);
      const [from, to] = towards === 0 ? [0, 1] : [1, 0];
      await order(life, from, to, { amount_sats: 100_000 });
      await minutes(life, 5);
      // Whatever was answered: what may still cost something is held or booked.
      const open = rows((await life.call('revenue-status')).holds);
      const paid = await paidByNode(life).catch(() => undefined);
      if (paid !== undefined && paid > booked(life)) expect(open, said(fault)).toHaveLength(1);
      heal();
      await minutes(life, 20);
      await expectSquare(life, said(fault));
      expect(booked(life) - spent, said(fault)).toBeLessThanOrEqual(10_000n);
      towards = 1 - towards;
    }
    await expectAlive(life, pid);
    expect(breachesOf(life)).toEqual([]);
  });

  test('answers of megabytes and members nobody has heard of change nothing', async () => {
    for (const [method] of [...NEEDED, ...AFTERWARDS]) {
      const heal = [
        life.node.faults.add({ kind: 'huge', method, bytes: HUGE_BYTES }),
        life.node.faults.add({ kind: 'extra-fields', method }),
      ];
      await order(life, 0, 1, { amount_sats: 100_000 });
      await minutes(life, 5);
      for (const one of heal) one();
      await minutes(life, 5);
      await expectSquare(life, method);
    }
    await expectAlive(life, pid);
  });
});

test('the cycle orders nothing on data it does not have, and orders as soon as it has it', async () => {
  await using life = await sellingLife();
  // Somebody's lasting job, so that every answer has a row to spoil.
  const { index } = life.channel(0);
  life.sling.operatorJob({ channel: index, candidates: [3], maxPpm: 1 });
  const faults = NEEDED.flatMap(([, [one, , , ...more]]) =>
    [one, ...more.slice(0, 3)].filter((fault) => fault !== undefined),
  );
  for (const fault of faults) {
    const heal = life.node.faults.add(fault);
    await minutes(life, 20);
    expect(ordersSent(life), said(fault)).toBe(0);
    heal();
  }
  expect(jobs(life)).toEqual([]);
  await life.hours(1);
  expect(ordersSent(life)).toBe(1);
  expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'moved' }]);
  expect(booked(life)).toBe(await paidByNode(life));
  ways(life).audit();
});

test('the peers’ prices are garbage: nothing is paid beyond what the sale bears', async () => {
  const method = 'listchannels';
  for (const raw of ['"NaN"', '-1', '1e400']) {
    await using life = await sellingLife({
      prepare: ({ faults }) => {
        faults.add({ kind: 'field', method, field: 'fee_per_millionth', raw });
        faults.add({ kind: 'field', method, field: 'base_fee_millisatoshi', raw });
      },
    });
    await life.hours(1);
    for (const { spent, cap } of jobs(life)) expect(spent, raw).toBeLessThanOrEqual(cap);
    expect(life.said(), raw).not.toContain('a defect');
    expect(breachesOf(life), raw).toEqual([]);
  }
});
