/**
 * What sold since the last fee cycle, per channel, for the learners (SPEC 3.1). Settled forwards only. The position
 * in the settled rows is stored, so a restart teaches nothing twice; history from before the first cycle teaches
 * nothing, because the prices of that time are unknown.
 */

import type { Evidence, Sale } from '../core/fees/types.ts';
import { LONGEST_INTERVALS, routableHours } from '../core/flow/routable.ts';
import type { NodeId } from '../core/units.ts';
import {
  type ChannelId,
  type Msat,
  msat,
  type Share,
  share,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { SoldForward, Store } from '../ports/store.ts';

const PAGE = 5000;

/** How a channel looked at one cycle. */
export type RoutableLook = { readonly at: UnixMs; readonly routable: boolean };

export type EvidenceContext = {
  readonly now: UnixMs;
  readonly feeIntervalMs: number;
  readonly routable: ReadonlyMap<ChannelId, boolean>;
  /** Connected share of each channel's peer since the last cycle; undefined: unknown. */
  readonly uptime: (channelId: ChannelId) => Share | undefined;
  readonly weight: (inPeer: NodeId | undefined) => number;
  readonly shielded: (channelId: ChannelId) => boolean;
};

export type Gathered = {
  readonly byChannel: ReadonlyMap<ChannelId, Evidence>;
  /** To be saved once the learners' new states are stored. */
  readonly cursor: { readonly sequence: number; readonly at: UnixMs };
};

export class SaleEvidence {
  readonly #store: Store;
  readonly #looks = new Map<ChannelId, RoutableLook>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Reads what is new; changes nothing but the remembered looks of channels still open. */
  gather(context: EvidenceContext): Gathered {
    const before = this.#store.fees.evidenceCursor();
    const from = before ?? { sequence: this.#store.forwards.newestSequence(), at: context.now };
    const { rows, last } = this.#soldAfter(from.sequence);
    const sold = groupSales(rows, context);
    const left = netLeft(rows);
    const byChannel = new Map<ChannelId, Evidence>();
    for (const [channelId, routable] of context.routable) {
      const uptime = context.uptime(channelId);
      const observed = this.#observedSince(channelId, context);
      byChannel.set(channelId, {
        from: from.at,
        to: context.now,
        routableHours: this.#hours(channelId, routable, uptime, context),
        // Without any history the looks are all we have, here as in the hours.
        uptime: uptime ?? share(1),
        sales: (sold.get(channelId) ?? []).filter(({ at }) => at > observed),
        out: left.get(channelId) ?? msat(0n),
      });
    }
    this.#forgetClosed(context.routable);
    return { byChannel, cursor: { sequence: last, at: context.now } };
  }

  #soldAfter(sequence: number): { rows: readonly SoldForward[]; last: number } {
    const rows: SoldForward[] = [];
    let last = sequence;
    for (;;) {
      const page = this.#store.forwards.soldAfter(last, PAGE);
      rows.push(...page.rows);
      last = page.last;
      if (page.rows.length < PAGE) return { rows, last };
    }
  }

  /**
   * What sold while nobody counted hours (we were down, or the node stood still) has no exposure to be held against:
   * it would look like demand out of nothing. It still counts as liquidity that left.
   */
  #observedSince(channelId: ChannelId, { now, feeIntervalMs }: EvidenceContext): UnixMs {
    const seenBefore = this.#looks.has(channelId);
    return seenBefore ? unixMs(now - LONGEST_INTERVALS * feeIntervalMs) : now;
  }

  #hours(
    channelId: ChannelId,
    routable: boolean,
    uptime: Share | undefined,
    { now, feeIntervalMs }: EvidenceContext,
  ): number {
    const before = this.#looks.get(channelId);
    this.#looks.set(channelId, { at: now, routable });
    return routableHours({
      from: before?.at ?? now,
      to: now,
      before: before?.routable,
      after: routable,
      connected: uptime,
      feeIntervalMs,
    });
  }

  #forgetClosed(open: ReadonlyMap<ChannelId, boolean>): void {
    for (const channelId of this.#looks.keys())
      if (!open.has(channelId)) this.#looks.delete(channelId);
  }
}

function groupSales(
  rows: readonly SoldForward[],
  context: EvidenceContext,
): ReadonlyMap<ChannelId, readonly Sale[]> {
  const sales = new Map<ChannelId, Sale[]>();
  for (const row of rows) {
    const weight = context.shielded(row.outChannelId) ? 1 : context.weight(row.inPeerId);
    const sale = { at: row.resolvedAt, amount: row.amount, fee: row.fee, weight };
    const list = sales.get(row.outChannelId);
    if (list) list.push(sale);
    else sales.set(row.outChannelId, [sale]);
  }
  return sales;
}

/** Settled out minus settled in, per channel. */
function netLeft(rows: readonly SoldForward[]): ReadonlyMap<ChannelId, Msat> {
  const left = new Map<ChannelId, Msat>();
  for (const { outChannelId, inChannelId, amount } of rows) {
    left.set(outChannelId, msat((left.get(outChannelId) ?? 0n) + amount));
    if (inChannelId !== undefined)
      left.set(inChannelId, msat((left.get(inChannelId) ?? 0n) - amount));
  }
  return left;
}
