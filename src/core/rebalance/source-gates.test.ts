import { expect, it, test } from 'vitest';
import { fromSat, msat, ppm, share } from '../units.ts';
import { destinationAs, historyAs, peerNamed, sourceAs } from './channel.fixture.ts';
import { afterGiving, gives, hasSlotsFor, sourceRefusal } from './source-gates.ts';

const TO = destinationAs();

it.each([
  ['open', {}, undefined],
  ['sink_only', { mode: 'sink_only' }, 'policy'],
  ['disabled', { mode: 'disabled' }, 'policy'],
  ['original 4.10: source_only stays a source', { mode: 'source_only' }, undefined],
  ['not eligible', { eligible: false }, 'not_eligible'],
  ['busy', { busy: true }, 'busy'],
  ['the destination’s own peer', { peerId: peerNamed(1) }, 'same_peer'],
  ['the destination itself', { channelId: TO.channelId }, 'itself'],
  ['uptime 89.9 %', { uptime: share(0.899) }, 'uptime'],
  ['uptime unknown', { uptime: undefined }, 'uptime'],
  ['NEW', { flow: 'NEW' }, 'new'],
  ['unreliable', { history: historyAs({ sourceFailures: 3 }) }, 'unreliable'],
  ['failed twice', { history: historyAs({ sourceFailures: 2.9 }) }, undefined],
  ['unknown price', { price: ppm(Number.NaN) }, 'unknown'],
] as const)('%s', (_, change, code) => {
  expect(sourceRefusal(sourceAs(change), TO)).toBe(code);
});

test('a NEW channel gives to the fleet only', () => {
  expect(sourceRefusal(sourceAs({ flow: 'NEW' }), { ...TO, hive: true })).toBeUndefined();
});

test('a source gives what lies above its target', () => {
  expect(gives(sourceAs())).toBe(fromSat(7_500_000));
  expect(gives(sourceAs({ spendable: fromSat(500_000) }))).toBe(0n);
});

test('source protection: what sells well gives only what lies above 80 %', () => {
  const selling = (part: number, spendable: bigint) =>
    gives(sourceAs({ flow: 'SOURCE', share: share(part), spendable: msat(spendable) }));
  expect(selling(0.8, 8_500_000_000n)).toBe(0n);
  expect(selling(0.85, 8_500_000_000n)).toBe(fromSat(500_000));
  expect(selling(0.81, 8_000_000_000n)).toBe(0n);
  expect(selling(0.81, 8_000_000_001n)).toBe(1n);
  const odd = { flow: 'SOURCE', share: share(0.9), capacity: msat(10_000_000_001n) } as const;
  expect(gives(sourceAs({ ...odd, spendable: msat(8_000_000_002n) }))).toBe(1n);
});

test('source protection never gives more than the excess', () => {
  const small = { capacity: fromSat(100), flow: 'SOURCE', share: share(1), dailyVolume: msat(0n) };
  expect(gives(sourceAs({ ...small, flow: 'SOURCE', spendable: fromSat(90) }))).toBe(fromSat(10));
});

test('scarcity guard of the outgoing side', () => {
  const slots = (out: number, max = 50) =>
    sourceAs({ slots: { in: share(1), out: share(out), max } });
  expect(hasSlotsFor(slots(0.5), fromSat(500_000))).toBe(true);
  expect(hasSlotsFor(slots(0.5001), fromSat(500_000))).toBe(false);
  expect(hasSlotsFor(slots(0, 0), fromSat(1))).toBe(false);
});

test('what was promised is gone for the next plan', () => {
  const after = afterGiving(sourceAs(), fromSat(1_000_000), 0.3);
  expect(after).toMatchObject({ spendable: fromSat(7_000_000), slots: { in: 0.1, out: 0.3 } });
  expect(after.share).toBe(0.8);
  expect(afterGiving(sourceAs(), fromSat(9_000_000), 2)).toMatchObject({
    spendable: 0n,
    slots: { out: 1 },
  });
});
