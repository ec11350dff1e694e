/**
 * `npm run build:binary`: one executable that needs no Node. The bundle goes as a blob into a copy of the Node that
 * npm installed (https://nodejs.org/api/single-executable-applications.html).
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const bundle = `${dist}cl-revenue-ops.cjs`;
const blob = `${dist}cl-revenue-ops.blob`;
const config = `${dist}sea-config.json`;
const executable = `${dist}cl-revenue-ops-${process.platform}-${process.arch}`;
/** Where Node looks for the blob, and the mark that tells it that there is one. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

writeFileSync(
  config,
  JSON.stringify({
    main: bundle,
    output: blob,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
  }),
);
execFileSync(process.execPath, ['--experimental-sea-config', config], {
  stdio: ['ignore', 'ignore', 2],
});
// Under another name until it is whole: a plugin may be running from the old one.
const unfinished = `${executable}.new`;
copyFileSync(process.execPath, unfinished);
chmodSync(unfinished, 0o755);
await inject(unfinished, RESOURCE, readFileSync(blob), { sentinelFuse: FUSE });
renameSync(unfinished, executable);
for (const part of [bundle, blob, config]) rmSync(part);
const mebibytes = (statSync(executable).size / 1024 ** 2).toFixed(0);
process.stdout.write(`${executable} (${mebibytes} MiB)\n`);
