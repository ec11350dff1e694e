/**
 * May sats be moved into this channel now (SPEC 4.3)? Every gate is asked and has its line in the trail; the first
 * that refuses names the code. Futility stands first: a way that does not exist is not valued again and again.
 */
import { DAY_MS, HOUR_MS, type Msat, type UnixMs } from '../units.ts';
import { percent, sats, span } from '../wording.ts';
import { halfOf } from './amount.ts';
import { unknownField } from './known.ts';
import { leavesSlots, slotsWith } from './scarcity-guard.ts';
import type { Target } from './targets.ts';
import { passes, refuses } from './trail.ts';
import type {
  DestinationCode,
  RebalanceChannel,
  RebalanceMode,
  RebalanceSettings,
  RebalanceStep,
} from './types.ts';

/** SPEC 4.3: more than 10 failures, the last less than 48 h ago. */
const FUTILE_FAILURES = 10;
const FUTILE_MS = 2 * DAY_MS;
/** SPEC 4.3: 10 min × 2^min(n, 4) after the n-th failure in a row. */
const BACK_OFF_MS = 10 * 60_000;
const MOST_DOUBLINGS = 4;
/** SPEC 4.3. */
const LEAST_UPTIME = 0.9;

export type Gate = { readonly code: DestinationCode; readonly step: RebalanceStep };
type Asked = {
  readonly seen: RebalanceChannel;
  readonly target: Target;
  readonly law: RebalanceSettings;
  readonly at: UnixMs;
  readonly otherPeers: boolean;
};

export const isRefused = ({ step }: Gate): boolean => step.verdict === 'refuses';

function futility({ seen: { history }, at }: Asked): RebalanceStep {
  const { failures, lastFailure } = history;
  const recent = lastFailure === undefined || at - lastFailure < FUTILE_MS;
  return failures > FUTILE_FAILURES && recent
    ? refuses(
        'futility',
        `Futility Circuit Breaker active: ${failures} failures in a row`,
        failures,
      )
    : passes('futility', `${failures} failures in a row`, failures);
}

function unknown({ seen }: Asked): RebalanceStep {
  const field = unknownField(seen);
  return field === undefined
    ? passes('unknown', 'all that is needed is known')
    : refuses('unknown', `${field} is not known: nothing is decided on it`);
}

const eligible = ({ seen }: Asked): RebalanceStep =>
  seen.eligible
    ? passes('not_eligible', 'announced, confirmed and in normal operation')
    : refuses('not_eligible', 'not announced, not confirmed or not in normal operation');

const busy = ({ seen }: Asked): RebalanceStep =>
  seen.busy === true
    ? refuses('busy', 'a rebalance of ours is under way here')
    : passes('busy', 'no rebalance of ours is under way here');

/** SPEC 5. */
export function mayFill(mode: RebalanceMode): boolean {
  switch (mode) {
    case 'enabled':
    case 'sink_only':
      return true;
    case 'disabled':
    case 'source_only':
      return false;
  }
}

const policy = ({ seen: { mode } }: Asked): RebalanceStep =>
  mayFill(mode)
    ? passes('policy', `rebalancing is ${mode}`)
    : refuses('policy', `the policy says ${mode}: it may not be filled`);

const congested = ({ seen }: Asked): RebalanceStep =>
  seen.congested ? refuses('congested', 'congested') : passes('congested', 'not congested');

function backOff({ seen: { history }, at }: Asked): RebalanceStep {
  const { failures, lastFailure } = history;
  if (failures === 0) return passes('back_off', 'the last try did not fail');
  if (lastFailure === undefined) return refuses('back_off', 'when it last failed is not known');
  const rest = BACK_OFF_MS * 2 ** Math.min(failures, MOST_DOUBLINGS);
  const left = rest - (at - lastFailure);
  return left > 0
    ? refuses('back_off', `failed ${failures} times, rests for another ${span(left)}`, left)
    : passes('back_off', `rested ${span(rest)} since it failed`);
}

function coolDown({ seen: { history }, law, at }: Asked): RebalanceStep {
  if (history.lastSuccess === undefined) return passes('cool_down', 'never filled before');
  const left = law.cooldownHours * HOUR_MS - (at - history.lastSuccess);
  return left > 0
    ? refuses('cool_down', `was filled, rests for another ${span(left)}`, left)
    : passes('cool_down', `rested ${law.cooldownHours} h since it was filled`);
}

