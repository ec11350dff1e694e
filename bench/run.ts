/**
 * `npm run bench -- [--only NAME] [--json]`: the speeds and sizes that are promised, measured on this machine
 * (SPEC 12). Exit code 1 when one misses its bound.
 */
import { Command, InvalidArgumentError } from 'commander';
import { type Bench, type BenchRow, table } from './bench-row.ts';
import { getmanifest } from './rows/getmanifest.ts';
import { historyBench } from './rows/history.ts';
import { hydration } from './rows/hydration.ts';
import { ingest } from './rows/ingest.ts';
import { moves } from './rows/moves.ts';
import { spending } from './rows/spending.ts';

const OF_HISTORY = ['flow', 'fee-cycle', 'rebalance-cycle', 'read-rpc', 'memory'];
const SINGLE: readonly Bench[] = [getmanifest, hydration, ingest, moves, spending];
const NAMES = [...SINGLE.map(({ name }) => name), ...OF_HISTORY];

type Flags = { readonly only?: string; readonly json?: true; readonly forwards: number };

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** All of them, or the one that was named. */
function chosen({ only, forwards }: Flags): readonly Bench[] {
  if (only === undefined) return [...SINGLE, historyBench('history', OF_HISTORY, forwards)];
  const single = SINGLE.filter(({ name }) => name === only);
  return single.length > 0 ? single : [historyBench(only, [only], forwards)];
}

async function bench(flags: Flags): Promise<boolean> {
  const rows: BenchRow[] = [];
  for (const { name, run } of chosen(flags)) {
    say(`— ${name}`);
    rows.push(...(await run(say)));
  }
  process.stdout.write(`${flags.json ? JSON.stringify(rows, undefined, 2) : table(rows)}\n`);
  return rows.every(({ ok }) => ok);
}

function known(name: string): string {
  if (NAMES.includes(name)) return name;
  throw new InvalidArgumentError(`one of ${NAMES.join(', ')}`);
}
function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 10) return value;
  throw new InvalidArgumentError('a whole number from 10 on');
}

const program = new Command('bench')
  .description('Measures the speeds and sizes that are promised.')
  .option('--only <name>', NAMES.join(', '), known)
  .option('--json', 'an array of {name, value, unit, bound, ok} on stdout')
  .option('--forwards <n>', 'of the longest history', count, 10_000_000)
  .action(async (flags: Flags) => {
    process.exitCode = (await bench(flags)) ? 0 : 1;
  });
await program.parseAsync();
