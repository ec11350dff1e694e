/**
 * The demand ladder (SPEC 3.1): the default learner. What it believes about a channel is a demand curve in steps,
 * so many sales a day above each rung, made of a prior worth four days and of what the channel sold. Every two
 * days it moves one rung towards the one that earns most after what the sats are worth elsewhere.
 */
import { type ChannelId, DAY_MS, fromSat, type Ppm, ppm, type UnixMs, unixMs } from '../units.ts';
import { factor, plain, rate } from '../wording.ts';
import { channelFraction } from './channel-hash.ts';
import type { LadderState } from './ladder.types.ts';
import type { Evidence, FeeMarket, FeeObservation, FeeSettings, Sale } from './types.ts';

/** SPEC 3.1: 40, 80, … 2560 ppm. Bin i holds the customers who pay RUNGS[i] and not RUNGS[i + 1]. */
export const RUNGS: readonly number[] = [40, 80, 160, 320, 640, 1280, 2560];
const START_RUNG = 4;
/** SPEC 3.1: 0.3 × (75/p)^0.8 sales a day above p, believed like four days of evidence. */
const PRIOR = { sales: 0.3, at: 75, exponent: 0.8, days: 4 };
const HALF_LIFE_MS = 60 * DAY_MS;
/** SPEC 3.1: bins whose rung is at least this part of the broadcast price are exposed. */
const EXPOSED = 0.95;
const WHOLE_SALE = fromSat(50_000);
const SALES_PER_DAY = 3;
const MOVE_EVERY_MS = 2 * DAY_MS;
/** A rung gets at least a day of evidence, also where its turn would come earlier. */
const LEAST_STAY_MS = DAY_MS;
/** The next turn is never further away than this. */
export const LONGEST_TURN_MS = MOVE_EVERY_MS + LEAST_STAY_MS;
const DRAIN = 0.2;
/** SPEC 3.1: c = P × (0.05 + 0.3 × (0.5 − share)); P is 300 before anything was paid. */
const WORTH = { base: 0.05, slope: 0.3, middle: 0.5, startPpm: 300 };
const REFILLS_KNOWN = 3;
/** SPEC 3.8: what is left between a found price and its rung fades over 14 days. */
const FADE_MS = 14 * DAY_MS;
/** Below this an anchor has no logarithm worth having. */
const LEAST_ANCHOR = 0.01;

const salesAbove = (price: number): number => PRIOR.sales * (PRIOR.at / price) ** PRIOR.exponent;

/** Prior sales a day of each bin. */
const PRIOR_BINS: readonly number[] = RUNGS.map((rung, i) => {
  const next = RUNGS[i + 1];
  return salesAbove(rung) - (next === undefined ? 0 : salesAbove(next));
});

/** A rung that does not exist has no price, and nothing is priced on it. */
const rungAt = (index: number): number => RUNGS[index] ?? Number.NaN;
const within = (index: number): number => Math.min(RUNGS.length - 1, Math.max(0, index));

/** A fresh ladder on the rung from which a channel without history starts. */
export function startLadder(channelId: ChannelId, at: UnixMs, found: Ppm): LadderState {
  return {
    rung: START_RUNG,
    sales: RUNGS.map(() => 0),
    exposureDays: RUNGS.map(() => 0),
    at,
    nextMoveAt: nextTurn(channelId, at),
    drained: 0,
    today: { day: dayOf(at), credited: 0 },
    remainder: { factor: 1, since: at },
    drainGuards: 0,
    startPpm: found,
  };
}

const dayOf = (at: UnixMs): number => Math.floor(at / DAY_MS);

/** The channel's own turn of every two days, at least one day from now: channels do not move in step. */
function nextTurn(channelId: ChannelId, at: UnixMs): UnixMs {
  const offset = channelFraction(channelId, 'ladder') * MOVE_EVERY_MS;
  const turns = Math.ceil((at + LEAST_STAY_MS - offset) / MOVE_EVERY_MS);
  return unixMs(Math.ceil(offset + turns * MOVE_EVERY_MS));
}

