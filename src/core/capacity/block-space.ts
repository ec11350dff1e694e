/** What block space costs now, and whether this is a moment to buy any (SPEC 6.5). */
import { type Msat, msat } from '../units.ts';
import { plain } from '../wording.ts';

/** SPEC 6.5. */
const HOLD_ABOVE = 100;

/** `satPerVbyte` undefined: never known. `stale`: not from the last sample. */
export type BlockSpace = { readonly satPerVbyte: number | undefined; readonly stale: boolean };
export type MempoolAdvice = {
  readonly kind: 'PROCEED' | 'HOLD' | 'UNKNOWN';
  readonly because: string;
};

/** The feerate, sat/vB; undefined where nothing usable is known. */
export const knownFeerate = ({ satPerVbyte }: BlockSpace): number | undefined =>
  satPerVbyte !== undefined && Number.isFinite(satPerVbyte) && satPerVbyte >= 0
    ? satPerVbyte
    : undefined;

export function mempoolAdvice(space: BlockSpace): MempoolAdvice {
  const rate = knownFeerate(space);
  if (rate === undefined)
    return { kind: 'UNKNOWN', because: 'the feerate is not known, nor what a transaction costs' };
  const said = `${plain(rate)} sat/vB${space.stale ? ' (last known)' : ''}`;
  return rate > HOLD_ABOVE
    ? { kind: 'HOLD', because: `${said}: wait until block space costs at most ${HOLD_ABOVE}` }
    : { kind: 'PROCEED', because: `${said}: block space is not dear` };
}

/** The fee of so many vB, msat, rounded up; undefined: the feerate is not known. */
export function feeFor(vbytes: number, space: BlockSpace): Msat | undefined {
  const rate = knownFeerate(space);
  return rate === undefined ? undefined : msat(BigInt(Math.ceil(vbytes * rate * 1000)));
}
