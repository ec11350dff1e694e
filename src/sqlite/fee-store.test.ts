import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChannelFeeState } from '../core/fees/types.ts';
import { DAY_MS, HOUR_MS, msat, ppm, unixMs } from '../core/units.ts';
import type { FeeChange, FeeRecord, Store } from '../ports/store.ts';
import { channelId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_750_000_000_000);
const at = (ms: number) => unixMs(AT + ms);
let folder: string;
let path: string;
let problems: string[];
let store: Store;
const open = () => openStore(path, { onProblem: (sentence) => problems.push(sentence) });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fees-'));
  path = join(folder, 'fees.db');
  problems = [];
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});
const reopen = () => {
  store.close();
  store = open();
};

const window = {
  anchor: 300,
  hours: 2.5,
  revenue: 12.5,
  count: 3,
  squares: 1.25,
  comparable: true,
  until: AT,
};
const state = (n: number, change: Partial<ChannelFeeState> = {}): ChannelFeeState => ({
  channelId: channelId(n),
  firstSeenAt: AT,
  baseline: { ppm: ppm(10), base: msat(1000n), htlcMax: msat(9_007_199_254_740_993n) },
  sent: { ppm: ppm(250), base: msat(0n), at: AT },
  ruledBy: 'price',
  target: ppm(260),
  gossip: { tokens: 1.75, at: AT },
  dayOpen: { ppm: ppm(240), at: AT },
  sends: [{ at: AT, ppm: ppm(250), rule: 'fire-sale', gossip: true }],
  anchorSent: 245.5,
  pricedBy: 'ladder',
  bargainRestUntil: undefined,
  outsideChanges: [AT],
  htlcMaxBefore: undefined,
  probe: undefined,
  probesEnded: [],
  unknownSince: undefined,
  ladder: {
    rung: 4,
    sales: [0.5, 0],
    exposureDays: [1, 2],
    at: AT,
    nextMoveAt: AT,
    drained: -0.125,
    today: { day: 20_000, credited: 2.5 },
    remainder: { factor: 1.1, since: AT },
    drainGuards: 0,
    startPpm: ppm(640),
  },
  climber: {
    anchor: 300,
    direction: -1,
    step: 30,
    current: window,
    past: [window],
    product: 1.5,
    calmWindows: 1,
    sleepUntil: undefined,
    sleepRate: 0,
    exploreSide: 1,
    paid: [{ ppm: 250, fee: 100 }],
    dryDays: 0.5,
    reference: 300,
    configVersion: 2,
  },
  ...change,
});
const change = (n: number, ms: number, gossiped = true): NonNullable<FeeRecord['change']> => ({
  channelId: channelId(n),
  at: at(ms),
  from: { ppm: ppm(100), base: msat(1000n), htlcMax: msat(9_007_199_254_740_993n) },
  to: { ppm: ppm(110), base: msat(0n), htlcMax: msat(5n) },
  by: 'price',
  cycle: 1,
  gossiped,
});
const record = (n: number, ms: number, of: FeeRecord['change'] = change(n, ms)): FeeRecord => ({
  state: state(n),
  decision: {
    at: at(ms),
    kind: 'fee',
    channelId: channelId(n),
    configVersion: 1,
    rule: 'price',
    binding: 'anchor',
    number: ms,
    trail: [],
    inputs: '',
    outcome: 'done',
    error: undefined,
  },
  change: of,
});

test('a state comes back exactly, after a restart too', () => {
  const probing = state(1, {
    probe: { since: AT },
    htlcMaxBefore: msat(7n),
    unknownSince: AT,
    bargainRestUntil: at(5),
  });
  store.fees.saveState(probing);
  store.fees.saveState(state(2));
  const expected = new Map([
    [channelId(1), probing],
    [channelId(2), state(2)],
  ]);
  expect(store.fees.states()).toEqual(expected);
  reopen();
  expect(store.fees.states()).toEqual(expected);
  store.fees.dropStates([channelId(1), channelId(7)]);
  reopen();
  expect([...store.fees.states().keys()]).toEqual([channelId(2)]);
});