/** Believed sales a day of each bin: (T·m0 + N)/(T + E). */
export const demand = (state: LadderState): readonly number[] =>
  PRIOR_BINS.map(
    (prior, i) =>
      (PRIOR.days * prior + (state.sales[i] ?? 0)) / (PRIOR.days + (state.exposureDays[i] ?? 0)),
  );

/** Believed sales a day at a rung: those of all bins from it upwards. */
export const expectedSales = (state: LadderState, rung: number): number =>
  demand(state).reduce((sum, sales, i) => (i >= rung ? sum + sales : sum), 0);

/** What a sat is worth here if it is not sold, ppm: less where we have many, never below what refilling cost. */
export function worthHere(seen: FeeObservation, market: FeeMarket): number {
  const realised = market.realisedPpm ?? WORTH.startPpm;
  const worth = realised * (WORTH.base + WORTH.slope * (WORTH.middle - seen.share));
  if (seen.refill === undefined || seen.refill.count < REFILLS_KNOWN) return worth;
  return Math.max(worth, seen.refill.ppm);
}

/** The rung that earns most after `worth` ppm; the lower one on a tie. */
export function bestRung(state: LadderState, worth: number): number {
  const earns = RUNGS.map((rung, i) => (rung - worth) * expectedSales(state, i));
  return earns.reduce((best, earned, i) => (earned > (earns[best] ?? earned) ? i : best), 0);
}

/**
 * What happened since the last cycle at `broadcast` ppm, and the rung decision if its turn has come.
 * `taught` false: rules 0 to 3 ruled, so time passes and nothing is learnt.
 */
export function climbLadder(
  state: LadderState,
  evidence: Evidence,
  seen: FeeObservation,
  market: FeeMarket,
  { broadcast, taught }: { readonly broadcast: number; readonly taught: boolean },
): LadderState {
  const aged = forget(state, evidence.to);
  const learnt = taught ? observe(aged, evidence, seen, broadcast) : aged;
  if (!Number.isFinite(learnt.drained)) return aged;
  if (learnt.drained > DRAIN) {
    const rung = within(learnt.rung + 1);
    return decided({ ...learnt, rung, drainGuards: learnt.drainGuards + 1 }, seen, evidence.to);
  }
  if (evidence.to < learnt.nextMoveAt) return learnt;
  const worth = worthHere(seen, market);
  if (!Number.isFinite(worth)) return learnt;
  const rung = learnt.rung + Math.sign(bestRung(learnt, worth) - learnt.rung);
  return decided({ ...learnt, rung }, seen, evidence.to);
}

const decided = (state: LadderState, seen: FeeObservation, at: UnixMs): LadderState => ({
  ...state,
  drained: 0,
  nextMoveAt: nextTurn(seen.channelId, at),
});

/** Sales and exposure lose half their weight in 60 days. */
function forget(state: LadderState, at: UnixMs): LadderState {
  const keep = 0.5 ** (Math.max(0, at - state.at) / HALF_LIFE_MS);
  return {
    ...state,
    at: unixMs(Math.max(at, state.at)),
    sales: state.sales.map((sales) => sales * keep),
    exposureDays: state.exposureDays.map((days) => days * keep),
  };
}

function observe(
  state: LadderState,
  evidence: Evidence,
  seen: FeeObservation,
  broadcast: number,
): LadderState {
  const exposed = RUNGS.map((rung) => rung >= EXPOSED * broadcast);
  const days = Math.max(0, evidence.routableHours) / 24;
  const left = seen.capacity > 0n ? Number(evidence.out) / Number(seen.capacity) : 0;
  const shown: LadderState = {
    ...state,
    exposureDays: state.exposureDays.map((before, i) => (exposed[i] ? before + days : before)),
    drained: state.drained + left,
  };
  const shielded = seen.books.class === 'PROFITABLE';
  return evidence.sales.reduce((after, sale) => credit(after, sale, exposed, shielded), shown);
}

