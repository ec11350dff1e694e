import { z } from 'zod';
import type { Forward } from '../../ports/node.ts';
import { ifKnown, wireCount, wireMsat, wireSeconds, wireU64 } from './wire-values.ts';

/** Room for any name a channel ever had, not for a novel. */
const channelName = z.string().min(1).max(100);

/** A row of `listforwards` or a `forward_event`. The preimage an event carries is not kept. */
export const forwardRow = z
  .object({
    created_index: ifKnown(wireCount),
    updated_index: ifKnown(wireCount),
    in_channel: channelName,
    in_htlc_id: ifKnown(wireU64),
    out_channel: ifKnown(channelName),
    in_msat: ifKnown(wireMsat),
    out_msat: ifKnown(wireMsat),
    fee_msat: ifKnown(wireMsat),
    status: z.enum(['offered', 'settled', 'failed', 'local_failed']),
    failreason: ifKnown(z.string()),
    payment_hash: ifKnown(z.string()),
    received_time: wireSeconds,
    resolved_time: ifKnown(wireSeconds),
  })
  .transform(
    (row): Forward => ({
      createdIndex: row.created_index,
      updatedIndex: row.updated_index,
      inChannel: row.in_channel,
      inHtlcId: row.in_htlc_id,
      outChannel: row.out_channel,
      inMsat: row.in_msat,
      outMsat: row.out_msat,
      feeMsat: row.fee_msat,
      status: row.status,
      failReason: row.failreason,
      paymentHash: row.payment_hash,
      receivedAt: row.received_time,
      resolvedAt: row.resolved_time,
    }),
  );
