/** `npm run test:rpc`: the tour of every method, printed. Ends with 1 when anything was not as expected. */
import { STYLES, tour, tourLife, type Visited } from './tour.ts';

const WIDTHS = [26, 7, 8] as const;
const line = (cells: readonly (string | number)[]): string =>
  cells.map((cell, i) => String(cell).padEnd(WIDTHS[i] ?? 0)).join('');

function table(visited: readonly Visited[]): string {
  const calls = visited.reduce((sum, one) => sum + one.calls, 0);
  const unexpected = visited.flatMap((one) => one.unexpected);
  return [
    `styles: ${STYLES.join(', ')}, each as a call and as check`,
    line(['method', 'calls', 'styles', 'unexpected']),
    ...visited.map((one) => line([one.method, one.calls, one.styles, one.unexpected.length])),
    '',
    ...unexpected.map((one) => `  ${one}`),
    `${visited.length} methods, ${calls} calls, ${unexpected.length} unexpected`,
  ].join('\n');
}

await using life = await tourLife();
const visited = await tour(life);
process.stdout.write(`${table(visited)}\n`);
process.exitCode = visited.some(({ unexpected }) => unexpected.length > 0) ? 1 : 0;
