/** How verdicts about moving liquidity are written down, and read again to be judged once more (SPEC 7.4). */
import type { Step } from '../core/fees/types.ts';
import {
  type DiagnosticVerdict,
  decisiveChannels,
  planDiagnostic,
} from '../core/rebalance/diagnostic.ts';
import { decisiveSources, type Judged, judgeAgain } from '../core/rebalance/rebalance-sequence.ts';
import type {
  RebalanceChannel,
  RebalanceSettings,
  RebalanceStep,
  RebalanceVerdict,
} from '../core/rebalance/types.ts';
import type { ChannelId, UnixMs } from '../core/units.ts';
import { fromText, toText } from '../core/wire-text.ts';
import { Bug } from '../ports/errors.ts';
import type { NewDecision, Outcome } from '../ports/store.ts';

/** Of the stored inputs; raised when they mean something else. */
const INPUTS_VERSION = 1;

/** What came of a verdict. `held`: why a plan was not ordered, by name and in words. */
export type Came = {
  readonly outcome: Outcome;
  readonly held?: { readonly by: string; readonly because: string };
  readonly error?: string;
};
type Frame = { readonly at: UnixMs; readonly law: RebalanceSettings };

/** The entry of one channel as a destination. Equal refusals extend it, so `binding` has no moving numbers. */
export function rebalanceEntry(judged: Judged, frame: Frame, came: Came): NewDecision {
  const { verdict, destination, otherPeers } = judged;
  const { at, law } = frame;
  const inputs = () => {
    const sources = decisiveSources(judged, law);
    return toText({ version: INPUTS_VERSION, at, law, destination, sources, otherPeers });
  };
  return entry('rebalance', destination.channelId, verdict, frame, came, inputs);
}

/** The entry of a shock; it is told of the channel that is ill. */
export function diagnosticEntry(
  subject: RebalanceChannel,
  verdict: DiagnosticVerdict,
  frame: Frame & { readonly channels: readonly RebalanceChannel[] },
  came: Came,
): NewDecision {
  const { at, law } = frame;
  const inputs = () => {
    const channels = decisiveChannels(subject, frame.channels, verdict, law, at);
    return toText({ version: INPUTS_VERSION, at, law, subject, channels });
  };
  return entry('diagnostic', subject.channelId, verdict, frame, came, inputs);
}

function entry(
  kind: 'rebalance' | 'diagnostic',
  channelId: ChannelId,
  verdict: RebalanceVerdict | DiagnosticVerdict,
  { at, law }: Frame,
  { outcome, held, error }: Came,
  inputs: () => string,
): NewDecision {
  const isPlan = verdict.kind === 'plan';
  const bound = isPlan ? (verdict.plan.bound ?? kind) : verdict.code;
  const last: readonly Step[] = held
    ? [{ rule: held.by, verdict: 'applies', because: held.because }]
    : [];
  return {
    at,
    kind,
    channelId,
    configVersion: law.version,
    rule: isPlan ? 'plan' : verdict.code,
    binding: held?.by ?? bound,
    number: isPlan ? verdict.plan.maxPpm : undefined,
    trail: [...journalTrail(verdict.trail), ...last],
    inputs,
    outcome,
    error,
  };
}

/** A gate that refuses is what applies. */
export const journalTrail = (trail: readonly RebalanceStep[]): readonly Step[] =>
  trail.map((step) => ({ ...step, verdict: step.verdict === 'refuses' ? 'applies' : 'passes' }));

/** The verdict on stored inputs by the rules of today. Throws Bug on what is no such entry, or of another version. */
export function replayRebalance(text: string): RebalanceVerdict | DiagnosticVerdict {
  const inputs = fromText(text);
  if (isShock(inputs))
    return planDiagnostic(inputs.subject, inputs.channels, inputs.law, inputs.at);
  if (!isInputs(inputs)) throw new Bug('the stored inputs are not those of a rebalance verdict');
  return judgeAgain(inputs, inputs.law, inputs.at);
}

type Inputs = Omit<Judged, 'verdict' | 'offered'> &
  Frame & { readonly version: typeof INPUTS_VERSION };

type ShockInputs = Frame & {
  readonly version: typeof INPUTS_VERSION;
  readonly subject: RebalanceChannel;
  readonly channels: readonly RebalanceChannel[];
};

/** Our own text, written above: its parts are there or it is none. */
const isInputs = (value: unknown): value is Inputs =>
  hasParts(value, ['at', 'law', 'destination', 'sources', 'otherPeers']);
const isShock = (value: unknown): value is ShockInputs =>
  hasParts(value, ['at', 'law', 'subject', 'channels']);
const hasParts = (value: unknown, parts: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  parts.every((part) => part in value) &&
  isOfVersion(value);
const isOfVersion = (value: object): boolean =>
  'version' in value && value.version === INPUTS_VERSION;
