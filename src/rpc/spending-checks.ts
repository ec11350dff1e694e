/** What revenue-doctor looks at where money moves: sling, jobs of others, unknown outcomes, the reserve (SPEC 4, 7.9). */
import { backendRefusal } from '../core/rebalance/backend-version.ts';
import { reserveBreach } from '../core/spending/reserve.ts';
import { fromSat, msat } from '../core/units.ts';
import type { RpcContext } from './context.ts';
import { attention, type HealthCheck, ok } from './health-check.ts';
import { labels } from './names.ts';
import { heldBy, satCeil } from './rebalance-rows.ts';
import { grouped } from './wording.ts';

/** More than this many rows of one kind are only counted. */
const SHOWN = 10;

export const spendingChecks = (context: RpcContext): readonly HealthCheck[] => [
  readiness(context),
  ...foreignJobs(context),
  ...unknownOutcomes(context),
  ...reserve(context),
];

function readiness({ board, rebalance }: RpcContext): HealthCheck {
  const name = 'rebalancing';
  const authority = board.authority();
  const { readiness: now, jobs, backend } = rebalance.state();
  const refusal = backend === undefined ? undefined : backendRefusal(backend);
  // Said before the operator gives it authority full, not after.
  if (refusal !== undefined) return attention(name, refusal, 'install sling 4.3.1 or newer');
  if (authority !== 'full')
    return ok(
      name,
      `authority is ${authority}: what would be moved is journaled, nothing is spent`,
    );
  if (now.ready) return ok(name, `sling ${backend ?? ''} is ready, ${jobs.length} rebalances open`);
  const present = board.neighbours().some((one) => one.name === 'sling' && one.present);
  return attention(
    name,
    now.because,
    present
      ? 'nothing to do unless it stays: it is looked at again at every turn'
      : 'install sling 4.3.1 or newer; prices go on without it',
  );
}

function foreignJobs({ rebalance }: RpcContext): readonly HealthCheck[] {
  const { foreign } = rebalance.state();
  if (foreign.length === 0) return [];
  const more = foreign.length > SHOWN ? ` and ${foreign.length - SHOWN} more` : '';
  return [
    attention(
      'foreign jobs',
      `sling jobs that are not ours on ${foreign.slice(0, SHOWN).join(', ')}${more}: these channels are left to them, and what they spend is under no cap of ours`,
      'end them at sling, or revenue-config set sling_exclusive true to have it done',
    ),
  ];
}

function unknownOutcomes(context: RpcContext): readonly HealthCheck[] {
  const labelOf = labels(context);
  return context.rebalance
    .state()
    .jobs.filter(({ state }) => state === 'unknown')
    .slice(0, SHOWN)
    .map((job) => {
      const held = `${grouped(satCeil(heldBy(job)))} sat stay held and nothing more goes there`;
      const why = job.because === undefined ? '' : ` (${job.because})`;
      return attention(
        'unknown outcome',
        `rebalance ${job.id} into ${labelOf(job.destination).name}: what it cost is not known${why}; ${held}`,
        `look it up in listsendpays, then revenue-locks settle ${job.id} spent_sats=…`,
      );
    });
}

/** Below full nothing is spent, so there an unknown balance is nothing to look at. */
function reserve({ rebalance, config, board }: RpcContext): readonly HealthCheck[] {
  const name = 'reserve';
  const { funds, jobs } = rebalance.state();
  const { min_wallet_reserve, min_onchain_reserve } = config.snapshot();
  const held = msat(jobs.reduce((sum, job) => sum + heldBy(job), 0n));
  const breach = reserveBreach(funds, held, {
    minWalletReserve: fromSat(min_wallet_reserve),
    minOnchainReserve: fromSat(min_onchain_reserve),
  });
  if (breach === undefined) return [ok(name, 'what must stay is there')];
  if (breach.cap !== 'unknown')
    return [
      attention(
        name,
        `${breach.because}: nothing is spent`,
        'add funds, or lower min_wallet_reserve or min_onchain_reserve',
      ),
    ];
  return board.authority() === 'full'
    ? [{ name, verdict: 'unknown', finding: breach.because }]
    : [];
}
