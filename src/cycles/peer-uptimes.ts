/** How much of a time each peer was connected, our own downtime left out (SPEC 2.7). */
import { uptime } from '../core/flow/uptime.ts';
import type { NodeId, Share, UnixMs } from '../core/units.ts';
import type { PeerStore } from '../ports/store.ts';

type ConnectionStore = { readonly peers: Pick<PeerStore, 'connections' | 'downtime'> };
export type Connections = {
  readonly events: ReturnType<PeerStore['connections']>;
  readonly downtime: ReturnType<PeerStore['downtime']>;
};

export const connectionsOf = (store: ConnectionStore, from: UnixMs, to: UnixMs): Connections => ({
  events: store.peers.connections(from, to),
  downtime: store.peers.downtime(from, to),
});

/** Connected share of each peer; those without history are missing. `connections` may reach further back than `from`. */
export function uptimesWithin(
  { events, downtime }: Connections,
  from: UnixMs,
  to: UnixMs,
): ReadonlyMap<NodeId, Share> {
  const uptimes = new Map<NodeId, Share>();
  for (const [peerId, ofPeer] of events) {
    const part = uptime(ofPeer, downtime, { from, to });
    if (part !== undefined) uptimes.set(peerId, part);
  }
  return uptimes;
}

/** Of those peers only that we knew by then already: a week of which we saw a minute calls nobody stagnant (SPEC 4.9). */
export const watchedUptimes = (
  { events, downtime }: Connections,
  from: UnixMs,
  to: UnixMs,
): ReadonlyMap<NodeId, Share> => {
  const known = [...events].filter(([, [first]]) => first !== undefined && first.at <= from);
  return uptimesWithin({ events: new Map(known), downtime }, from, to);
};
