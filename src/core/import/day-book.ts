/** Past forwards summed by UTC day and channel: what the books take over. */
import { DAY_MS, type Msat, msat, type UnixMs, unixMs } from '../units.ts';
import { dayOf } from './horizon.ts';
import type { PastDaySum, PastForward } from './past-forwards.ts';

export type PastChannelDay = {
  readonly name: string;
  readonly inCount: number;
  readonly in: Msat;
  readonly inFee: Msat;
  readonly outCount: number;
  readonly out: Msat;
  readonly outFee: Msat;
  /** Of the last forward; of daily sums: the end of the day. */
  readonly lastAt: UnixMs;
};
export type PastDay = {
  readonly day: number;
  readonly count: number;
  readonly in: Msat;
  readonly out: Msat;
  readonly fee: Msat;
  readonly channels: readonly PastChannelDay[];
};

/** What no node has: each says that the file is not one of an operator's. */
const MOST_CHANNELS = 20_000;
const MOST_CHANNELS_A_DAY = 2_000;
const MOST_CELLS = 400_000;
/** All bitcoin there will ever be, msat: sums stay within 64 bits. */
const ALL_MONEY = 2_100_000_000_000_000_000n;

type Open<T> = { -readonly [K in keyof T]: T[K] };
type OpenDay = Open<Omit<PastDay, 'channels'>> & {
  readonly channels: Map<string, Open<PastChannelDay>>;
};

export class DayBook {
  readonly #days = new Map<number, OpenDay>();
  readonly #names = new Set<string>();
  #cells = 0;
  #sum = 0n;
  #full: string | undefined;

  /** Why the whole file is refused; undefined: it is not. */
  get tooMuch(): string | undefined {
    return this.#full;
  }

  addForward(one: PastForward): void {
    const day = this.#day(dayOf(one.at));
    add(day, 1, one);
    this.#count(one.inAmount);
    const came = this.#channel(day, one.in);
    came.inCount += 1;
    came.in = msat(came.in + one.inAmount);
    came.inFee = msat(came.inFee + one.fee);
    came.lastAt = later(came.lastAt, one.at);
    const went = this.#channel(day, one.out);
    went.outCount += 1;
    went.out = msat(went.out + one.outAmount);
    went.outFee = msat(went.outFee + one.fee);
    went.lastAt = later(went.lastAt, one.at);
  }

  addDaySum(one: PastDaySum): void {
    const day = this.#day(one.day);
    add(day, one.count, one);
    this.#count(one.inAmount);
    const went = this.#channel(day, one.out);
    went.outCount += one.count;
    went.out = msat(went.out + one.outAmount);
    went.outFee = msat(went.outFee + one.fee);
    went.lastAt = later(went.lastAt, unixMs((one.day + 1) * DAY_MS - 1));
  }

  /** The newest first. */
  days(): readonly PastDay[] {
    return [...this.#days.values()]
      .sort((a, b) => b.day - a.day)
      .map((day) => ({ ...day, channels: [...day.channels.values()] }));
  }

  #day(day: number): OpenDay {
    const none = msat(0n);
    const known = this.#days.get(day);
    if (known) return known;
    const made: OpenDay = { day, count: 0, in: none, out: none, fee: none, channels: new Map() };
    this.#days.set(day, made);
    return made;
  }

  #channel(day: OpenDay, name: string): Open<PastChannelDay> {
    const known = day.channels.get(name);
    if (known) return known;
    const none = msat(0n);
    const [ins, outs] = [
      { inCount: 0, in: none, inFee: none },
      { outCount: 0, out: none, outFee: none },
    ];
    const made = { name, ...ins, ...outs, lastAt: unixMs(0) };
    day.channels.set(name, made);
    this.#names.add(name);
    this.#cells += 1;
    if (this.#names.size > MOST_CHANNELS) this.#full = `more than ${MOST_CHANNELS} channels`;
    if (this.#cells > MOST_CELLS) this.#full = `more than ${MOST_CELLS} days of channels`;
    if (day.channels.size > MOST_CHANNELS_A_DAY)
      this.#full = `more than ${MOST_CHANNELS_A_DAY} channels on one day`;
    return made;
  }

  #count(amount: Msat): void {
    this.#sum += amount;
    if (this.#sum > ALL_MONEY) this.#full = 'more than all bitcoin there is';
  }
}

type Amounts = { readonly inAmount: Msat; readonly outAmount: Msat; readonly fee: Msat };

function add(day: OpenDay, count: number, { inAmount, outAmount, fee }: Amounts): void {
  day.count += count;
  day.in = msat(day.in + inAmount);
  day.out = msat(day.out + outAmount);
  day.fee = msat(day.fee + fee);
}

const later = (one: UnixMs, other: UnixMs): UnixMs => unixMs(Math.max(one, other));
