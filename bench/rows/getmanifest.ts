/** From exec of the launcher to its answer to `getmanifest`, from source and from the built file (SPEC 7.10, 12). */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { type Bench, type BenchRow, quantile, row } from '../bench-row.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LAUNCHER = 'cl-revenue-ops';
const STARTS = 12;
const BOUND_MS = 300;
const REQUEST =
  '{"jsonrpc":"2.0","id":"bench","method":"getmanifest","params":{"allow-deprecated-apis":false}}\n\n';

export const getmanifest: Bench = {
  name: 'getmanifest',
  async run(say) {
    const home = mkdtempSync(join(tmpdir(), 'revenue-bench-'));
    try {
      const source = place(join(home, 'source'));
      symlinkSync(join(ROOT, 'src'), join(source, 'src'));
      const built = place(join(home, 'built'));
      say('building');
      await build({
        configFile: join(ROOT, 'vite.config.ts'),
        root: ROOT,
        logLevel: 'warn',
        build: { ssr: 'src/plugin.ts', outDir: join(built, 'dist') },
      });
      return [
        ...(await measure('source', join(source, LAUNCHER), join(home, 'source-cache'))),
        ...(await measure('built', join(built, LAUNCHER), join(home, 'built-cache'))),
      ];
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

/** A folder with the launcher as it is installed. */
function place(folder: string): string {
  mkdirSync(folder);
  cpSync(join(ROOT, LAUNCHER), join(folder, LAUNCHER));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function measure(
  from: string,
  launcher: string,
  cache: string,
): Promise<readonly BenchRow[]> {
  const times: number[] = [];
  // The first start after an installation compiles; every later one finds it done.
  const first = await start(launcher, cache);
  for (let i = 0; i < STARTS; i += 1) times.push(await start(launcher, cache));
  return [
    row(`getmanifest/${from}, median`, quantile(times, 0.5), 'ms', BOUND_MS),
    row(`getmanifest/${from}, worst of ${STARTS}`, Math.max(...times), 'ms', BOUND_MS),
    row(`getmanifest/${from}, very first`, first, 'ms', 10 * BOUND_MS),
  ];
}

/** Milliseconds until the answer is there; then stdin is closed and the process leaves by itself. */
function start(launcher: string, cache: string): Promise<number> {
  const started = performance.now();
  return new Promise((done, fail) => {
    const child = spawn(launcher, [], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, XDG_CACHE_HOME: cache, LIGHTNINGD_PLUGIN: '1' },
    });
    let answer = '';
    let answeredAfter: number | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (answeredAfter !== undefined || !answer.includes('\n\n')) return;
      answeredAfter = performance.now() - started;
      child.stdin.end();
    });
    child.on('error', fail);
    child.on('close', () => {
      if (answeredAfter === undefined || !answer.includes('"rpcmethods"'))
        fail(new Error(`no manifest: ${answer.slice(0, 200)}`));
      else done(answeredAfter);
    });
    child.stdin.write(REQUEST);
  });
}
