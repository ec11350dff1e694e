/** Which days a report is about (SPEC 6.3): whole UTC days, both ends included. */
import type { UtcDay } from '../core/books/period.ts';
import { DAY_MS } from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import { kind, wholeNumber } from './parameters.ts';

export const dayName = (day: UtcDay): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const DATE = /^\d{4}-\d\d-\d\d$/;
const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
/** The first block was found that day: nothing of ours is older. */
const FIRST_DAY = 14_247;
/** Ten years of days in one answer are enough. */
const MOST_DAYS = 3653;

/** undefined: no day of the calendar, as 2026-02-30. */
export function readDay(raw: unknown): UtcDay | undefined {
  if (typeof raw !== 'string' || !DATE.test(raw.trim())) return undefined;
  const at = Date.parse(`${raw.trim()}T00:00:00Z`);
  if (Number.isNaN(at)) return undefined;
  const day = at / DAY_MS;
  return day >= FIRST_DAY && dayName(day) === raw.trim() ? day : undefined;
}

type Days = { readonly from: UtcDay; readonly to: UtcDay };

function readMonth(raw: unknown): Days | undefined {
  const parts = typeof raw === 'string' ? MONTH.exec(raw.trim()) : null;
  if (!parts) return undefined;
  const [year, month] = [Number(parts[1]), Number(parts[2])];
  const from = Date.UTC(year, month - 1, 1) / DAY_MS;
  return from >= FIRST_DAY ? { from, to: Date.UTC(year, month, 1) / DAY_MS - 1 } : undefined;
}

const utcDay = (description: string) =>
  kind(readDay, 'a UTC day since 2009, as 2026-01-31', description);

export const periodParams = {
  from: utcDay('first UTC day, as 2026-01-31').optional(),
  to: utcDay('last UTC day, included; today unless given').optional(),
  month: kind(readMonth, 'a month since 2009, as 2026-01', 'a whole UTC month').optional(),
  days: wholeNumber(1, MOST_DAYS, 'the last so many UTC days, today included').optional(),
};
type Given = {
  readonly from?: UtcDay | undefined;
  readonly to?: UtcDay | undefined;
  readonly month?: Days | undefined;
  readonly days?: number | undefined;
};

/** undefined: no period was asked for. Throws BadRequest for two of them, for an empty one and for the future. */
export function askedPeriod(given: Given, today: UtcDay): Days | undefined {
  const { from, to, month, days } = given;
  if (month !== undefined) {
    refuse({ from, to, days }, 'month');
    if (month.from > today) throw new BadRequest('month', 'lies in the future');
    return { from: month.from, to: Math.min(month.to, today) };
  }
  if (days !== undefined) {
    refuse({ from, to }, 'days');
    return { from: today - days + 1, to: today };
  }
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) throw new BadRequest('from', 'is missing: to goes with from');
  if (from > today) throw new BadRequest('from', 'lies in the future');
  const last = to ?? today;
  if (last > today) throw new BadRequest('to', 'lies in the future');
  if (last < from) throw new BadRequest('to', 'is before from');
  if (last - from >= MOST_DAYS)
    throw new BadRequest('to', `is too far from from: at most ${MOST_DAYS} days at once`);
  return { from, to: last };
}

function refuse(others: Omit<Given, 'month'>, said: string): void {
  for (const [field, value] of Object.entries(others))
    if (value !== undefined) throw new BadRequest(field, `does not go with ${said}`);
}

/** For reports that are about now. */
export function refusePeriod(given: Given, type: string): void {
  const { from, to, month, days } = given;
  for (const [field, value] of Object.entries({ from, to, month, days }))
    if (value !== undefined) throw new BadRequest(field, `${type} is about now, not about days`);
}
