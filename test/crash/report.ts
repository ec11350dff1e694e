/** The matrix in one table. */
import type { Tally } from './scene.ts';

const HEADS = ['sling', 'kills', 'moments', 'recoveries', 'refused', 'paid msat', 'booked msat'];

export function table(tallies: readonly Tally[]): string {
  const rows = tallies.map((one) => [
    one.name,
    ...[one.kills, one.moments.size, one.recoveries, one.refused, one.paid, one.booked].map(String),
  ]);
  const widths = HEADS.map((head, i) =>
    Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return [HEADS, ...rows].map(line).join('\n');
}

export function summary(tallies: readonly Tally[]): string {
  const sum = (count: (one: Tally) => number): number =>
    tallies.reduce((all, one) => all + count(one), 0);
  return [
    `kills ${sum(({ kills }) => kills)}`,
    `breaches ${sum(({ breaches }) => breaches.length)}`,
    `unsettled ${sum(({ unsettled }) => unsettled)}`,
    `orphan jobs ${sum(({ orphans }) => orphans)}`,
  ].join(', ');
}
