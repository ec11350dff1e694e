/** When moving capital from one channel to another has earned back what it cost (SPEC 6.5). */
import { CLOSE_VBYTES, OPEN_VBYTES } from '../fees/floor.ts';
import { type Msat, msat } from '../units.ts';
import { type BlockSpace, feeFor } from './block-space.ts';

/** Spending a 2-of-2 output and one of the wallet, a new 2-of-2 and change, vB. */
const SPLICE_VBYTES = 260;
const MONTH_DAYS = 30n;
/** Whoever waits longer does not plan any more. */
const NEVER_AFTER_DAYS = 36_500;
/** The feerate is named at which it pays back within a year. */
const YEAR_DAYS = 365n;

/** What a channel earned in 30 days on its capacity. */
export type Yield = { readonly monthNet: Msat; readonly capacity: Msat };

export type Payback = {
  /** What comes out of the closed channel and goes to work elsewhere. */
  readonly moved: Msat;
  /** Close and splice (or open) at this feerate; undefined: it is not known. */
  readonly cost: Msat | undefined;
  /** What the moved sats would earn more in 30 days, were the winner's next sat as good as its others; rounded down. */
  readonly monthlyGain: Msat;
  /** The highest feerate, sat/vB, at which a year earns it back; undefined: at none. */
  readonly breakEvenSatPerVbyte: number | undefined;
} & (
  | { readonly kind: 'days' /** Rounded up to a tenth. */; readonly days: number }
  | { readonly kind: 'never' | 'unknown'; readonly because: string }
);

/** `moved` is our side of the channel to close. */
export function payback(
  loser: Yield,
  winner: Yield,
  moved: Msat,
  how: 'splice' | 'open',
  space: BlockSpace,
): Payback {
  const vbytes = CLOSE_VBYTES + (how === 'splice' ? SPLICE_VBYTES : OPEN_VBYTES);
  const cost = feeFor(vbytes, space);
  const gain = monthlyGain(loser, winner, moved);
  const known = {
    moved,
    cost,
    monthlyGain: msat(gain === undefined ? 0n : floorDiv(gain.over, gain.under)),
    breakEvenSatPerVbyte: gain && breakEven(gain, moved, vbytes),
  };
  if (gain === undefined)
    return { ...known, kind: 'unknown', because: 'the capacity of one of both is not known' };
  if (moved <= 0n) return { ...known, kind: 'never', because: 'nothing in it is ours' };
  if (gain.over <= 0n)
    return { ...known, kind: 'never', because: 'the sats earn no more there than here' };
  if (cost === undefined) return { ...known, kind: 'unknown', because: 'the feerate is not known' };
  if (cost >= moved)
    return { ...known, kind: 'never', because: 'moving costs more than what would be moved' };
  const tenths = ceilDiv(cost * MONTH_DAYS * 10n * gain.under, gain.over);
  return tenths > BigInt(NEVER_AFTER_DAYS) * 10n
    ? { ...known, kind: 'never', because: 'not within a hundred years' }
    : { ...known, kind: 'days', days: Number(tenths) / 10 };
}

/** A fraction kept whole; `under` is positive. */
type Fraction = { readonly over: bigint; readonly under: bigint };

/** moved × (earnings per sat of the winner − those of the loser), msat a month. undefined: a capacity is 0. */
function monthlyGain(loser: Yield, winner: Yield, moved: Msat): Fraction | undefined {
  const under = loser.capacity * winner.capacity;
  if (loser.capacity <= 0n || winner.capacity <= 0n) return undefined;
  const better = winner.monthNet * loser.capacity - loser.monthNet * winner.capacity;
  return { over: moved * better, under };
}

/** Rounded down to a thousandth, and never so high that the fees would eat what is moved. */
function breakEven({ over, under }: Fraction, moved: Msat, vbytes: number): number | undefined {
  if (over <= 0n || moved <= 0n) return undefined;
  const inAYear = (over * YEAR_DAYS) / (under * MONTH_DAYS);
  const most = inAYear < moved ? inAYear : moved;
  return Number(most / BigInt(vbytes)) / 1000;
}

const ceilDiv = (over: bigint, under: bigint): bigint => -floorDiv(-over, under);
/** `under` is positive. */
function floorDiv(over: bigint, under: bigint): bigint {
  const cut = over / under;
  return over < 0n && cut * under !== over ? cut - 1n : cut;
}
