/** What a channel is to us (SPEC 6.2), and the evidence for the two sleepy ones (SPEC 4.9). */
import type { Share, UnixMs } from '../units.ts';
import { type Attempt, isDead } from './diagnosis.ts';
import type { ChannelClass } from './types.ts';

/** SPEC 6.2. */
const PROFITABLE_ABOVE = 0.1;
const UNDERWATER_BELOW = -0.1;
const NEW_DAYS = 30;
/** SPEC 4.9: no settled forward for 7 days in which the peer was connected ≥ 90 %. */
const STAGNANT_DAYS = 7;
const STAGNANT_UPTIME = 0.9;

export type ClassEvidence = {
  /** 0.1 = 10 %. */
  readonly roi: number;
  /** undefined: unknown, then the channel is not NEW. */
  readonly ageDays: number | undefined;
  /** Days since the last settled forward in or out, or since opening; undefined: unknown, then not stagnant. */
  readonly idleDays: number | undefined;
  /** Connected share of the last 7 days; undefined: unknown, then not stagnant. */
  readonly uptime7d: Share | undefined;
  /** Last settled forward in or out; undefined: never. */
  readonly lastSettled: UnixMs | undefined;
  /** What was tried on it, any order. */
  readonly attempts: readonly Attempt[];
  readonly at: UnixMs;
};

/** The first class that fits, in the order of SPEC 6.2. */
export function classify(evidence: ClassEvidence): ChannelClass {
  if (isDead(evidence.attempts, evidence.lastSettled, evidence.at)) return 'ZOMBIE';
  if (evidence.roi > PROFITABLE_ABOVE) return 'PROFITABLE';
  if (evidence.ageDays !== undefined && evidence.ageDays < NEW_DAYS) return 'NEW';
  if (isStagnant(evidence)) return 'STAGNANT_CANDIDATE';
  return evidence.roi < UNDERWATER_BELOW ? 'UNDERWATER' : 'BREAK_EVEN';
}

const isStagnant = ({ idleDays, uptime7d }: ClassEvidence): boolean =>
  idleDays !== undefined &&
  idleDays >= STAGNANT_DAYS &&
  uptime7d !== undefined &&
  uptime7d >= STAGNANT_UPTIME;
