/** Asks the node what of our own payments is under way or not booked yet: without it nothing is settled (SPEC 4.7). */
import type { Evidence } from '../../core/spending/settlement.ts';
import type { NodeId, UnixMs } from '../../core/units.ts';
import type { LightningNode, PeerChannel } from '../../ports/node.ts';
import type { PaymentRecords, SendPay } from '../../ports/payments.ts';
import type { SpendStore } from '../../ports/spending.ts';
import { type Answer, answerOf } from './answer.ts';
import type { MoneyIngest } from './money-ingest.ts';
import { PaymentTail } from './payment-tail.ts';

export type EvidenceParts = {
  readonly payments: Pick<PaymentRecords, 'pendingSendPays' | 'sendPays'>;
  readonly node: Pick<LightningNode, 'peerChannels'>;
  readonly own: () => Promise<NodeId>;
  readonly spending: Pick<SpendStore, 'knows'>;
  readonly ingest: MoneyIngest;
};

export class Witness {
  readonly #parts: EvidenceParts;
  readonly #tail: PaymentTail;

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
    this.#tail = new PaymentTail(parts.payments);
  }

  /**
   * Everything about payments made at or after `since`. The order matters: what is pending is asked first and what was
   * booked is read last, so a payment that ends meanwhile is seen on one side at least.
   */
  ask(since: UnixMs): Promise<Answer<Evidence>> {
    return answerOf(async () => this.#gather(since));
  }

  async #gather(since: UnixMs): Promise<Evidence> {
    const { payments, node, spending, ingest } = this.#parts;
    const own = await this.#parts.own();
    const pending = (await payments.pendingSendPays()).filter((row) => isCircular(row, own));
    const unfinished = (row: SendPay): boolean =>
      isCircular(row, own) &&
      row.status !== 'failed' &&
      !(row.status === 'complete' && spending.knows(row.paymentHash));
    const open = await this.#tail.open(since, unfinished);
    const waiting = [...pending, ...open.filter(({ status }) => status === 'pending')];
    const channels = waiting.length > 0 ? await node.peerChannels() : [];
    const read = await ingest.turn();
    return {
      pending: waiting.map((row) => ({ ...row, leaving: leavingBy(channels, row.paymentHash) })),
      unbooked: open.filter(
        ({ status, paymentHash }) =>
          status === 'complete' && (read.kind !== 'complete' || !spending.knows(paymentHash)),
      ),
      recordsRead: read.kind === 'complete',
    };
  }
}

/** To ourselves, for no invoice and under no label: that is how the backend pays. */
const isCircular = (row: SendPay, own: NodeId): boolean =>
  row.destination === own && !row.invoice && row.label === undefined;

const leavingBy = (channels: readonly PeerChannel[], hash: string) =>
  channels
    .filter(({ htlcs }) =>
      htlcs.some(({ direction, paymentHash }) => direction === 'out' && paymentHash === hash),
    )
    .map(({ channelId }) => channelId);
