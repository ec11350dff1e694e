/** What revenue-doctor looks at. Every check says what it found and, where something is to be done, what. */

import { RetryLater } from '../ports/errors.ts';
import { booksChecks } from './books-check.ts';
import { clbossChecks } from './clboss-check.ts';
import type { RpcContext } from './context.ts';
import { attention, type HealthCheck, ok } from './health-check.ts';
import { labels } from './names.ts';
import { spendingChecks } from './spending-checks.ts';
import { progress } from './status-parts.ts';
import { bytes, fromNow, percent } from './wording.ts';

/** Two minutes: clocks are set back that far without anything being wrong. */
const CLOCK_TOLERANCE_MS = 120_000;
/** More than this many rows of one kind are only counted. */
const SHOWN = 10;

/** All checks, in the order in which an operator should read them. */
export async function healthChecks(context: RpcContext): Promise<readonly HealthCheck[]> {
  return [
    authority(context),
    ...settings(context),
    await otherPlugins(context),
    ...leftBehind(context),
    ...neighbours(context),
    ...(await clbossChecks(context)),
    hydrated(context),
    ...jobs(context),
    ...alerts(context),
    ...locks(context),
    ...spendingChecks(context),
    ...booksChecks(context),
    ...unanswered(context),
    clock(context),
    database(context),
  ];
}

function authority({ board, config }: RpcContext): HealthCheck {
  const level = board.authority();
  if (level !== 'observe') return ok('authority', `authority is ${level}`);
  return config.snapshot().dry_run
    ? ok('authority', 'authority is observe, held there by revenue-ops-dry-run=true')
    : ok(
        'authority',
        'authority is observe: nothing is sent. When its decisions look right: revenue-config set authority fees',
      );
}

function settings({ config }: RpcContext): readonly HealthCheck[] {
  const warnings = config.warnings();
  if (warnings.length === 0)
    return [
      ok('settings', `config version ${config.snapshot().version}, nothing to complain about`),
    ];
  return warnings.map((warning) =>
    attention('settings', warning, 'revenue-config diff shows where each value is from'),
  );
}

/** Two plugins that set fees undo each other; the Python one has our method names as well. */
async function otherPlugins({ node }: RpcContext): Promise<HealthCheck> {
  const name = 'other plugins';
  try {
    const running = await node.plugins();
    const rivals = running.filter((plugin) => /^(cl-revenue-ops\.py|feeadjuster)/.test(plugin));
    if (running.filter((plugin) => plugin === 'cl-revenue-ops').length > 1)
      rivals.push('cl-revenue-ops, twice');
    return rivals.length === 0
      ? ok(name, `${running.length} running, none of them sets fees as far as we know`)
      : attention(
          name,
          `${rivals.join(', ')} sets fees too`,
          'lightning-cli plugin stop one of them',
        );
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
    return { name, verdict: 'unknown', finding: `lightningd did not say: ${error.message}` };
  }
}

/** What the Python plugin remembered, where it keeps it. */
function leftBehind({ imports }: RpcContext): readonly HealthCheck[] {
  const name = 'Python plugin';
  const { paths, done } = imports.offers();
  if (done && paths.length > 0)
    return [ok(name, `its database was taken over: ${paths.join(', ')}`)];
  return paths.map((path) =>
    attention(
      name,
      `its database lies at ${path}, and nothing was taken over yet`,
      `lightning-cli revenue-import ${path} shows what it would bring; false after it does it`,
    ),
  );
}

function neighbours({ board }: RpcContext): readonly HealthCheck[] {
  return board
    .neighbours()
    .map(({ name, present, consequence }) =>
      ok(name, present ? 'is running' : `is not running: ${consequence}`),
    );
}

function hydrated({ board }: RpcContext): HealthCheck {
  const ingest = board.ingest();
  if (ingest.phase !== 'live') {
    const part = progress(ingest);
    const far = part === undefined ? '' : `, ${percent(part)} done`;
    return attention(
      'history',
      `${ingest.phase}: ${ingest.forwards} forwards read${far}`,
      'nothing to do: decisions begin when it is done',
    );
  }
  if (ingest.dropped > 0)
    return attention(
      'history',
      `live; ${ingest.dropped} events did not fit into the queue`,
      'nothing to do: the next catch-up reads them from lightningd',
    );
  return ok('history', `live, ${ingest.forwards} forwards read`);
}

function jobs({ board, clock }: RpcContext): readonly HealthCheck[] {
  return board.jobs().map(({ name, lastError, lastRun, waitingFor }) => {
    const check = `job ${name}`;
    if (lastError !== undefined)
      return attention(check, `did not finish: ${lastError}`, 'it tries again at its next turn');
    if (waitingFor !== undefined) return ok(check, `waits: ${waitingFor}`);
    return ok(
      check,
      lastRun === undefined ? 'has not run yet' : `ran ${fromNow(lastRun, clock.now())}`,
    );
  });
}

function alerts({ board }: RpcContext): readonly HealthCheck[] {
  return board
    .warnings()
    .map((warning) => attention('warning', warning, 'see revenue-status for what it concerns'));
}

function locks(context: RpcContext): readonly HealthCheck[] {
  const labelOf = labels(context);
  const now = context.clock.now();
  return context.store.locks
    .active(now)
    .slice(0, SHOWN)
    .map(({ id, scope, channelId, reason, expiresAt }) => {
      const where = channelId === undefined ? 'the whole node' : labelOf(channelId).name;
      return attention(
        'lock',
        `${scope} of ${where}: ${reason}`,
        `it ends ${fromNow(expiresAt, now)}; revenue-locks remove ${id} ends it now`,
      );
    });
}

/** An act without answer is read back before the next decision; one that stays is worth a look. */
function unanswered({ store }: RpcContext): readonly HealthCheck[] {
  const open = [...store.fees.states().values()].filter(
    ({ unknownSince }) => unknownSince !== undefined,
  );
  if (open.length === 0) return [];
  return [
    attention(
      'unanswered',
      `${open.length} channels whose last setchannel got no answer`,
      'the next fee cycle reads what the node has; if it stays, look at lightningd',
    ),
  ];
}

/** Our own newest entry lying in the future means the clock was set back. */
function clock({ store, clock: system }: RpcContext): HealthCheck {
  const now = system.now();
  const [newest] = store.journal.recent(1);
  if (newest === undefined || newest.lastAt <= now + CLOCK_TOLERANCE_MS)
    return ok('clock', 'no entry of ours lies in the future');
  return attention(
    'clock',
    `the newest journal entry lies ${fromNow(newest.lastAt, now)}: the clock was set back`,
    'set the clock of this machine (NTP)',
  );
}

function database({ store }: RpcContext): HealthCheck {
  return ok(
    'database',
    `${bytes(store.size())} with its write-ahead log, ${store.journal.count()} journal entries`,
  );
}
