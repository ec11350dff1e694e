/** The smallest Market that knows ways round: each payment of ours costs, takes and ends as a test says. */
import { type UnixMs, unixMs } from '../../core/units.ts';
import type { CircularAnswer, CircularAttempt, CircularEvent } from '../market/circular.ts';
import type { MarketEvent, SimChannel } from '../market/market.ts';
import { sha256 } from './identity.ts';
import { MarketDouble } from './market-double.ts';

type Emit = (event: MarketEvent) => void;

export class CircularDouble extends MarketDouble {
  /** What every way costs, ppm. */
  ppm = 100;
  takesMs = 10_000;
  /** Payments that leave end like this. */
  ending: 'settled' | 'failed' = 'settled';
  readonly #onTheWay = new Map<string, CircularEvent>();
  #payments = 0;

  circular(attempt: CircularAttempt, emit: Emit): CircularAnswer {
    const { from, to, amount } = attempt;
    if (this.ppm > attempt.maxPpm) return { kind: 'too dear', ppm: this.ppm };
    const sent = amount + Math.ceil((amount * this.ppm) / 1e6);
    if ((this.list[from]?.spendable ?? 0) < sent || (this.list[to]?.receivable ?? 0) < amount)
      return { kind: 'no liquidity' };
    const id = this.#payments++;
    const offered: CircularEvent = {
      kind: 'circular',
      phase: 'offered',
      at: this.now(),
      startedAt: this.now(),
      paymentHash: sha256(`circular ${id}`),
      fromIndex: from,
      toIndex: to,
      outHtlcId: id,
      inHtlcId: undefined,
      amountMsat: amount,
      sentMsat: sent,
      receivedMsat: 0,
    };
    const endsAt = unixMs(this.now() + this.takesMs);
    this.#onTheWay.set(offered.paymentHash, offered);
    this.coming.push(this.#end(offered, attempt, endsAt));
    this.#change(from, ({ spendable, htlcs }) => ({
      spendable: spendable - sent,
      htlcs: [...htlcs, { direction: 'out', id, amount: sent, paymentHash: offered.paymentHash }],
    }));
    emit(offered);
    return { kind: 'offered', paymentHash: offered.paymentHash, endsAt };
  }

  /** A payment that is ended early fails. */
  endCircular(paymentHash: string, emit: Emit): void {
    const offered = this.#onTheWay.get(paymentHash);
    if (offered === undefined) return;
    const isIts = (event: MarketEvent): boolean =>
      event.kind === 'circular' && event.paymentHash === paymentHash;
    this.coming = this.coming.filter((event) => !isIts(event));
    const failed: CircularEvent = { ...offered, phase: 'failed', at: this.now() };
    this.#over(failed);
    emit(failed);
  }

  override advance(until: UnixMs, emit: Emit): void {
    super.advance(until, (event) => {
      if (event.kind === 'circular' && event.phase !== 'offered') this.#over(event);
      emit(event);
    });
  }

  #end(offered: CircularEvent, attempt: CircularAttempt, at: UnixMs): CircularEvent {
    if (this.ending === 'failed') return { ...offered, phase: 'failed', at };
    return {
      ...offered,
      phase: 'settled',
      at,
      toIndex: attempt.arrivesOn ?? offered.toIndex,
      inHtlcId: offered.outHtlcId,
      receivedMsat: offered.amountMsat - (attempt.arrivesShortBy ?? 0),
    };
  }

  #over(event: CircularEvent): void {
    const { fromIndex, toIndex, sentMsat, receivedMsat, paymentHash } = event;
    this.#onTheWay.delete(paymentHash);
    const settled = event.phase === 'settled';
    this.#change(fromIndex, ({ toUs, spendable, receivable, htlcs }) => ({
      toUs: settled ? toUs - sentMsat : toUs,
      spendable: settled ? spendable : spendable + sentMsat,
      receivable: settled ? receivable + sentMsat : receivable,
      htlcs: htlcs.filter((htlc) => htlc.paymentHash !== paymentHash),
    }));
    if (!settled) return;
    this.#change(toIndex, ({ toUs, spendable, receivable }) => ({
      toUs: toUs + receivedMsat,
      spendable: spendable + receivedMsat,
      receivable: receivable - receivedMsat,
    }));
  }

  #change(index: number, by: (channel: SimChannel) => Partial<SimChannel>): void {
    this.list = this.list.map((one) => (one.index === index ? { ...one, ...by(one) } : one));
  }
}
