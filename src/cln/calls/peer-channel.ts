import { z } from 'zod';
import type { ChannelPolicy, PeerChannel } from '../../ports/node.ts';
import {
  ifKnown,
  wireChannelId,
  wireCount,
  wireMsat,
  wireNodeId,
  wirePpm,
  wireScid,
  wireSide,
  wireTime,
  wireU64,
} from './wire-values.ts';

const policy = z
  .object({
    htlc_minimum_msat: wireMsat,
    htlc_maximum_msat: wireMsat,
    fee_base_msat: wireMsat,
    fee_proportional_millionths: wirePpm,
  })
  .transform(
    (update): ChannelPolicy => ({
      base: update.fee_base_msat,
      ppm: update.fee_proportional_millionths,
      htlcMin: update.htlc_minimum_msat,
      htlcMax: update.htlc_maximum_msat,
    }),
  );

const htlc = z
  .object({
    direction: z.enum(['in', 'out']),
    id: wireU64,
    amount_msat: wireMsat,
    payment_hash: z.string(),
    expiry: ifKnown(wireCount),
  })
  .transform(({ direction, id, amount_msat, payment_hash, expiry }) => ({
    direction,
    id,
    amount: amount_msat,
    paymentHash: payment_hash,
    expiry,
  }));

const stateChange = z
  .object({ timestamp: wireTime, old_state: z.string(), new_state: z.string() })
  .transform(({ timestamp, old_state, new_state }) => ({
    at: timestamp,
    from: old_state,
    to: new_state,
  }));

/** One row of `listpeerchannels`, into the port's words. Fails on any wrong type and on a missing amount. */
export const peerChannel = z
  .object({
    peer_id: wireNodeId,
    peer_connected: z.boolean(),
    state: z.string(),
    channel_id: wireChannelId,
    short_channel_id: ifKnown(wireScid),
    alias: ifKnown(z.object({ local: ifKnown(wireScid), remote: ifKnown(wireScid) })),
    private: ifKnown(z.boolean()),
    opener: wireSide,
    total_msat: wireMsat,
    to_us_msat: wireMsat,
    our_reserve_msat: wireMsat,
    their_reserve_msat: wireMsat,
    spendable_msat: wireMsat,
    receivable_msat: wireMsat,
    updates: ifKnown(z.object({ local: ifKnown(policy), remote: ifKnown(policy) })),
    max_accepted_htlcs: wireCount,
    our_max_htlc_value_in_flight_msat: ifKnown(wireMsat),
    their_max_htlc_value_in_flight_msat: ifKnown(wireMsat),
    htlcs: ifKnown(z.array(htlc)),
    state_changes: ifKnown(z.array(stateChange)),
  })
  .transform(
    (row): PeerChannel => ({
      peerId: row.peer_id,
      connected: row.peer_connected,
      state: row.state,
      channelId: row.channel_id,
      scid: row.short_channel_id,
      aliasLocal: row.alias?.local,
      aliasRemote: row.alias?.remote,
      isPrivate: row.private ?? false,
      opener: row.opener,
      capacity: row.total_msat,
      toUs: row.to_us_msat,
      ourReserve: row.our_reserve_msat,
      theirReserve: row.their_reserve_msat,
      spendable: row.spendable_msat,
      receivable: row.receivable_msat,
      ours: row.updates?.local,
      theirs: row.updates?.remote,
      maxAcceptedHtlcs: row.max_accepted_htlcs,
      // "Ours" is what we accept, so it bounds what comes in; "theirs" what they accept of us.
      mostInFlight: {
        in: row.our_max_htlc_value_in_flight_msat,
        out: row.their_max_htlc_value_in_flight_msat,
      },
      htlcs: row.htlcs ?? [],
      stateChanges: (row.state_changes ?? []).toSorted((a, b) => a.at - b.at),
    }),
  );
