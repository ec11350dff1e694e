/** One measured number against its bound (SPEC 12). Rates must reach their bound, everything else must stay within. */

type Unit = 'ms' | 's' | 'MB' | 'rows/s' | 'calls' | 'times';

export type BenchRow = {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  readonly bound: number;
  readonly ok: boolean;
};

/** What `--only` names, and how its rows are measured. `say` tells the one who waits. */
export type Bench = {
  readonly name: string;
  readonly run: (say: (text: string) => void) => Promise<readonly BenchRow[]>;
};

const DIGITS = 3;
const shortened = (value: number): number => Number(value.toPrecision(DIGITS + 1));
export const isRate = (unit: Unit): boolean => unit === 'rows/s';

/** A value that is no number is never ok. */
export function row(name: string, value: number, unit: Unit, bound: number): BenchRow {
  const ok = isRate(unit) ? value >= bound : value <= bound;
  return { name, value: shortened(value), unit, bound, ok };
}

/** The part of the sorted values below which a share of them lies: 0.5 the median, 0.99 the p99. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** For people: one line a row. */
export function table(rows: readonly BenchRow[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, value, unit, bound, ok }) => {
      const relation = isRate(unit) ? '≥' : '≤';
      return `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${String(value).padStart(9)} ${unit.padEnd(6)}  ${relation} ${bound}`;
    })
    .join('\n');
}