/** Connected long enough to be worth an HTLC; unknown is not. */
export const isSteady = (uptime: number | undefined): boolean =>
  uptime !== undefined && uptime >= LEAST_UPTIME;

function uptime({ seen }: Asked): RebalanceStep {
  if (seen.uptime === undefined) return refuses('uptime', 'how long it was connected is not known');
  const text = `connected ${percent(seen.uptime)} of the last 24 h`;
  return isSteady(seen.uptime)
    ? passes('uptime', text, seen.uptime)
    : refuses('uptime', `${text}, at least ${percent(LEAST_UPTIME)} is asked`, seen.uptime);
}

const sink = ({ seen: { flow } }: Asked): RebalanceStep =>
  flow === 'SINK'
    ? refuses('sink', 'SINK: it fills by itself')
    : passes('sink', `${flow}: it does not fill by itself`);

const zombie = ({ seen }: Asked): RebalanceStep =>
  seen.class === 'ZOMBIE'
    ? refuses('zombie', 'ZOMBIE: nothing routes here')
    : passes('zombie', `class ${seen.class}`);

function underwater({ seen }: Asked): RebalanceStep {
  const text = `marginal ROI ${percent(seen.marginalRoi)}`;
  return seen.class === 'UNDERWATER' && !(seen.marginalRoi > 0)
    ? refuses('underwater', `UNDERWATER, ${text}: it did not earn its refills`, seen.marginalRoi)
    : passes('underwater', `class ${seen.class}, ${text}`, seen.marginalRoi);
}

function atTarget({ seen, target }: Asked): RebalanceStep {
  const text = `${sats(seen.spendable)} of a target of ${sats(target.target)}`;
  if (target.stagnant) return refuses('at_target', `balanced and idle: it gives (${text})`);
  return target.lack > 0n
    ? passes('at_target', `${text}: lacks ${sats(target.lack)}`)
    : refuses('at_target', `${text}: lacks nothing`);
}

/** With the largest chunk that could come in here. */
function scarcityGuard({ seen, target, law }: Asked): RebalanceStep {
  const chunk = largestChunk(seen, target.lack, law);
  const use = slotsWith(seen.slots.in, seen.slots.max, chunk);
  const text = `incoming slots ${percent(use)} full with a chunk of ${sats(chunk)}`;
  return leavesSlots(seen.slots.in, seen.slots.max, chunk)
    ? passes('scarcity_guard', text, use)
    : refuses('scarcity_guard', text, use);
}

function largestChunk(seen: RebalanceChannel, lack: Msat, law: RebalanceSettings): Msat {
  const half = halfOf(seen.htlcLimitIn);
  const chunk = half < law.chunk ? half : law.chunk;
  return lack > 0n && lack < chunk ? lack : chunk;
}

const evidence = ({ seen }: Asked): RebalanceStep =>
  seen.outPerRoutableHour === undefined
    ? refuses('no_evidence', 'fewer than 3 forwards out: what it would sell is not known')
    : passes('no_evidence', `sells ${sats(seen.outPerRoutableHour)} in a routable hour`);

const otherPeer = ({ otherPeers }: Asked): RebalanceStep =>
  otherPeers
    ? passes('no_other_peer', 'other peers have channels with us')
    : refuses('no_other_peer', 'no channel of another peer: there is nothing to fill it from');

const GATES: readonly (readonly [DestinationCode, (asked: Asked) => RebalanceStep])[] = [
  ['futility', futility],
  ['unknown', unknown],
  ['not_eligible', eligible],
  ['busy', busy],
  ['policy', policy],
  ['congested', congested],
  ['back_off', backOff],
  ['cool_down', coolDown],
  ['uptime', uptime],
  ['sink', sink],
  ['zombie', zombie],
  ['underwater', underwater],
  ['at_target', atTarget],
  ['scarcity_guard', scarcityGuard],
  ['no_evidence', evidence],
  ['no_other_peer', otherPeer],
];

/**
 * All gates in order, but for those a diagnostic does not ask (SPEC 4.9). `otherPeers`: some channel of another peer
 * might be a source.
 */
export const destinationGates = (
  asked: Asked,
  notAsked: readonly DestinationCode[] = [],
): readonly Gate[] =>
  GATES.filter(([code]) => !notAsked.includes(code)).map(([code, ask]) => ({
    code,
    step: ask(asked),
  }));
