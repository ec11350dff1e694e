/** The smallest world with a way round: every payment ends after ten seconds, as the test's list of fates says. */
import { type UnixMs, unixMs } from '../../core/units.ts';
import { aliasFrom, channelIdFrom, hashFrom, nodeIdFrom, scidFrom } from '../identities.ts';
import type { CircularAnswer, CircularAttempt, CircularEvent } from '../market/circular.ts';
import type { Market, MarketEvent, SimChannel } from '../market/market.ts';

/** How an attempt ends: `hangs` settles half an hour late; the last two send nothing. */
export type Fate = 'settles' | 'fails' | 'hangs' | 'too dear' | 'no liquidity';

export const LASTS_MS = 10_000;
const HANGS_MS = 1_800_000;
const FEE_DIVISOR = 10_000;
const POLICY = { base: 0, ppm: 100, htlcMin: 0, htlcMax: 1e10 };

/** A channel of 10,000,000 sat, half of it ours. */
export const roundChannel = (index: number, changes: Partial<SimChannel> = {}): SimChannel => ({
  index,
  channelId: channelIdFrom(`${index}`),
  peerId: nodeIdFrom(`${index}`),
  scid: scidFrom(`${index}`, 800_000),
  aliasLocal: aliasFrom(`${index}/local`),
  aliasRemote: aliasFrom(`${index}/remote`),
  isPrivate: false,
  opener: 'local',
  openedAt: unixMs(0),
  closed: false,
  connected: true,
  capacity: 1e10,
  toUs: 5e9,
  ourReserve: 1e8,
  theirReserve: 1e8,
  spendable: 4.9e9,
  receivable: 4.9e9,
  ours: POLICY,
  theirs: POLICY,
  maxAcceptedHtlcs: 483,
  htlcs: [],
  ...changes,
});

type Flight = { readonly offered: CircularEvent; readonly endsAt: number; readonly fate: Fate };

export class RoundMarket implements Market {
  readonly seed = 1;
  readonly attempts: CircularAttempt[] = [];
  #now = unixMs(1_000_000);
  #list: readonly SimChannel[];
  #fates: Fate[];
  #flights: Flight[] = [];

  /** Fates in the order of the attempts; when they run out, attempts settle. */
  constructor(list: readonly SimChannel[], fates: readonly Fate[] = []) {
    this.#list = list;
    this.#fates = [...fates];
  }

  now(): UnixMs {
    return this.#now;
  }

  channels(): readonly SimChannel[] {
    return this.#list;
  }

  circular(attempt: CircularAttempt, emit: (event: MarketEvent) => void): CircularAnswer {
    this.attempts.push(attempt);
    const fate = this.#fates.shift() ?? 'settles';
    if (fate === 'too dear') return { kind: fate, ppm: attempt.maxPpm + 1 };
    if (fate === 'no liquidity') return { kind: fate };
    const offered: CircularEvent = {
      kind: 'circular',
      phase: 'offered',
      at: this.#now,
      startedAt: this.#now,
      paymentHash: hashFrom(`round ${this.attempts.length}`),
      fromIndex: attempt.from,
      toIndex: attempt.arrivesOn ?? attempt.to,
      outHtlcId: this.attempts.length,
      inHtlcId: undefined,
      amountMsat: attempt.amount,
      sentMsat: attempt.amount + attempt.amount / FEE_DIVISOR,
      receivedMsat: 0,
    };
    const endsAt = this.#now + LASTS_MS;
    this.#flights.push({ offered, endsAt: endsAt + (fate === 'hangs' ? HANGS_MS : 0), fate });
    emit(offered);
    return { kind: 'offered', paymentHash: offered.paymentHash, endsAt: unixMs(endsAt) };
  }

  endCircular(paymentHash: string, emit: (event: MarketEvent) => void): void {
    this.#end(({ offered }) => offered.paymentHash === paymentHash, emit);
  }

  #end(which: (flight: Flight) => boolean, emit: (event: MarketEvent) => void): void {
    const due = this.#flights.filter(which);
    this.#flights = this.#flights.filter((flight) => !due.includes(flight));
    for (const { offered, endsAt, fate } of due) {
      const short = this.attempts[offered.outHtlcId - 1]?.arrivesShortBy ?? 0;
      const settled = fate !== 'fails';
      emit({
        ...offered,
        phase: settled ? 'settled' : 'failed',
        at: unixMs(Math.min(endsAt, Math.max(this.#now, offered.at))),
        inHtlcId: settled ? 1 : undefined,
        receivedMsat: settled ? offered.amountMsat - short : 0,
      });
    }
  }

  advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    this.#now = until;
    this.#end(({ endsAt }) => endsAt <= until, emit);
  }

  setPolicy(): never {
    throw new RangeError('no prices here');
  }

  satPerVbyte(): number {
    return 1;
  }

  blockHeight(): number {
    return 1;
  }

  history(): Iterable<never> {
    return [];
  }

  audit(): void {
    // No balance moves here.
  }
}
