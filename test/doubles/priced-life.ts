/** A small life of the real parts over a priced node: a memory of its own, a clock by hand, authority `fees`. */
import type { OptionValue } from '../../src/config/option-rows.ts';
import type { OptionKey } from '../../src/config/snapshot.ts';
import { DAY_MS, fromSat, HOUR_MS, msat, unixMs } from '../../src/core/units.ts';
import { wire } from '../../src/parts.ts';
import type { Forward, PeerChannel } from '../../src/ports/node.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import type { Surroundings } from '../../src/surroundings.ts';
import { InstantPacer, ManualClock } from './manual-clock.ts';
import { NO_BACKEND } from './no-backend.ts';
import { channelId, scid } from './peer-channel.ts';
import { PricedNode } from './priced-node.ts';

export const START = unixMs(1_790_000_000_000);
/** Peers are connected for this long before. */
const CONNECTED_DAYS = 20;

export const fail = (error: unknown): never => {
  throw new Error(String(error));
};
export const memory = () => openStore(':memory:', { onProblem: fail });

/** A channel in its normal state for so many days. */
export const opened = (daysAgo: number): Pick<PeerChannel, 'stateChanges'> => ({
  stateChanges: [
    {
      at: unixMs(START - daysAgo * DAY_MS),
      from: 'CHANNELD_AWAITING_LOCKIN',
      to: 'CHANNELD_NORMAL',
    },
  ],
});

export type Lived = {
  readonly channels: readonly PeerChannel[];
  readonly options?: ReadonlyMap<OptionKey, OptionValue>;
  /** Another life over the same memory is a restart. */
  readonly store?: ReturnType<typeof openStore>;
  readonly notify?: Surroundings['notify'];
};

/** What the parts live in: the priced node, and peers that were always connected. */
export function surroundingsOf({ channels, options, store = memory(), notify }: Lived) {
  const node = new PricedNode(channels);
  const clock = new ManualClock(START);
  for (const { peerId } of channels)
    store.peers.recordConnection(peerId, true, unixMs(START - CONNECTED_DAYS * DAY_MS));
  return {
    node,
    ...NO_BACKEND,
    feeSetter: () => node,
    commandFor: () => '',
    store,
    clock,
    pacer: new InstantPacer(),
    entropy: { uniform: () => 0.5 },
    options: new Map<OptionKey, OptionValue>([['authority', 'fees'], ...(options ?? [])]),
    log: () => {},
    notify: notify ?? (() => {}),
    onBug: fail,
  };
}

export function pricedLife(lived: Lived) {
  const alerts: unknown[] = [];
  const around = surroundingsOf({
    ...lived,
    notify: (topic, payload) => {
      if (topic === 'revenue_alert') alerts.push(payload);
    },
  });
  const { node, store, clock } = around;
  const parts = wire(around);
  const known = lived.channels.map((one) => ({
    channelId: one.channelId,
    peerId: one.peerId,
    names: [String(one.scid)],
    capacity: one.capacity,
    openedByPeer: one.opener === 'remote',
    openedAt: undefined,
    closed: false,
  }));
  store.channels.learn(known, [], START);
  return {
    node,
    store,
    clock,
    parts,
    alerts,
    /** Lets time pass and runs a fee cycle. */
    cycle: async (ms = HOUR_MS / 2) => {
      clock.move(ms);
      store.peers.heartbeat(clock.now());
      return parts.pricing.cycle.run('test');
    },
    asks: (i = 0) => node.channels[i]?.ours,
    /** The last verdict about channel `n`: what one rule said. */
    said: (n: number, rule: string) =>
      store.journal.latest(channelId(n), 1)[0]?.trail.find((step) => step.rule === rule),
  };
}

/** A settled forward from channel 1, paying 6 sat; to channel 2 unless said, held for `seconds`. */
export function sold(
  id: number,
  at: number,
  { sat = 60_000, out = 2, seconds = 1 }: { sat?: number; out?: number; seconds?: number } = {},
): Forward {
  const fee = 6000n;
  return {
    createdIndex: id,
    updatedIndex: id,
    inChannel: String(scid(1)),
    inHtlcId: BigInt(id),
    outChannel: String(scid(out)),
    inMsat: msat(fromSat(sat) + fee),
    outMsat: fromSat(sat),
    feeMsat: msat(fee),
    status: 'settled',
    failReason: undefined,
    paymentHash: undefined,
    receivedAt: unixMs(at - seconds * 1000),
    resolvedAt: unixMs(at),
  };
}
