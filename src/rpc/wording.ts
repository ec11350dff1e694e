/** Numbers and times as people read them; the same on every machine. */
import type { UnixMs } from '../core/units.ts';

/** `2026-01-31 12:05 UTC`. */
export const utc = (at: UnixMs): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** How far `at` is from `now`: `in 12 min`, `3 h ago`. */
export function fromNow(at: UnixMs, now: UnixMs): string {
  const minutes = Math.round(Math.abs(at - now) / 60_000);
  const span =
    minutes < 120
      ? `${minutes} min`
      : minutes < 2880
        ? `${Math.round(minutes / 60)} h`
        : `${Math.round(minutes / 1440)} days`;
  return at > now ? `in ${span}` : `${span} ago`;
}

/** 1234567 → `1 234 567`. */
export const grouped = (value: number | bigint): string =>
  String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
export const percent = (part: number): string => `${Math.round(part * 100)} %`;

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 ** 2) return `${(size / 1024).toFixed(1)} KiB`;
  return size < 1024 ** 3
    ? `${(size / 1024 ** 2).toFixed(1)} MiB`
    : `${(size / 1024 ** 3).toFixed(2)} GiB`;
}
