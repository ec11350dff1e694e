/**
 * `npm run demo`: an embedded node in a simulated market (or a real history replayed), the plugin started as
 * lightningd starts it, and a page that shows what it earns and why. Flags: SPEC 13.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { parseOptions } from '../config/parse-options.ts';
import { resolve as resolveOptions } from '../config/resolve.ts';
import { serveStatus } from '../http/serve-page.ts';
import { LOCKSTEP_VARIABLE } from '../lockstep.ts';
import { EmbeddedNode } from '../sim/embedded-node/embedded-node.ts';
import { toJson } from '../sim/embedded-node/json-text.ts';
import { openStore } from '../sqlite/open-store.ts';
import { demoPage } from './demo-page.ts';
import { type DemoWorld, demoWorld } from './demo-world.ts';
import { limitsOf, type RunSummary, summarise } from './run-summary.ts';

const PLUGIN = resolve(import.meta.dirname, '../../cl-revenue-ops');
const DATABASE = 'revenue-ops.db';
/** After the days asked for, simulated time goes on at this pace for the page: an hour in six seconds. */
const SPEED = 600;
/** The page's time horizon after the first days: years, that is until somebody presses Ctrl-C. */
const LIVE_ON_MS = 10 * 365 * 86_400_000;

type Flags = {
  readonly days: number;
  readonly speed: number;
  readonly seed: number;
  readonly channelCount: number;
  readonly port: number;
  readonly authority: string;
  readonly exit?: true;
  readonly json?: true;
  readonly forwards?: string;
  readonly channels?: string;
  readonly dir?: string;
  readonly set: readonly string[];
};

/** Every commit waits for the disk, and a month of them passes in a minute here: a life nobody keeps stays in memory. */
const memoryFolder = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function demo(flags: Flags): Promise<void> {
  const world = demoWorld({
    seed: flags.seed,
    days: flags.days,
    channels: flags.channelCount,
    forwardsFile: flags.forwards,
    channelsFile: flags.channels,
  });
  const home =
    flags.dir === undefined ? mkdtempSync(join(memoryFolder(), 'revenue-')) : resolve(flags.dir);
  mkdirSync(home, { recursive: true });
  const database = join(home, DATABASE);
  if (existsSync(database) && flags.forwards === undefined)
    throw new Error(
      `${home} holds the database of an earlier life; a simulated one needs a fresh folder`,
    );
  say(`${world.about}; ${flags.days} days first`);
  const ended = Promise.withResolvers<void>();
  const node = embed(world, flags, home, () => ended.resolve());
  try {
    await start(node, flags, database);
    const shown = flags.exit ? undefined : await show(node, flags.port);
    await Promise.race([ended.promise, progress(node, world, shown), interrupted()]);
    await node.client().call('plugin', { subcommand: 'stop', plugin: 'cl-revenue-ops' });
  } finally {
    await node.destroy();
  }
  report(summary(database, world, flags), flags);
  if (flags.dir === undefined) rmSync(home, { recursive: true, force: true });
}

function embed(world: DemoWorld, flags: Flags, home: string, onEnd: () => void): EmbeddedNode {
  const end = flags.exit ? world.end : world.end + LIVE_ON_MS;
  const lockstep = { start_ms: world.start, end_ms: end, seed: flags.seed };
  return new EmbeddedNode({
    market: world.market,
    network: 'bitcoin',
    // A replay knows no way round: there sling is not installed.
    ...(flags.forwards === undefined ? { sling: 'healthy' as const } : {}),
    lockstep: true,
    env: { [LOCKSTEP_VARIABLE]: JSON.stringify(lockstep), HOME: process.env.HOME ?? home },
    pace: { after: world.end, speed: flags.speed },
    onLog: ({ level, message }) => {
      if (level === 'warn' || level === 'error') say(`${level}: ${message}`);
    },
    // The plugin asks for the state once, when its simulated life is over.
    onCall: (method) => {
      if (method === 'sim-state') onEnd();
    },
  });
}

/** What the config of this node says, as lightningd hands it over. */
const givenOptions = (flags: Flags, database: string): Readonly<Record<string, string>> => ({
  'revenue-ops-db-path': database,
  'revenue-ops-authority': flags.authority,
  ...Object.fromEntries(flags.set.map((pair) => pair.split('=', 2))),
});

async function start(node: EmbeddedNode, flags: Flags, database: string): Promise<void> {
  const options = givenOptions(flags, database);
  const [started] = await node.start([{ path: PLUGIN, options }]);
  if (started?.kind !== 'started')
    throw new Error(`the plugin did not start: ${started?.reason ?? 'no answer'} ${node.stderr}`);
}

async function show(node: EmbeddedNode, port: number): Promise<string> {
  const client = node.client();
  const { address } = await serveStatus(demoPage(node, client), port);
  say(`the page: ${address}   (Ctrl-C ends)`);
  return address;
}

/** Tells how far it is, once a second; never resolves. */
function progress(node: EmbeddedNode, world: DemoWorld, page: string | undefined): Promise<never> {
  return new Promise(() => {
    let said = -1;
    setInterval(() => {
      const day = Math.floor((node.state.now() - world.start) / 86_400_000);
      if (day === said || node.state.now() > world.end) return;
      said = day;
      say(`day ${day}${page === undefined ? '' : `   ${page}`}`);
    }, 1000).unref();
  });
}

const interrupted = (): Promise<void> =>
  new Promise((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });

function summary(database: string, world: DemoWorld, flags: Flags): RunSummary {
  const given = new Map(Object.entries(givenOptions(flags, database)));
  const store = openStore(database, { onProblem: say });
  try {
    return summarise(store, {
      seed: flags.seed,
      days: flags.days,
      from: world.start,
      to: world.end,
      limits: limitsOf(
        resolveOptions(parseOptions(given).values, store.settings.overrides()).snapshot,
      ),
    });
  } finally {
    store.close();
  }
}

function report(run: RunSummary, { json }: Flags): void {
  if (json) {
    process.stdout.write(`${toJson(run)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(run))
    process.stdout.write(`${name.padEnd(28)} ${value}\n`);
}

const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`a whole number from ${least} on`);
    return value;
  };

const program = new Command('demo')
  .description('A simulated node that earns, with the reason for every price.')
  .option('--days <n>', 'simulated days first', whole(0), 30)
  .option('--speed <x>', 'simulated seconds a second after that', whole(1), SPEED)
  .option('--exit', 'stop after the days')
  .option('--json', 'one summary object on stdout')
  .option('--seed <n>', 'the same seed is the same life', whole(0), 1)
  .option('--forwards <file>', 'replay a real forwarding history (CSV, may be gzipped)')
  .option('--channels <file>', 'the open channels of that history (CSV, may be gzipped)')
  .option('--channel-count <n>', 'channels of the simulated node', whole(2), 40)
  .option('--authority <level>', 'observe, fees or full', 'full')
  .option('--port <n>', 'of the page; 0 takes a free one', whole(0), 0)
  .option('--dir <folder>', 'keep the database here; a replay goes on in it')
  .option(
    '--set <option=value>',
    'a lightningd option of the plugin',
    (pair, all: string[]) => [...all, pair],
    [],
  )
  .action(async (flags: Flags) => {
    await demo(flags);
    process.exit(0);
  });
await program.parseAsync();
