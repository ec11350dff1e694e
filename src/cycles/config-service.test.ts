import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../config/parse-options.ts';
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { OPTION_KEYS } from '../config/snapshot.ts';
import { unixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import { BadRequest } from '../ports/errors.ts';
import { type SettingStore, StoreFailed } from '../ports/store.ts';
import { ConfigService, type SettingChange } from './config-service.ts';

const clock: Clock = { now: () => unixMs(1_000), elapsed: () => 0, at: () => () => undefined };

/** A disk in memory that can be told to fail or to lie. */
class Disk implements SettingStore {
  version = 0;
  values = new Map<string, string>();
  mood: 'well' | 'full' | 'amnesic' = 'well';
  overrides() {
    return { version: this.version, values: new Map(this.values) };
  }
  put(changes: ReadonlyMap<string, string | undefined>): number {
    if (this.mood === 'full') throw new StoreFailed('database or disk is full');
    if (this.mood === 'amnesic') return this.version;
    for (const [key, text] of changes)
      if (text === undefined) this.values.delete(key);
      else this.values.set(key, text);
    this.version += 1;
    return this.version;
  }
}

const started = (given: Record<string, unknown> = {}, disk = new Disk()) => ({
  disk,
  service: new ConfigService(disk, parseOptions(new Map(Object.entries(given))).values, clock),
});
const refused = (run: () => unknown): BadRequest => {
  try {
    run();
  } catch (error) {
    if (error instanceof BadRequest) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('changing a key', () => {
  test('takes effect at once, survives a restart, and tells the listeners', () => {
    const { service, disk } = started();
    const heard: [SettingChange, ConfigSnapshot][] = [];
    service.onChange((...news) => heard.push(news));
    const change = service.set('fee_interval', '900');
    expect(change).toEqual({ key: 'fee_interval', from: 1800, to: 900, version: 1 });
    expect(service.snapshot()).toMatchObject({ fee_interval: 900, version: 1 });
    expect(heard).toEqual([[change, service.snapshot()]]);
    expect(started({}, disk).service.snapshot()).toMatchObject({ fee_interval: 900, version: 1 });
  });

  test('original 1.3: reset needed a restart and let the version go down', () => {
    const { service, disk } = started({ 'revenue-ops-min-fee-ppm': '20' });
    service.set('min_fee_ppm', 40);
    service.set('max_fee_ppm', 900);
    const change = service.reset('min_fee_ppm');
    expect(change).toEqual({ key: 'min_fee_ppm', from: 40, to: 20, version: 3 });
    expect(service.snapshot().min_fee_ppm).toBe(20);
    expect(service.get('min_fee_ppm').source).toBe('option');
    expect(service.reset('min_fee_ppm')).toBeUndefined();
    expect(started({}, disk).service.snapshot().version).toBe(3);
  });

  test('original 1.3: any attribute name passed', () => {
    const { service, disk } = started();
    for (const key of ['snapshot', 'version', 'constructor', '__proto__', '_version', '', 'nope']) {
      const error = refused(() => service.set(key, 'x'));
      expect(error.field).toBe('key');
      expect(refused(() => service.reset(key)).field).toBe('key');
      expect(refused(() => service.get(key)).field).toBe('key');
    }
    expect(disk.version).toBe(0);
  });

  test('original 1.3: fee_interval=0, NaN and junk for a switch were accepted', () => {
    const { service, disk } = started();
    for (const [key, raw] of [
      ['fee_interval', 0],
      ['flow_interval', Number.NaN],
      ['rebalance_interval', 'NaN'],
      ['enable_kelly', 'perhaps'],
      ['daily_budget_sats', 99_999_999],
    ] as const)
      expect(refused(() => service.set(key, raw))).toMatchObject({
        field: 'value',
        message: expect.stringContaining(key),
      });
    expect([disk.version, service.snapshot().version]).toEqual([0, 0]);
  });

  test('original 1.3: min 90000 > max 5000 was accepted', () => {
    const { service } = started();
    expect(refused(() => service.set('min_fee_ppm', 90_000)).message).toContain('max_fee_ppm 5000');
    service.set('max_fee_ppm', 100_000);
    service.set('min_fee_ppm', 90_000);
    expect(refused(() => service.reset('max_fee_ppm')).message).toContain('min_fee_ppm 90000');
    expect(service.snapshot()).toMatchObject({ min_fee_ppm: 90_000, max_fee_ppm: 100_000 });
  });

  test('a conflict in lightningd’s config does not lock the other keys', () => {
    const { service } = started({ 'revenue-ops-min-fee-ppm': '6000' });
    expect(service.snapshot().max_fee_ppm).toBe(6000);
    service.set('house_ppm', 400);
    expect(service.snapshot()).toMatchObject({ house_ppm: 400, max_fee_ppm: 6000 });
    expect(service.warnings().join()).toContain('max_fee_ppm is taken as 6000');
  });

  test('what is fixed at start is refused with the option to set', () => {
    const { service } = started();
    expect(refused(() => service.set('dry_run', true)).message).toContain('revenue-ops-dry-run');
    expect(refused(() => service.set('db_path', '/x')).message).toContain('revenue-ops-db-path');
  });

  test('under dry-run authority cannot be raised', () => {
    const { service } = started({ 'revenue-ops-dry-run': 'true' });
    expect(refused(() => service.set('authority', 'fees')).message).toContain('dry-run');
    expect(service.snapshot().authority).toBe('observe');
  });

  test('check validates fully and does nothing', () => {
    const { service, disk } = started();
    service.checkSet('min_fee_ppm', 20);
    service.checkReset('min_fee_ppm');
    expect(refused(() => service.checkSet('min_fee_ppm', 6000)).field).toBe('value');
    expect(refused(() => service.checkReset('nope')).field).toBe('key');
    expect([disk.version, service.snapshot().min_fee_ppm]).toEqual([0, 10]);
  });
});

describe('the disk', () => {
  test('original 1.3, ghost config: a failing or lying disk leaves memory and version untouched', () => {
    const { service, disk } = started();
    service.set('min_fee_ppm', 20);
    const before = service.snapshot();
    const heard: unknown[] = [];
    service.onChange((change) => heard.push(change));
    for (const mood of ['full', 'amnesic'] as const) {
      disk.mood = mood;
      expect(() => service.set('min_fee_ppm', 30)).toThrow(StoreFailed);
      expect(() => service.reset('min_fee_ppm')).toThrow(StoreFailed);
    }
    expect(service.snapshot()).toBe(before);
    expect(heard).toEqual([]);
    disk.mood = 'well';
    expect(service.set('min_fee_ppm', 30).version).toBe(2);
  });

  test('an unusable stored override is said until it is reset', () => {
    const disk = new Disk();
    disk.values.set('fee_interval', '0');
    disk.version = 4;
    const { service } = started({}, disk);
    expect(service.snapshot().fee_interval).toBe(1800);
    service.set('house_ppm', 310);
    expect(service.warnings().join()).toContain('fee_interval is ignored');
    service.reset('fee_interval');
    expect(service.warnings()).toEqual([]);
    expect(disk.values.has('fee_interval')).toBe(false);
  });
});

describe('looking', () => {
  test('original 1.3, torn read: a snapshot taken before a change never changes', () => {
    const { service } = started();
    const mine = service.snapshot();
    const copy = { ...mine };
    service.set('min_fee_ppm', 20);
    service.set('max_fee_ppm', 600);
    expect(mine).toEqual(copy);
    expect(() => Object.assign(mine, { min_fee_ppm: 1 })).toThrow(TypeError);
  });

  test('list shows every key with its source, diff only what differs from the default', () => {
    const { service } = started({ 'revenue-ops-max-fee-ppm': '4000' });
    service.set('min_fee_ppm', 20);
    service.set('house_ppm', 300);
    expect(service.list().map(({ key }) => key)).toEqual(OPTION_KEYS);
    expect(service.diff().map(({ key, value, source }) => [key, value, source])).toEqual([
      ['min_fee_ppm', 20, 'override'],
      ['max_fee_ppm', 4000, 'option'],
    ]);
    expect(service.get('house_ppm').source).toBe('override');
  });

  test('whatever is done in whatever order: version only rises, rules hold, memory is what a restart reads', () => {
    const step = fc.record({
      what: fc.constantFrom('set', 'reset'),
      key: fc.constantFrom('min_fee_ppm', 'max_fee_ppm', 'keep_forwards_days', 'flow_window_days'),
      raw: fc.oneof(fc.integer({ min: -5, max: 120_000 }), fc.integer({ min: 1, max: 100 })),
      mood: fc.constantFrom('well', 'well', 'well', 'full', 'amnesic'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { service, disk } = started({ 'revenue-ops-max-fee-ppm': '4000' });
        for (const { what, key, raw, mood } of steps) {
          const before = service.snapshot();
          disk.mood = mood as Disk['mood'];
          try {
            if (what === 'set') service.set(key, raw);
            else service.reset(key);
          } catch (error) {
            expect(error instanceof BadRequest || error instanceof StoreFailed).toBe(true);
            expect(service.snapshot()).toBe(before);
          }
          const after = service.snapshot();
          expect(after.version).toBe(disk.version);
          expect(after === before || after.version === before.version + 1).toBe(true);
          expect(after.min_fee_ppm).toBeLessThanOrEqual(after.max_fee_ppm);
          expect(after.keep_forwards_days).toBeGreaterThan(after.flow_window_days);
        }
        const again = started({ 'revenue-ops-max-fee-ppm': '4000' }, disk).service;
        expect(again.snapshot()).toEqual(service.snapshot());
      }),
    );
  });
});
