/**
 * Perturb and observe (SPEC 3.1): the documents' learner with its defects cured. It compares fees per routable hour
 * at two anchors and goes on only where the difference is more than noise; where nothing can be told it looks
 * alternately above and below what was really paid, so silence is no ratchet in either direction.
 */
import { type UnixMs, unixMs } from '../units.ts';
import { plain } from '../wording.ts';
import {
  addPaid,
  extend,
  file,
  freshWindow,
  LEAST_HOURS,
  paidMedian,
  pools,
  rateOf,
  significantGain,
  winsorAt,
} from './climb-windows.ts';
import { leastMove } from './gossip.ts';
import type { ClimberState, ClimbWindow } from './hill-climbing.types.ts';
import type { Evidence, FeeSettings, Sale } from './types.ts';

/** SPEC 3.1: observation from 1 h (LEAST_HOURS) to 48 routable hours. */
const MOST_HOURS = 48;
/** SPEC 3.1: first step 10 %, × 1.5 when better, halved when worse, at most min(200 ppm, 25 %). */
const FIRST_STEP = 0.1;
const GROW = 1.5;
const SHRINK = 0.5;
const MOST_STEP_PPM = 200;
const MOST_STEP = 0.25;
/** SPEC 3.1: multipliers that moved more than 10 % make a window incomparable. */
const PRODUCT_MOVED = 0.1;
/** SPEC 3.1: never outside half to twice of the reference, which falls 15 % a week after 14 dry days. */
const AROUND = 2;
const DRY_DAYS = 14;
const DRY_WEEK_DAYS = 7;
const DRY_KEEP = 0.85;
/** SPEC 3.1, deadband: < 1 % for 3 windows sleeps for 4 intervals, ± 20 % wakes. */
const CALM = 0.01;
const CALM_WINDOWS = 3;
export const LONGEST_SLEEP_INTERVALS = 4;
const WAKE = 0.2;
/** An anchor below this stands for nothing. */
const LEAST_ANCHOR = 0.01;

/** What the climber is told beside the evidence. */
export type ClimbLook = {
  /** Product of all multipliers now. */
  readonly product: number;
  /** Rules 0 to 3 ruled: shown, not compared. */
  readonly ruled: boolean;
  /** The climber's anchor is what the node asks for; false: its last step was not sent yet. */
  readonly inForce: boolean;
  readonly shielded: boolean;
};

export const startClimber = (
  anchor: number,
  at: UnixMs,
  product: number,
  law: FeeSettings,
): ClimberState => ({
  anchor,
  direction: 1,
  step: FIRST_STEP * anchor,
  current: freshWindow(anchor, at),
  past: [],
  product,
  calmWindows: 0,
  sleepUntil: undefined,
  sleepRate: 0,
  exploreSide: 1,
  paid: [],
  dryDays: 0,
  reference: anchor,
  configVersion: law.version,
});

/** Takes over an anchor found on the node: it is where the next observation begins. */
export const adoptIntoClimber = (
  state: ClimberState,
  anchor: number,
  at: UnixMs,
  product: number,
): ClimberState => {
  const found = Math.max(LEAST_ANCHOR, anchor);
  return {
    ...awake(state),
    anchor: found,
    step: FIRST_STEP * found,
    direction: 1,
    current: freshWindow(found, at),
    past: file(state.past, state.current),
    product,
    reference: found,
  };
};

const awake = (state: ClimberState): ClimberState => ({
  ...state,
  sleepUntil: undefined,
  calmWindows: 0,
});

/** What was paid; else where it started; falling by 15 % a week when nobody pays (routable days only). */
export function referenceOf(state: ClimberState, law: FeeSettings): number {
  const base = paidMedian(state.paid) ?? state.reference;
  const weeks = Math.floor(Math.max(0, state.dryDays - DRY_DAYS) / DRY_WEEK_DAYS);
  return Math.max(Math.min(base, Math.max(1, law.minPpm)), base * DRY_KEEP ** weeks);
}

/** What happened since the last cycle, and a step if the observation says enough. */
export function climb(
  state: ClimberState,
  evidence: Evidence,
  look: ClimbLook,
  law: FeeSettings,
): ClimberState {
  if (!Number.isFinite(look.product) || look.product <= 0) return state;
  const at = evidence.to;
  const heard = hear(state, evidence, look, law);
  if (!look.inForce) return heard;
  if (look.ruled || Math.abs(look.product / state.product - 1) > PRODUCT_MOVED)
    return reopen(awake(heard), heard.anchor, at, look.product, false);
  if (heard.sleepUntil !== undefined && !wakes(heard, at)) return heard;
  return decide(heard.sleepUntil === undefined ? heard : awake(heard), at, look.product, law);
}

/** Evidence into the window it belongs to: a step that was not sent leaves the running observation going on. */
function hear(
  state: ClimberState,
  evidence: Evidence,
  look: ClimbLook,
  law: FeeSettings,
): ClimberState {
  const paid = addPaid(state.paid, evidence.sales, look.product);
  const hours = Math.max(0, evidence.routableHours);
  const weightOf = (sale: Sale): number => (look.shielded ? 1 : sale.weight) * evidence.uptime;
  const gain = { cap: winsorAt(paid), weightOf, until: evidence.to };
  const told = (window: ClimbWindow): ClimbWindow => extend(window, hours, evidence.sales, gain);
  const last = state.past.at(-1);
  const windows =
    look.inForce || !last
      ? { current: look.inForce ? told(state.current) : state.current }
      : { past: [...state.past.slice(0, -1), look.ruled ? last : told(last)] };
  const heard = {
    ...state,
    ...windows,
    paid,
    dryDays: evidence.sales.length > 0 ? 0 : state.dryDays + hours / 24,
    configVersion: law.version,
  };
  return state.configVersion === law.version ? heard : awake(heard);
}

