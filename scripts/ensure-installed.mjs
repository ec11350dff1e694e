/**
 * Before `npm run demo`, `npm test` and the like: installs what is missing, so that a fresh clone needs one command.
 * It runs before anything is installed, so it is plain JavaScript for any Node from 18 on and imports no package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What npm itself writes about the tree it installed; the lock file is what it should have installed. */
const INSTALLED = `${root}node_modules/.package-lock.json`;
const WANTED = `${root}package-lock.json`;
/** Where npm has no Node for this platform, the system's must do: the oldest that runs this code. */
const OLDEST = [24, 15];

/** With --omit=dev an installation for a node is enough, and is left as it is: a plugin may be running from it. */
const withoutTools = process.argv.includes('--omit=dev');

/** npm's record of the installed tree names the same versions as the lock file. Optional packages may be absent. */
function upToDate() {
  if (!existsSync(INSTALLED)) return false;
  const installed = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(WANTED, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional, dev }]) => {
    if (path === '' || (withoutTools && dev)) return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

function install() {
  process.stderr.write('Installing what is missing (npm ci) …\n');
  // npm tells its scripts where it is; started by hand, it is on the path.
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const { status, error } = spawnSync(program, [...first, 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    // stdout belongs to the command that follows: `npm run demo -- --json` is read by programs.
    stdio: ['ignore', 2, 2],
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** The Node that the following command will find first: npm's own, else the system's. */
function nodeVersion() {
  const own = `${root}node_modules/.bin/node`;
  const { stdout } = spawnSync(existsSync(own) ? own : 'node', ['--version'], { encoding: 'utf8' });
  return (stdout ?? '').trim().replace(/^v/, '');
}

if (!upToDate()) install();
const version = nodeVersion();
const [major = 0, minor = 0] = version.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `This needs Node ${OLDEST.join('.')} or newer and found ${version || 'none'}; npm has none for this platform.\n`,
  );
  process.exit(1);
}
