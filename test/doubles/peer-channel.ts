import {
  type ChannelId,
  fromSat,
  msat,
  type NodeId,
  ppm,
  type Scid,
  unixMs,
} from '../../src/core/units.ts';
import type { PeerChannel } from '../../src/ports/node.ts';
import type { KnownChannel } from '../../src/ports/store.ts';

export const channelId = (n: number): ChannelId => n.toString(16).padStart(64, '0') as ChannelId;
export const nodeId = (n: number): NodeId => `02${n.toString(16).padStart(64, '0')}` as NodeId;
export const scid = (n: number): Scid => `${100_000 + n}x1x0` as Scid;

/** An open, balanced channel of 1 M sat without reserves to peer `n`. */
export function peerChannel(n: number, change: Partial<PeerChannel> = {}): PeerChannel {
  return {
    peerId: nodeId(n),
    connected: true,
    state: 'CHANNELD_NORMAL',
    channelId: channelId(n),
    scid: scid(n),
    aliasLocal: undefined,
    aliasRemote: undefined,
    isPrivate: false,
    opener: 'local',
    capacity: fromSat(1_000_000),
    toUs: fromSat(500_000),
    ourReserve: fromSat(0),
    theirReserve: fromSat(0),
    spendable: fromSat(490_000),
    receivable: fromSat(490_000),
    ours: { base: msat(0n), ppm: ppm(100), htlcMin: msat(1n), htlcMax: fromSat(900_000) },
    theirs: undefined,
    maxAcceptedHtlcs: 10,
    htlcs: [],
    stateChanges: [{ at: unixMs(0), from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }],
    ...change,
  };
}

/** As the memory knows it, opened by us at an unknown time. */
export const knownAs = (channel: PeerChannel): KnownChannel => ({
  channelId: channel.channelId,
  peerId: channel.peerId,
  names: [String(channel.scid)],
  capacity: channel.capacity,
  openedByPeer: false,
  openedAt: undefined,
  closed: false,
});
