/** One calm channel for the tests of this folder: half full, nothing unusual, priced by the ladder at 100 ppm. */
import { DYNAMIC } from '../policy/policy.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  HOUR_MS,
  msat,
  parseChannelId,
  ppm,
  share,
  type UnixMs,
  unixMs,
} from '../units.ts';
import { newFeeState } from './adoption.ts';
import type {
  ChannelFeeState,
  Evidence,
  FeeMarket,
  FeeObservation,
  FeeSettings,
  Sale,
} from './types.ts';

export const START = unixMs(1_790_000_000_000);
export const later = (hours: number): UnixMs => unixMs(START + hours * HOUR_MS);
/** Past the first week, when nothing limits a day's moves any more. */
export const SETTLED = unixMs(START + 8 * DAY_MS);

export function channelNamed(digit: string): ChannelId {
  const parsed = parseChannelId(digit.repeat(64));
  if (parsed === undefined) throw new Error(`no channel id: ${digit}`);
  return parsed;
}
export const CHANNEL = channelNamed('1');

export const LAW: FeeSettings = {
  version: 1,
  minPpm: ppm(10),
  maxPpm: ppm(5000),
  base: msat(0n),
  hiveFeePpm: ppm(0),
  learner: 'ladder',
  learningTrust: 0.5,
  housePpm: ppm(300),
  congestionThreshold: share(0.8),
  scarcityPricing: true,
  scarcityThreshold: share(0.35),
  slotCurve: 'exponential',
  vegasReflex: true,
  reputation: true,
  feeIntervalMs: 1_800_000,
  canaryShare: share(1),
};
export const CLIMB: FeeSettings = { ...LAW, learner: 'hill-climbing' };

export const MARKET: FeeMarket = {
  satPerVbyte: undefined,
  satPerVbyteStale: false,
  vegasIntensity: 0,
  ownOutVolume365: msat(0n),
  gossipSentToday: 0,
  gossipMaxPerDay: 200,
  realisedPpm: undefined,
};

const CALM: FeeObservation = {
  at: SETTLED,
  channelId: CHANNEL,
  onNode: { ppm: ppm(100), base: msat(0n), htlcMin: msat(1n), htlcMax: fromSat(9_900_000) },
  connected: true,
  connectedForMs: DAY_MS,
  splicing: false,
  announced: true,
  openedByPeer: false,
  capacity: fromSat(10_000_000),
  share: share(0.5),
  spendable: fromSat(5_000_000),
  ageDays: 400,
  settledOutEver: fromSat(1_000_000),
  leftInDay: msat(0n),
  idleDays: 1,
  slots: { use: share(0.1), secondLook: false, weighted: share(0.1) },
  flow: { state: 'BALANCED', direction: 0 },
  books: { class: 'BREAK_EVEN', roi: 0, marginalRoi: 0 },
  watched: true,
  hold: 1,
  peerWeight: 1,
  refill: undefined,
  realisedPpm: undefined,
  policy: DYNAMIC,
  locked: undefined,
  probeGranted: false,
};

export const seenAs = (change: Partial<FeeObservation> = {}): FeeObservation => ({
  ...CALM,
  ...change,
});
/** The same channel asking another price. */
export const asking = (rate: number, change: Partial<FeeObservation> = {}): FeeObservation =>
  seenAs({ onNode: { ...CALM.onNode, ppm: ppm(rate) }, ...change });

/** What is remembered of the channel that was found at START and is older than a week now. */
export function stateAs(
  change: Partial<ChannelFeeState> = {},
  { law = LAW, found = 100 }: { readonly law?: FeeSettings; readonly found?: number } = {},
): ChannelFeeState {
  return { ...newFeeState(asking(found, { at: START }), MARKET, law), ...change };
}

/** A state whose anchor is exactly `anchor` for the learner, for ever. */
export function anchoredAt(anchor: number, change: Partial<ChannelFeeState> = {}): ChannelFeeState {
  const state = stateAs({}, { law: CLIMB });
  return {
    ...state,
    climber: {
      ...state.climber,
      anchor,
      reference: anchor,
      current: { ...state.climber.current, anchor },
    },
    anchorSent: anchor,
    ...change,
  };
}

export const evidenceAs = (change: Partial<Evidence> = {}): Evidence => ({
  from: unixMs(SETTLED - HOUR_MS),
  to: SETTLED,
  routableHours: 1,
  uptime: share(1),
  sales: [],
  out: msat(0n),
  ...change,
});

/** A forward of `sat` at `rate` ppm. */
export const sale = (sat: number, rate: number, change: Partial<Sale> = {}): Sale => ({
  at: SETTLED,
  amount: fromSat(sat),
  fee: msat(BigInt(Math.round((sat * rate) / 1000))),
  weight: 1,
  ...change,
});