function wakes(state: ClimberState, now: UnixMs): boolean {
  if (state.sleepUntil === undefined || now >= state.sleepUntil) return true;
  if (state.current.hours < LEAST_HOURS) return false;
  return Math.abs(rateOf(state.current) - state.sleepRate) > WAKE * state.sleepRate;
}

/** Closes the running window and opens one at `anchor`. */
const reopen = (
  state: ClimberState,
  anchor: number,
  now: UnixMs,
  product: number,
  comparable: boolean,
): ClimberState => ({
  ...state,
  anchor,
  product,
  past: file(state.past, { ...state.current, comparable }),
  current: freshWindow(anchor, now),
});

function decide(state: ClimberState, now: UnixMs, product: number, law: FeeSettings): ClimberState {
  const { current } = state;
  if (current.hours < LEAST_HOURS) return state;
  const { now: here, before } = pools(state, now);
  const overdue = current.hours >= MOST_HOURS;
  if (!before) {
    const told = here.revenue > Math.sqrt(here.squares);
    if (!told && !overdue) return state;
    return stepTo({ ...state, step: FIRST_STEP * state.anchor }, 1, now, product, law);
  }
  const gain = significantGain(here, before);
  const way = here.anchor > before.anchor ? 1 : -1;
  if (gain > 0)
    return stepTo({ ...state, step: state.step * GROW, calmWindows: 0 }, way, now, product, law);
  if (gain < 0) {
    const back = way === 1 ? -1 : 1;
    return stepTo({ ...state, step: state.step * SHRINK, calmWindows: 0 }, back, now, product, law);
  }
  if (!overdue) return state;
  const calm = isCalm(rateOf(here), rateOf(before)) ? state.calmWindows + 1 : 0;
  if (calm >= CALM_WINDOWS) return sleep(state, now, product, law);
  return explore({ ...state, calmWindows: calm }, now, product, law);
}

/** Two busy windows that differ by less than 1 %. Without revenue there is nothing to be calm about. */
const isCalm = (rate: number, before: number): boolean =>
  rate > 0 && before > 0 && Math.abs(rate - before) / before < CALM;

function sleep(state: ClimberState, now: UnixMs, product: number, law: FeeSettings): ClimberState {
  return {
    ...reopen(state, state.anchor, now, product, true),
    sleepRate: rateOf(state.current),
    sleepUntil: unixMs(now + LONGEST_SLEEP_INTERVALS * law.feeIntervalMs),
    calmWindows: 0,
  };
}

/** The size of a step at an anchor: what would be broadcast at least, min(200 ppm, 25 %) at most. */
function sizeOf(step: number, anchor: number, product: number): number {
  const least = leastMove(anchor * product) / product;
  return Math.max(least, Math.min(step, MOST_STEP_PPM, MOST_STEP * anchor));
}

/** One step up or down from here, inside what the node may ask at all. */
function stepTo(
  state: ClimberState,
  direction: 1 | -1,
  now: UnixMs,
  product: number,
  law: FeeSettings,
): ClimberState {
  const step = sizeOf(state.step, state.anchor, product);
  const anchor = priceable(state.anchor + direction * step, product, law);
  return { ...reopen(state, anchor, now, product, true), direction, step };
}

/** One exploratory step, alternately above and below the reference. */
function explore(
  state: ClimberState,
  now: UnixMs,
  product: number,
  law: FeeSettings,
): ClimberState {
  const reference = referenceOf(state, law);
  const step = sizeOf(state.step, reference, product);
  const to = (side: number): number => {
    const around = Math.max(
      reference / AROUND,
      Math.min(reference * AROUND, reference + side * step),
    );
    return priceable(around, product, law);
  };
  const wanted = to(state.exploreSide);
  const tells = Math.abs(wanted - state.anchor) * product >= leastMove(state.anchor * product);
  const side = tells ? state.exploreSide : state.exploreSide === 1 ? -1 : 1;
  return {
    ...reopen(state, to(side), now, product, true),
    direction: side,
    step,
    exploreSide: side === 1 ? -1 : 1,
  };
}

const priceable = (anchor: number, product: number, law: FeeSettings): number =>
  Math.max(LEAST_ANCHOR, Math.min(law.maxPpm / product, Math.max(law.minPpm / product, anchor)));

/** Why this anchor, in one line. */
export function climberReason(state: ClimberState, law: FeeSettings, now: UnixMs): string {
  const { current } = state;
  const { before } = pools(state, now);
  const sat = (rate: number): string => plain(rate / 1000, 3);
  const seen = `${sat(rateOf(current))} sat an hour in ${plain(current.hours, 1)} routable hours`;
  const against = before
    ? `, ${sat(rateOf(before))} at ${plain(before.anchor, 0)} ppm`
    : ', nothing to compare with yet';
  const paid = `people paid around ${plain(referenceOf(state, law), 0)} ppm`;
  const resting = state.sleepUntil === undefined ? '' : '; asleep, nothing changes';
  return `at ${plain(state.anchor, 0)} ppm I earn ${seen}${against}; ${paid}${resting}`;
}