/** One settled forward, spread over the exposed bins as they are believed; at most 3 a day count. */
function credit(
  state: LadderState,
  sale: Sale,
  exposed: readonly boolean[],
  shielded: boolean,
): LadderState {
  const day = Math.max(state.today.day, dayOf(sale.at));
  const credited = day === state.today.day ? state.today.credited : 0;
  const size = Math.min(1, Number(sale.amount) / Number(WHOLE_SALE));
  const weighted = size * (shielded ? 1 : sale.weight);
  const counts = Math.min(weighted, SALES_PER_DAY - credited);
  const believed = demand(state).map((sales, i) => (exposed[i] ? sales : 0));
  const sum = believed.reduce((total, sales) => total + sales, 0);
  if (!(counts > 0) || !(sum > 0)) return { ...state, today: { day, credited } };
  return {
    ...state,
    sales: state.sales.map((before, i) => before + (counts * (believed[i] ?? 0)) / sum),
    today: { day, credited: credited + counts },
  };
}

/** rung^w × house^(1−w): how far the ladder is trusted against the house price. */
const trusted = (rung: number, law: FeeSettings): number =>
  rungAt(rung) ** law.learningTrust * law.housePpm ** (1 - law.learningTrust);

/** Log-linear: whole at first, gone after 14 days. */
function fading({ remainder }: LadderState, at: UnixMs): number {
  const left = 1 - Math.max(0, at - remainder.since) / FADE_MS;
  return left > 0 ? remainder.factor ** Math.min(1, left) : 1;
}

/** The anchor, ppm, a real number. */
export const ladderAnchor = (state: LadderState, law: FeeSettings, at: UnixMs): number =>
  trusted(state.rung, law) * fading(state, at);

/** Takes over an anchor found on the node: the nearest rung, and the rest as a fading factor. */
export function adoptIntoLadder(
  state: LadderState,
  anchor: number,
  law: FeeSettings,
  at: UnixMs,
): LadderState {
  const wanted = Math.max(LEAST_ANCHOR, anchor);
  const distance = (rung: number): number => Math.abs(Math.log(trusted(rung, law) / wanted));
  const rung = RUNGS.reduce(
    (best, _, i) => (distance(i) < distance(best) - Number.EPSILON ? i : best),
    state.rung,
  );
  return {
    ...state,
    rung,
    drained: 0,
    remainder: { factor: wanted / trusted(rung, law), since: at },
    startPpm: ppm(anchor),
  };
}

/** Why this rung, in one line. */
export function ladderReason(
  state: LadderState,
  seen: FeeObservation,
  market: FeeMarket,
  law: FeeSettings,
): string {
  const here = rungAt(state.rung);
  const worth = worthHere(seen, market);
  const best = bestRung(state, worth);
  const other = best === state.rung ? neighbour(state) : best;
  const sales = (rung: number): string => rate(expectedSales(state, rung));
  const verdict = best === state.rung ? here : rungAt(best);
  const towards = best === state.rung ? '' : `; moves there by one rung every 2 days`;
  const left = fading(state, seen.at);
  const found = left === 1 ? '' : `; the price found here still counts ${factor(left)}`;
  return (
    `at ${here} ppm I expect ${sales(state.rung)} sales a day, at ${rungAt(other)} ${sales(other)}; ` +
    `${verdict} earns more after the ${plain(worth, 0)} ppm your sats are worth here${towards}` +
    `; trusted ${plain(law.learningTrust)} against the house price of ${law.housePpm} ppm${found}`
  );
}

/** The neighbouring rung that a reader compares with: below, where the price would be less. */
const neighbour = (state: LadderState): number => (state.rung === 0 ? 1 : state.rung - 1);
