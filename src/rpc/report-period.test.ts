import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DAY_MS } from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import { askedPeriod, dayName, periodParams, readDay } from './report-period.ts';

const TODAY = 20_459; // 2026-01-06
const params = z.object(periodParams);
const asked = (given: Readonly<Record<string, unknown>>, today = TODAY) =>
  askedPeriod(params.parse(given), today);

describe('the days of a report', () => {
  test('every day since 2009 is read as it is written', () =>
    fc.assert(
      fc.property(fc.integer({ min: 14_247, max: 60_000 }), (day) => {
        expect(readDay(dayName(day))).toBe(day);
        expect(new Date(`${dayName(day)}T00:00:00Z`).getTime()).toBe(day * DAY_MS);
      }),
    ));

  test.each(['2026-02-30', '2026-2-3', '2026-13-01', '1999-01-01', '', 'yesterday', 20_000, null])(
    '%j is no day',
    (raw) => expect(readDay(raw)).toBeUndefined(),
  );

  test('both ends are included; without an end it goes to today; nothing asked is nothing', () => {
    expect(asked({ from: '2026-01-01', to: '2026-01-01' })).toEqual({ from: 20_454, to: 20_454 });
    expect(asked({ from: '2026-01-01' })).toEqual({ from: 20_454, to: TODAY });
    expect(asked({ days: '1' })).toEqual({ from: TODAY, to: TODAY });
    expect(asked({})).toBeUndefined();
  });

  test('a month is all its days, leap years too; the present one goes to today', () => {
    const days = (month: string) => {
      const { from, to } = asked({ month }) ?? { from: 0, to: 0 };
      return [dayName(from), dayName(to)];
    };
    expect(days('2024-02')).toEqual(['2024-02-01', '2024-02-29']);
    expect(days('2025-12')).toEqual(['2025-12-01', '2025-12-31']);
    expect(days('2026-01')).toEqual(['2026-01-01', '2026-01-06']);
  });

  test('months follow one another without a gap or an overlap', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2009, max: 2098 }), fc.integer({ min: 1, max: 12 }), (y, m) => {
        const name = (year: number, month: number) => `${year}-${String(month).padStart(2, '0')}`;
        if (y === 2009 && m === 1) return;
        const one = asked({ month: name(y, m) }, 60_000);
        const next = asked({ month: m === 12 ? name(y + 1, 1) : name(y, m + 1) }, 60_000);
        expect(next?.from).toBe((one?.to ?? 0) + 1);
      }),
    ));

  test.each([
    ['the future', { from: '2026-01-07' }, 'from'],
    ['an end in the future', { from: '2026-01-01', to: '2026-01-07' }, 'to'],
    ['a month in the future', { month: '2026-02' }, 'month'],
    ['an end before the beginning', { from: '2026-01-03', to: '2026-01-02' }, 'to'],
    ['an end alone', { to: '2026-01-02' }, 'from'],
    ['two ways at once', { month: '2025-12', from: '2025-12-01' }, 'from'],
    ['two other ways at once', { days: 3, to: '2025-12-01' }, 'to'],
    ['month and days', { days: 3, month: '2025-12' }, 'days'],
    ['more than ten years', { from: '2009-01-03', to: '2025-01-01' }, 'to'],
  ])('%s is refused and the field is named', (_, given, field) => {
    const refused = (): unknown => asked(given);
    expect(refused).toThrow(BadRequest);
    expect(refused).toThrow(new RegExp(`^${field}: `));
  });
});
