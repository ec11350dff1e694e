/**
 * The ancestor's policies as ours (SPEC 5). A row is taken with all that it forbids, or reported; one that cannot be
 * understood never turns into a more permissive one without a word.
 */
import { IGNORED_TAG, ignoredPatch, MIGRATED_TAG } from '../policy/ignored-peers.ts';
import { POLICY_MODES, type PolicyMode, STRATEGIES, type Strategy } from '../policy/policy.ts';
import { MAX_EXPIRY_HOURS, MAX_POLICY_PPM, patched } from '../policy/policy-patch.ts';
import type { PolicyStack } from '../policy/policy-stack.ts';
import { MAX_TAGS, parseTag } from '../policy/subject.ts';
import { HOUR_MS, laterBy, type NodeId, type UnixMs, unixMs } from '../units.ts';
import { type Cell, type Cells, nodeId, pastMoment, ratePpm, real, shownCell } from './cells.ts';
import { type Skip, skip, type Verdict } from './verdict.ts';

export type PastPolicy = {
  readonly peerId: NodeId;
  readonly stack: PolicyStack;
  /** What is not as it stood. */
  readonly changes: readonly Skip[];
};

const FALSE_PEER = 'the peer is no node id';

export function judgePolicy(row: Cells, now: UnixMs): Verdict<PastPolicy> {
  const peerId = nodeId(row.peer_id);
  const name = shownCell(row.peer_id);
  if (peerId === undefined) return skip(FALSE_PEER, name);
  const said = STRATEGIES.find((one) => one === row.strategy);
  const mode = POLICY_MODES.find((one) => one === row.rebalance_mode);
  if (said === undefined) return skip('a strategy that is not known', name);
  if (mode === undefined) return skip('a rebalance mode that is not known', name);
  const fee = row.fee_ppm_target === null ? 'none' : ratePpm(row.fee_ppm_target, MOST_PPM);
  if (fee === undefined)
    return skip(`its fee is no whole number from 0 to ${MAX_POLICY_PPM}`, name);
  const end = endOf(row.expires_at, now);
  if ('because' in end) return skip(end.because, name);
  const changes: Skip[] = [];
  const change = (reason: string): void => void changes.push({ reason, example: name });
  // The old plugin priced a static policy without a price like a dynamic one.
  const isPriceless = said === 'static' && fee === 'none';
  if (isPriceless) change('static without a fee is dynamic, as it was treated then');
  const strategy = isPriceless ? 'dynamic' : said;
  const tags = tagsOf(row.tags, change);
  if (hasBounds(row))
    change('its bounds are multipliers, which are not taken: set min_ppm and max_ppm by hand');
  else if (said === 'dynamic' && mode === 'enabled' && fee === 'none' && end.until === undefined)
    return onlyTags(peerId, tags, { now, changes, name });
  if (said === 'hive' && mode !== 'enabled')
    change('hive with a mode of your own is your word: cl-hive cannot take it back');
  return made(peerId, { strategy, mode, fee, tags, until: end.until }, { now, changes, name });
}

const MOST_PPM = BigInt(MAX_POLICY_PPM);

type About = {
  readonly now: UnixMs;
  readonly changes: readonly Skip[];
  readonly name: string;
};

/** The old plugin's default, said by whomever: taken for the operator's word it would stand against cl-hive for good. */
function onlyTags(
  peerId: NodeId,
  tags: readonly string[],
  { now, changes, name }: About,
): Verdict<PastPolicy> {
  if (tags.length === 0) return skip('it says nothing: everybody is dynamic and enabled', name);
  const result = patched([], { tags }, 'import', now);
  return result.kind === 'refused'
    ? skip('it makes no sense here', `${name}: ${result.because}`)
    : { take: { peerId, stack: result.stack, changes } };
}

type Wish = {
  readonly strategy: Strategy;
  readonly mode: PolicyMode;
  readonly fee: ReturnType<typeof ratePpm> | 'none';
  readonly tags: readonly string[];
  readonly until: UnixMs | undefined;
};

function made(
  peerId: NodeId,
  { strategy, mode, fee, tags, until }: Wish,
  { now, changes, name }: About,
): Verdict<PastPolicy> {
  // To the moment: counted in whole hours back from the end.
  const hours = until === undefined ? undefined : Math.ceil((until - now) / HOUR_MS);
  const at = until === undefined || hours === undefined ? now : laterBy(until, -hours * HOUR_MS);
  const patch = { strategy, mode, feePpm: fee, tags, expiresInHours: hours };
  // What the hive said it may take back; the operator's word stands against it (SPEC 8). It never forbade to rebalance.
  const isItsWord = strategy === 'hive' && mode === 'enabled';
  const result = patched([], patch, isItsWord ? 'hive' : 'import', at);
  if (result.kind === 'refused')
    return skip('it makes no sense here', `${name}: ${result.because}`);
  return { take: { peerId, stack: result.stack, changes } };
}

/** `ignored_peers`: left alone in every way. */
export function judgeIgnored(row: Cells, now: UnixMs): Verdict<PastPolicy> {
  const peerId = nodeId(row.peer_id);
  if (peerId === undefined) return skip(FALSE_PEER, shownCell(row.peer_id));
  const reason = typeof row.reason === 'string' ? row.reason : '';
  const at = pastMoment(row.ignored_at, now) ?? now;
  const result = patched([], ignoredPatch(MIGRATED_TAG, reason), 'import', at);
  if (result.kind === 'refused')
    return skip('it makes no sense here', `${peerId}: ${result.because}`);
  return { take: { peerId, stack: result.stack, changes: [] } };
}

type End = { readonly until: UnixMs | undefined } | { readonly because: string };

function endOf(cell: Cell, now: UnixMs): End {
  if (cell === null || cell === undefined) return { until: undefined };
  const seconds = real(cell);
  if (seconds === undefined) return { because: 'its end cannot be read' };
  const until = unixMs(seconds * 1000);
  if (until <= now) return { because: 'it is over' };
  if (until - now > MAX_EXPIRY_HOURS * HOUR_MS)
    return { because: `it ends in more than ${MAX_EXPIRY_HOURS} hours` };
  return { until };
}

const hasBounds = (row: Cells): boolean =>
  [row.fee_multiplier_min, row.fee_multiplier_max].some(
    (cell) => cell !== null && cell !== undefined,
  );

/** `ignored` marks a peer here as there: the old aliases find it. Tags that cannot be read are missed, and said. */
function tagsOf(cell: Cell, change: (reason: string) => void): readonly string[] {
  if (cell === null || cell === '') return [];
  const listed = jsonList(cell);
  if (listed === undefined) {
    change('its tags cannot be read and are missing');
    return [];
  }
  const tags = listed.flatMap((tag) => (typeof tag === 'string' ? (parseTag(tag) ?? []) : []));
  const kept = [...new Set(tags)].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_TAGS);
  if (kept.length < listed.length) change('some of its tags are no tags here and are missing');
  return kept;
}
const rank = (tag: string): number => (tag === MIGRATED_TAG || tag === IGNORED_TAG ? 0 : 1);

function jsonList(cell: Cell): readonly unknown[] | undefined {
  if (typeof cell !== 'string') return undefined;
  try {
    const read: unknown = JSON.parse(cell);
    return Array.isArray(read) ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
