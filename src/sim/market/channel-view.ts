/** The channels of a simulated market as lightningd would know them at this moment. */
import type { Connections } from './connections.ts';
import type { Ledger } from './ledger.ts';
import type { SimChannel } from './market.ts';
import type { OurPrices } from './our-prices.ts';
import type { PeerPrices } from './peer-prices.ts';
import type { World } from './world.ts';

export type Sights = {
  readonly world: World;
  readonly ledger: Ledger;
  readonly prices: OurPrices;
  readonly peerPrices: PeerPrices;
  readonly connections: Connections;
  readonly slots: number;
};

export function channelsNow(sights: Sights): readonly SimChannel[] {
  const { world, ledger, prices, peerPrices, connections, slots } = sights;
  const htlcs = ledger.htlcs();
  return world.channels.map((born, index) => ({
    index,
    channelId: born.channelId,
    peerId: peerId(world, born.peer),
    scid: born.scid,
    aliasLocal: born.aliasLocal,
    aliasRemote: born.aliasRemote,
    isPrivate: born.isPrivate,
    opener: born.opener,
    openedAt: born.openedAt,
    closed: false,
    connected: connections.isUp(born.peer),
    capacity: born.capacity,
    toUs: ledger.toUs(index),
    ourReserve: born.reserve,
    theirReserve: born.reserve,
    spendable: ledger.spendable(index),
    receivable: ledger.receivable(index),
    ours: prices.now(index),
    theirs: peerPrices.policy(index),
    maxAcceptedHtlcs: slots,
    htlcs: htlcs[index] ?? [],
  }));
}

function peerId(world: World, peer: number): SimChannel['peerId'] {
  const id = world.peers[peer]?.nodeId;
  if (id === undefined) throw new RangeError(`no peer ${peer}`);
  return id;
}
