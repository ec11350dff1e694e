/** A memory that says what a test wants it to, with a protection watch on it and a clock to move. */
import { stateAs } from '../../src/core/fees/channel.fixture.ts';
import {
  type ChannelId,
  DAY_MS,
  HOUR_MS,
  laterBy,
  type Msat,
  msat,
  ppm,
  type UnixMs,
  unixMs,
} from '../../src/core/units.ts';
import { ProtectionWatch } from '../../src/cycles/protection-watch.ts';
import type { Authority } from '../../src/cycles/services.ts';
import type { PeerChannel } from '../../src/ports/node.ts';
import type { CircularPayment } from '../../src/ports/spending.ts';
import type { FeeChange, Lock, LockStore, NewDecision } from '../../src/ports/store.ts';
import { SplitClock } from './manual-clock.ts';
import { channelId, nodeId } from './peer-channel.ts';

const MINUTE = 60_000;
/** Half past noon. */
export const NOW = unixMs(Math.floor(1_800_000_000_000 / DAY_MS) * DAY_MS + 12.5 * HOUR_MS);
const [ONE, TWO] = [channelId(1), channelId(2)];

class Locks implements LockStore {
  all: Lock[] = [];
  #last = 0;
  add(lock: Omit<Lock, 'id'>): number {
    this.#last += 1;
    this.all.push({ ...lock, id: this.#last });
    return this.#last;
  }
  active(at: UnixMs): readonly Lock[] {
    return this.all.filter(({ expiresAt }) => expiresAt > at);
  }
  remove(id: number): boolean {
    const before = this.all.length;
    this.all = this.all.filter((lock) => lock.id !== id);
    return this.all.length < before;
  }
}

type World = {
  channels: readonly PeerChannel[];
  height: number | undefined;
  events: { peer: number; at: UnixMs; connected: boolean }[];
  gaps: { from: UnixMs; to: UnixMs }[];
  changes: Pick<FeeChange, 'channelId' | 'at' | 'by'>[];
  outside: [ChannelId, readonly UnixMs[]][];
  /** Per channel and hour since 1970. */
  failures: Map<ChannelId, Map<number, number>>;
  samples: { at: UnixMs; satPerVbyte: number }[];
  revenue: Msat;
  paid: { at: UnixMs; cost: Msat }[];
  unexplained: Msat | undefined;
  waitingFor: string | undefined;
  authority: Authority;
};

const QUIET: World = {
  channels: [],
  height: 900_000,
  events: [],
  gaps: [],
  changes: [],
  outside: [],
  failures: new Map(),
  samples: [],
  revenue: msat(0n),
  paid: [],
  unexplained: undefined,
  waitingFor: undefined,
  authority: 'full',
};

const feeChange = (one: World['changes'][number], id: number): FeeChange => {
  const fee = { ppm: ppm(1), base: msat(0n), htlcMax: msat(0n) };
  return { ...one, id, from: fee, to: fee, cycle: 1, decisionId: undefined, gossiped: true };
};
const payment = ({ at, cost }: World['paid'][number]): CircularPayment => ({
  paymentHash: 'ab',
  out: ONE,
  in: TWO,
  sent: cost,
  received: msat(0n),
  cost,
  at,
  jobId: undefined,
});

/** The memory as the protections read it. */
function memory(world: World) {
  const connections = (from: UnixMs, to: UnixMs) =>
    Map.groupBy(
      world.events.filter(({ at }) => at > from && at <= to),
      ({ peer }) => nodeId(peer),
    );
  const count = (id: ChannelId, from: UnixMs, to: UnixMs) =>
    [...(world.failures.get(id) ?? [])]
      .filter(([hour]) => hour >= Math.floor(from / HOUR_MS) && hour <= Math.floor(to / HOUR_MS))
      .reduce((sum, [, one]) => sum + one, 0);
  return {
    peers: {
      connections,
      downtime: (from: UnixMs, to: UnixMs) =>
        world.gaps.filter((gap) => gap.to > from && gap.from < to),
    },
    fees: {
      changes: ({ since }: { since?: UnixMs }) =>
        world.changes.filter(({ at }) => at >= (since ?? 0)).map(feeChange),
      states: () =>
        new Map(
          world.outside.map(([id, outsideChanges]) => [
            id,
            stateAs({ channelId: id, outsideChanges }),
          ]),
        ),
    },
    forwards: {
      feeInsufficient: count,
      revenue: () => new Map([[ONE, { out: msat(0n), fees: world.revenue }]]),
    },
    chain: { samples: (since: UnixMs) => world.samples.filter(({ at }) => at >= since) },
    spending: {
      payments: ({ since = unixMs(0) }: { since?: UnixMs }) =>
        world.paid.filter(({ at }) => at >= since).map(payment),
    },
  };
}

export function watching(change: Partial<World> = {}, { firstStart = true } = {}) {
  const world: World = { ...QUIET, ...change };
  const clock = new SplitClock(NOW);
  const locks = new Locks();
  const [journal, alerts, infos]: [NewDecision[], string[], string[]] = [[], [], []];
  const read = memory(world);
  const cursors = () => ({
    created: 0,
    updated: 0,
    hydrationMark: firstStart ? undefined : 0,
    hydrated: true,
  });
  const watch = new ProtectionWatch({
    store: {
      ...read,
      forwards: { ...read.forwards, cursors },
      locks,
      journal: { append: (one) => journal.push(one) },
    },
    clock,
    channels: () => world.channels,
    blockHeight: () => world.height,
    waitingFor: () => world.waitingFor,
    unexplained: () => world.unexplained,
    authority: () => world.authority,
    configVersion: () => 7,
    alert: (text) => alerts.push(text),
    log: (_, text) => infos.push(text),
  });
  const held = () => watch.active();
  /** Turns once a minute. */
  const turn = (minutes = 1) => {
    for (let i = 0; i < minutes; i += 1) {
      watch.run();
      clock.pass(MINUTE);
    }
  };
  return { world, clock, locks, journal, alerts, infos, watch, held, turn };
}

export const ago = (ms: number) => laterBy(NOW, -ms);
/** Block space at 5 sat/vB all day, and now this. */
export const spike = (last = 90) => [
  ...Array.from({ length: 20 }, (_, i) => ({ at: ago((21 - i) * 7 * MINUTE), satPerVbyte: 5 })),
  { at: NOW, satPerVbyte: last },
];
