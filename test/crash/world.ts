/**
 * A small world for many deaths: one channel that sells well and is refilled by hand, one that gives, a second channel
 * to the first one's peer, and one on which an operator has a job of his own. Money costs the same everywhere.
 */
import { DAY_MS, HOUR_MS, laterBy } from '../../src/core/units.ts';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import {
  DOUBLE_START,
  doubleChannel,
  doubleForward,
} from '../../src/sim/embedded-node/market-double.ts';
import type { SimChannel } from '../../src/sim/market/market.ts';

export const [SOURCE, DESTINATION, OPERATORS] = [0, 1, 3] as const;
const [PARALLEL, OTHER] = [2, 4] as const;

const CAPACITY = 4_000_000_000;
/** Old enough to give, too young for the defibrillator: nothing is spent but what the test orders. */
const AGE_MS = 15 * DAY_MS;
const PRICE_PPM = 1000;
const WAY_PPM = 100;
/** What the destination has sold in its first hours, so that a refill pays by the rules. */
const SALES = 40;
const SALE_MSAT = 1_000_000_000;
const SALE_FEE_MSAT = 100_000;
const SALES_EVERY_MS = HOUR_MS / 12;
/** Until all of them are through. */
export const YOUTH_HOURS = 4;

const shares: readonly (readonly [index: number, share: number])[] = [
  [SOURCE, 0.8],
  [DESTINATION, 0.5],
  [PARALLEL, 0.5],
  [OPERATORS, 0.2],
  [OTHER, 0.7],
];

function channel(index: number, share: number): SimChannel {
  const plain = doubleChannel(index, { capacity: CAPACITY });
  const toUs = CAPACITY * share;
  return {
    ...plain,
    openedAt: laterBy(DOUBLE_START, -AGE_MS),
    toUs,
    spendable: toUs - plain.ourReserve,
    receivable: CAPACITY - toUs - plain.theirReserve,
    ours: { ...plain.ours, ppm: PRICE_PPM },
  };
}

export class CrashMarket extends CircularDouble {
  readonly #first: readonly SimChannel[];

  constructor() {
    const [source, destination, parallel, ...rest] = shares.map(([index, share]) =>
      channel(index, share),
    );
    if (!source || !destination || !parallel) throw new RangeError('three channels at least');
    const list = [source, destination, { ...parallel, peerId: destination.peerId }, ...rest];
    const sales = Array.from({ length: SALES }, (_, i) => {
      const at = (i + 1) * SALES_EVERY_MS;
      const what = {
        inIndex: OTHER,
        outIndex: DESTINATION,
        outMsat: SALE_MSAT,
        inMsat: SALE_MSAT + SALE_FEE_MSAT,
      };
      return [doubleForward(i, 'offered', at, what), doubleForward(i, 'settled', at + 500, what)];
    });
    super(list, sales.flat());
    this.#first = list;
    this.ppm = WAY_PPM;
  }

  get idle(): boolean {
    return this.list.every(({ htlcs }) => htlcs.length === 0);
  }

  /** What was moved is sold again: the next refill finds what the first one found. */
  restore(): void {
    if (!this.idle) throw new RangeError('money is on its way');
    this.list = this.list.map((one, i) => {
      const { toUs, spendable, receivable } = this.#first[i] ?? one;
      return { ...one, toUs, spendable, receivable };
    });
  }
}
