import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from './cross-field.ts';
import { ancestorPlaces, databasePath } from './database-path.ts';
import { OPTIONS } from './options.ts';
import { disableReason, parseOptions } from './parse-options.ts';
import { resolve } from './resolve.ts';
import { OPTION_KEYS } from './snapshot.ts';

const NONE = { version: 0, values: new Map<string, string>() };
const overrides = (values: Record<string, string>, version = 1) => ({
  version,
  values: new Map(Object.entries(values)),
});
const parsed = (options: Record<string, unknown>) => parseOptions(new Map(Object.entries(options)));
const options = (given: Record<string, unknown>) => parsed(given).values;

describe('options from lightningd', () => {
  test('texts and numbers are read; defaults sent along are no choice of the operator', () => {
    const { values, problems } = parsed({
      'revenue-ops-fee-interval': '900',
      'revenue-ops-min-fee-ppm': '10',
      'revenue-ops-hive-fee-ppm': 5,
      'somebody-elses-option': 'x',
    });
    expect(problems).toEqual([]);
    expect([...values]).toEqual([
      ['fee_interval', 900],
      ['hive_fee_ppm', 5],
    ]);
  });

  test('original 1.1: hive options were registered but never read', () => {
    const { snapshot } = resolve(
      options({ 'revenue-ops-hive-fee-ppm': '7', 'revenue-ops-hive-rebalance-tolerance': 60 }),
      NONE,
    );
    expect(snapshot.hive_fee_ppm).toBe(7);
    expect(snapshot.hive_rebalance_tolerance).toBe(60);
  });

  test('original 1.1 (a bad value failed without a word): it names option and value; several are all named', () => {
    const bad = parsed({
      'revenue-ops-fee-interval': '0',
      'revenue-ops-dry-run': 'perhaps',
      'revenue-ops-authority': 'god',
    });
    expect(disableReason(bad)).toBe(
      "bad configuration: revenue-ops-authority must be one of observe, fees, full, not 'god'; " +
        "revenue-ops-dry-run must be true or false (or 1/0, yes/no, on/off), not 'perhaps'; " +
        "revenue-ops-fee-interval must be a whole number from 60 to 604800 s, not '0'",
    );
    expect(disableReason(parsed({}))).toBeUndefined();
  });
});

describe('resolving', () => {
  test('original 1.3: the snapshot omitted keys; ours has every key of the table and is frozen', () => {
    const { snapshot } = resolve(new Map(), NONE);
    expect(Object.keys(snapshot)).toEqual([...OPTION_KEYS, 'version']);
    expect(Object.isFrozen(snapshot)).toBe(true);
    expect(snapshot.min_fee_ppm).toBe(10);
    expect(snapshot.authority).toBe('observe');
  });

  test('override beats option beats default, and the source is told', () => {
    const { snapshot, sources } = resolve(
      options({ 'revenue-ops-min-fee-ppm': '20', 'revenue-ops-max-fee-ppm': '4000' }),
      overrides({ min_fee_ppm: '30' }, 9),
    );
    expect([snapshot.min_fee_ppm, snapshot.max_fee_ppm, snapshot.house_ppm]).toEqual([
      30, 4000, 300,
    ]);
    expect(
      (['min_fee_ppm', 'max_fee_ppm', 'house_ppm'] as const).map((key) => sources.get(key)),
    ).toEqual(['override', 'option', 'default']);
    expect(snapshot.version).toBe(9);
  });

  test('lessons 1.3 (overrides beat the config file unseen): an override that shadows an option is said; an equal one is not', () => {
    const typed = options({ 'revenue-ops-min-fee-ppm': '20' });
    expect(resolve(typed, overrides({ min_fee_ppm: '30' })).warnings).toEqual([
      expect.stringMatching(/min_fee_ppm=30 .* shadows revenue-ops-min-fee-ppm=20/),
    ]);
    expect(resolve(typed, overrides({ min_fee_ppm: '20' })).warnings).toEqual([]);
  });

  test('original 1.3: unusable stored overrides were swallowed; ours are ignored and said', () => {
    const { snapshot, warnings } = resolve(
      new Map(),
      overrides({ snapshot: 'x', fee_interval: '0', dry_run: 'true', __proto__x: '1' }),
    );
    expect(snapshot.fee_interval).toBe(1800);
    expect(snapshot.dry_run).toBe(false);
    expect(warnings).toHaveLength(4);
    for (const warning of warnings) expect(warning).toContain('is ignored');
  });

  test('original 1.3: min 90000 > max 5000 at start raises the max, with a warning', () => {
    const { snapshot, warnings } = resolve(options({ 'revenue-ops-min-fee-ppm': '90000' }), NONE);
    expect([snapshot.min_fee_ppm, snapshot.max_fee_ppm]).toEqual([90_000, 90_000]);
    expect(warnings).toEqual([expect.stringContaining('max_fee_ppm is taken as 90000')]);
  });

  test('dry-run=true means observe, whatever authority says', () => {
    const { snapshot, warnings } = resolve(
      options({ 'revenue-ops-dry-run': 'true', 'revenue-ops-authority': 'full' }),
      overrides({ authority: 'fees' }),
    );
    expect(snapshot.authority).toBe('observe');
    expect(warnings.join()).toContain('revenue-ops-dry-run=true');
  });

  test('the window always fits into what is kept', () => {
    const { snapshot } = resolve(
      options({ 'revenue-ops-flow-window-days': '90' }),
      overrides({ keep_forwards_days: '8' }),
    );
    expect(snapshot.keep_forwards_days).toBe(91);
  });

  test('whatever is stored, the snapshot keeps every rule and every range', () => {
    const anyKey = fc.oneof(fc.constantFrom<string>(...OPTION_KEYS), fc.string());
    const anyText = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double({ min: 0, max: 1, noNaN: true }).map(String),
      fc.constantFrom('true', 'full', 'NaN', '1e400', '-1'),
    );
    fc.assert(
      fc.property(fc.dictionary(anyKey, anyText), fc.boolean(), (stored, dry) => {
        const typed = options({ 'revenue-ops-dry-run': String(dry) });
        const { snapshot } = resolve(typed, {
          version: 3,
          values: new Map(Object.entries(stored)),
        });
        expect(refusal(snapshot)).toBeUndefined();
        expect(Object.keys(snapshot)).toEqual([...OPTION_KEYS, 'version']);
        expect(snapshot.fee_interval).toBeGreaterThanOrEqual(60);
        for (const key of OPTION_KEYS)
          expect(typeof snapshot[key]).toBe(typeof OPTIONS[key].default);
      }),
    );
  });
});

test('the database lies in the network directory unless a path is given', () => {
  const where = { lightningDir: '/home/cln/.lightning/bitcoin', home: '/home/cln' };
  expect(databasePath(OPTIONS.db_path.default, where)).toBe(
    '/home/cln/.lightning/bitcoin/cl-revenue-ops/revenue-ops.db',
  );
  expect(databasePath('~/.lightning/revenue_ops.db', where)).toBe(
    '/home/cln/.lightning/revenue_ops.db',
  );
  expect(databasePath('/data/r.db', where)).toBe('/data/r.db');
});

test('the Python plugin keeps its database in the home, or beside that of lightningd', () => {
  expect(ancestorPlaces('/data/cln/bitcoin', '/home/cln')).toEqual([
    '/home/cln/.lightning/revenue_ops.db',
    '/data/cln/revenue_ops.db',
    '/data/cln/bitcoin/revenue_ops.db',
  ]);
});