test('an unreadable state is a problem and counts as absent; the others live', () => {
  for (const n of [1, 2, 3, 4]) store.fees.saveState(state(n));
  store.close();
  const db = new DatabaseSync(path);
  const rows = db.prepare('SELECT key, state FROM fee_state ORDER BY key').all();
  const spoil = db.prepare('UPDATE fee_state SET state = ? WHERE key = ?');
  spoil.run('{', Number(rows[0]?.key));
  spoil.run(String(rows[1]?.state).replace('"1000msat"', '1000'), Number(rows[1]?.key));
  spoil.run(String(rows[2]?.state).replace('"price"', '"bribe"'), Number(rows[2]?.key));
  db.close();
  store = open();
  expect([...store.fees.states().keys()]).toEqual([channelId(4)]);
  expect(problems).toHaveLength(3);
  store.fees.saveState(state(1));
  expect(store.fees.state(channelId(1))).toEqual(state(1));
});

test('state, decision and change are one: a change that cannot be stored leaves none of them', () => {
  store.fees.record(record(1, 0));
  const broken = { ...change(1, 1), cycle: 0.5 };
  expect(() =>
    store.fees.record({ ...record(1, 1, broken), state: state(1, { target: ppm(999) }) }),
  ).toThrow();
  expect(store.fees.state(channelId(1))).toEqual(state(1));
  expect(store.journal.count()).toBe(1);
  expect(store.fees.changes({ limit: 10 })).toHaveLength(1);
});

test('changes: newest first, by channel, time and cycle, with the decision behind them', () => {
  const ids = [0, 1, 2].map((ms) => store.fees.record(record(1, ms)));
  store.fees.record(record(2, 5, { ...change(2, 5), cycle: 9, by: 'outside' }));
  const all = store.fees.changes({ limit: 10 });
  expect(all.map((one) => one.at - AT)).toEqual([5, 2, 1, 0]);
  expect(all[1]).toEqual({ ...change(1, 2), id: 3, decisionId: ids[2] } satisfies FeeChange);
  expect(store.fees.changes({ channelId: channelId(1), since: at(1), limit: 10 })).toHaveLength(2);
  expect(store.fees.changes({ cycle: 9, limit: 10 }).map((one) => one.by)).toEqual(['outside']);
  expect(store.fees.changes({ cycle: 9, channelId: channelId(1), limit: 10 })).toEqual([]);
  expect(store.fees.changes({ channelId: channelId(8), limit: 10 })).toEqual([]);
  expect(store.fees.changes({ limit: 1 })).toHaveLength(1);
});

test('the gossip peak is the most of one channel in any rolling day', () => {
  const day = [0, 1, DAY_MS - 1, DAY_MS, DAY_MS + 1, 3 * DAY_MS];
  for (const ms of day) store.fees.record(record(1, ms));
  store.fees.record(record(1, 2, change(1, 2, false)));
  store.fees.record(record(2, 5));
  expect(store.fees.gossipPeak(at(0), at(9 * DAY_MS))).toEqual({ perChannelDayMax: 3, total: 7 });
  expect(store.fees.gossipPeak(at(2), at(DAY_MS))).toEqual({ perChannelDayMax: 2, total: 3 });
  expect(store.fees.gossipPeak(at(-9), at(-1))).toEqual({ perChannelDayMax: 0, total: 0 });
  expect(store.fees.gossipSince(at(DAY_MS))).toBe(3);
});

test('a cycle is recorded whole: idle verdicts, what was learnt, and how far', () => {
  expect(store.fees.evidenceCursor()).toBeUndefined();
  const learned = state(2, { target: ppm(77) });
  store.fees.recordCycle({
    idle: [record(1, 0, undefined)],
    learned: [learned],
    cursor: { sequence: 12, at: AT },
  });
  reopen();
  expect(store.fees.state(channelId(2))).toEqual(learned);
  expect(store.fees.evidenceCursor()).toEqual({ sequence: 12, at: AT });
  expect(store.journal.count()).toBe(1);
  const broken = { ...record(1, 1), decision: { ...record(1, 1).decision, configVersion: 0.5 } };
  const next = { sequence: 13, at: at(HOUR_MS) };
  expect(() =>
    store.fees.recordCycle({ idle: [broken], learned: [state(2)], cursor: next }),
  ).toThrow();
  expect(store.fees.evidenceCursor()).toEqual({ sequence: 12, at: AT });
  expect(store.fees.state(channelId(2))).toEqual(learned);
});

test('a cycle’s number is used once, over restarts', () => {
  expect(store.fees.nextCycle()).toBe(1);
  reopen();
  expect(store.fees.nextCycle()).toBe(2);
});
