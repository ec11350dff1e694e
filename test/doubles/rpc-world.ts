/** A small node in memory behind the RPC methods: three open channels, one closed, a journal, one lock. */

import { parseOptions } from '../../src/config/parse-options.ts';
import type { ClimberState } from '../../src/core/fees/hill-climbing.types.ts';
import type { LadderState } from '../../src/core/fees/ladder.types.ts';
import type { ChannelFeeState, FeeDecision } from '../../src/core/fees/types.ts';
import type { FlowMetrics } from '../../src/core/flow/types.ts';
import type { LockScope } from '../../src/core/protections/trigger.ts';
import {
  type ChannelId,
  fromSat,
  HOUR_MS,
  laterBy,
  msat,
  parseChannelId,
  parseNodeId,
  parseScid,
  ppm,
  share,
  unixMs,
} from '../../src/core/units.ts';
import { ConfigService } from '../../src/cycles/config-service.ts';
import { Fleet } from '../../src/cycles/fleet.ts';
import { PolicyService } from '../../src/cycles/policy-service.ts';
import type {
  Board,
  BrakeService,
  BrakeState,
  FeeActResult,
  FeeService,
} from '../../src/cycles/services.ts';
import type { PeerChannel } from '../../src/ports/node.ts';
import type { Decision, FeeChange, Lock, SettingStore } from '../../src/ports/store.ts';
import type { LockBook, RpcContext } from '../../src/rpc/context.ts';
import { BackupsDouble } from './backups-double.ts';
import type { BooksDouble } from './books-double.ts';
import { CapacityDouble } from './capacity-double.ts';
import { ClbossServiceDouble } from './clboss-service.ts';
import { filledBooks } from './filled-books.ts';
import { hiveState } from './hive-state.ts';
import { MemoryPolicies } from './memory-policies.ts';
import { RebalanceDouble } from './rebalance-double.ts';

export const NOW = unixMs(1_767_700_800_000);

function sure<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a test constant does not parse');
  return value;
}
const channelId = (digit: string): ChannelId => sure(parseChannelId(digit.repeat(64)));
const scid = (text: string) => sure(parseScid(text));
export const ALICE = sure(parseNodeId(`02${'a'.repeat(64)}`));
export const BOB = sure(parseNodeId(`03${'b'.repeat(64)}`));
export const FIRST = { id: channelId('1'), scid: '800148x28x0', alias: '16000000x1x1' };
export const SECOND = { id: channelId('2'), scid: '800185x35x1', alias: '16000000x2x2' };
export const BOBS = { id: channelId('3'), scid: '801850x350x0', alias: '16000000x3x3' };
export const CLOSED = { id: channelId('4'), scid: '700000x1x0' };

function open(names: typeof FIRST, peerId: typeof ALICE): PeerChannel {
  const policy = { base: msat(0n), ppm: ppm(165), htlcMin: msat(0n), htlcMax: fromSat(990_000) };
  return {
    peerId,
    connected: true,
    state: 'CHANNELD_NORMAL',
    channelId: names.id,
    scid: scid(names.scid),
    aliasLocal: scid(names.alias),
    aliasRemote: undefined,
    isPrivate: false,
    opener: 'local',
    capacity: fromSat(1_000_000),
    toUs: fromSat(158_500),
    ourReserve: fromSat(10_000),
    theirReserve: fromSat(10_000),
    spendable: fromSat(148_500),
    receivable: fromSat(831_500),
    ours: policy,
    theirs: undefined,
    maxAcceptedHtlcs: 483,
    htlcs: [],
    stateChanges: [],
  };
}
const OPEN = [open(FIRST, ALICE), open(SECOND, ALICE), open(BOBS, BOB)];

const flowOf = (id: ChannelId, volume: number): FlowMetrics => ({
  channelId: id,
  at: NOW,
  windowDays: 7,
  in: fromSat(volume),
  out: fromSat(volume * 2),
  count: 12,
  dailyVolume: msat(fromSat(volume * 3) / 7n),
  velocity: 0.1,
  direction: 1 / 3,
  state: 'BALANCED',
  confidence: 'high',
  share: share(0.15),
  capacity: fromSat(1_000_000),
});

const LADDER: LadderState = {
  rung: 2,
  sales: [0, 0, 1, 0, 0, 0, 0],
  exposureDays: [1, 1, 1, 0, 0, 0, 0],
  at: NOW,
  nextMoveAt: laterBy(NOW, HOUR_MS),
  drained: 0,
  today: { day: 20_000, credited: 0 },
  remainder: { factor: 1, since: NOW },
  drainGuards: 0,
  startPpm: ppm(640),
};
const CLIMBER: ClimberState = {
  anchor: 300,
  direction: 1,
  step: 30,
  current: {
    anchor: 300,
    hours: 1,
    revenue: 0,
    count: 0,
    squares: 0,
    comparable: true,
    until: NOW,
  },
  past: [],
  product: 1,
  calmWindows: 0,
  sleepUntil: undefined,
  sleepRate: 0,
  exploreSide: 1,
  paid: [],
  dryDays: 0,
  reference: 300,
  configVersion: 0,
};
export const stateOf = (id: ChannelId): ChannelFeeState => ({
  channelId: id,
  firstSeenAt: NOW,
  baseline: { ppm: ppm(100), base: msat(1000n), htlcMax: fromSat(990_000) },
  sent: { ppm: ppm(165), base: msat(0n), at: laterBy(NOW, -HOUR_MS) },
  ruledBy: 'price',
  target: ppm(170),
  gossip: { tokens: 1.5, at: NOW },
  dayOpen: { ppm: ppm(165), at: NOW },
  sends: [],
  anchorSent: 160,
  pricedBy: 'ladder',
  bargainRestUntil: undefined,
  outsideChanges: [],
  htlcMaxBefore: undefined,
  probe: undefined,
  probesEnded: [],
  unknownSince: undefined,
  ladder: LADDER,
  climber: CLIMBER,
});

const decisionOf = (id: number, channel: ChannelId, number: number): Decision => ({
  id,
  at: laterBy(NOW, -2 * HOUR_MS),
  lastAt: laterBy(NOW, -HOUR_MS),
  count: 3,
  kind: 'fee',
  channelId: channel,
  configVersion: 0,
  rule: 'price',
  binding: 'anchor',
  number,
  trail: [
    { rule: 'policy', verdict: 'passes', because: 'the strategy is dynamic' },
    { rule: 'price', verdict: 'applies', value: number, because: 'at 160 ppm I expect more' },
  ],
  inputs: String(number),
  outcome: 'would',
  error: undefined,
});

/** The first channel as a destination: it was filled lately. */
const RESTING: Decision = {
  ...decisionOf(3, FIRST.id, 0),
  kind: 'rebalance',
  rule: 'cool_down',
  binding: 'cool_down',
  number: undefined,
  trail: [
    { rule: 'futility', verdict: 'passes', because: '0 failures in a row' },
    { rule: 'cool_down', verdict: 'applies', because: 'was filled, rests for another 3 h' },
  ],
  inputs: 'cool_down',
  outcome: 'none',
};

const CHANGES: readonly FeeChange[] = [
  {
    id: 17,
    channelId: FIRST.id,
    at: laterBy(NOW, -HOUR_MS),
    from: { ppm: ppm(150), base: msat(0n), htlcMax: fromSat(990_000) },
    to: { ppm: ppm(165), base: msat(0n), htlcMax: fromSat(990_000) },
    by: 'price',
    cycle: 5,
    decisionId: 1,
    gossiped: true,
  },
];
const LOCK: Lock = {
  id: 1,
  scope: 'fees',
  channelId: SECOND.id,
  reason: 'somebody else set its fee twice in a day',
  since: laterBy(NOW, -HOUR_MS),
  expiresAt: laterBy(NOW, 23 * HOUR_MS),
};

/** Settings on a disk that keeps what it is given. */
export function diskSettings(): SettingStore {
  let version = 0;
  const values = new Map<string, string>();
  return {
    overrides: () => ({ version, values: new Map(values) }),
    put: (changes) => {
      for (const [key, text] of changes)
        if (text === undefined) values.delete(key);
        else values.set(key, text);
      version += 1;
      return version;
    },
  };
}

/** Does what the real service promises, on a list of prices; `outcome` is what lightningd says. */
/** A channel that sold; FIRST never did. */
const EARNED = {
  inCount: 1,
  in: fromSat(500),
  outCount: 12,
  out: fromSat(10_000),
  fees: msat(1_234_000n),
  assistedFees: msat(10n),
};
/** One pair that asked for more than there was. */
const MISSED = [
  {
    day: 20_000,
    inChannel: '700000x1x0',
    outChannel: '700001x1x0',
    count: 4,
    amount: msat(50_000_000n),
  },
];

class FeesDouble implements FeeService {
  readonly prices = new Map(OPEN.map(({ channelId }) => [channelId, 165]));
  outcome: FeeActResult['outcome'] = 'done';

  async setFee(...[request, check]: Parameters<FeeService['setFee']>) {
    const { subject } = request;
    return this.#act(
      OPEN.filter((channel) =>
        'channelId' in subject
          ? channel.channelId === subject.channelId
          : channel.peerId === subject.peerId,
      ).map((channel) => channel.channelId),
      request.ppm,
      check,
    );
  }
  async undo(...[request, check]: Parameters<FeeService['undo']>) {
    if ('baseline' in request) return this.#act([request.channelId ?? FIRST.id], 100, check);
    const found = CHANGES.filter((change) =>
      'change' in request
        ? change.id === request.change
        : 'cycle' in request
          ? change.cycle === request.cycle
          : change.at >= request.since,
    );
    return this.#act(
      found.map((change) => change.channelId),
      150,
      check,
    );
  }
  #act(ids: readonly ChannelId[], to: number, check: boolean): readonly FeeActResult[] {
    return ids.map((id) => {
      const from = this.prices.get(id) ?? 0;
      const outcome = check ? 'would' : this.outcome;
      if (outcome === 'done') this.prices.set(id, to);
      const because = outcome === 'failed' ? 'lightningd said no' : 'as ordered';
      return { channelId: id, outcome, from: ppm(from), to: ppm(to), because };
    });
  }
  async preview(id: ChannelId) {
    const channel = OPEN.find((one) => one.channelId === id);
    return channel && { decision: this.replay('165'), channel };
  }
  /** The inputs of this double are the number itself. */
  replay(inputs: string): FeeDecision {
    if (!/^\d+$/.test(inputs)) throw new SyntaxError('the inputs are of another version');
    return {
      kind: 'hold',
      target: {
        ppm: ppm(Number(inputs)),
        base: msat(0n),
        htlcMax: undefined,
        enforceDelay: undefined,
      },
      ruledBy: 'price',
      binding: 'anchor',
      trail: [{ rule: 'price', verdict: 'applies', because: 'the anchor holds' }],
      next: stateOf(FIRST.id),
      lookAgainMs: undefined,
    };
  }
  restoreCommands() {
    return [`lightning-cli setchannel ${FIRST.id} 1000 100`];
  }
  changes(limit: number) {
    return CHANGES.slice(0, limit);
  }
}

const board = (): Board => ({
  jobs: () => [
    {
      name: 'fees',
      running: false,
      lastRun: laterBy(NOW, -HOUR_MS),
      lastMs: 12.34,
      lastError: undefined,
      nextRun: laterBy(NOW, HOUR_MS / 2),
      runs: 4,
      failures: 0,
      waitingFor: undefined,
    },
  ],
  ingest: () => ({
    phase: 'live',
    created: 200,
    updated: 190,
    nodeCreated: 200,
    forwards: 90,
    queued: 0,
    dropped: 0,
    unresolved: 1,
  }),
  neighbours: () => [{ name: 'sling', present: false, consequence: 'nothing is rebalanced' }],
  warnings: () => [],
  books: () => ({
    closedUntil: 20_458,
    behind: undefined,
    unexplained: undefined,
    oddTransactions: 0,
  }),
  authority: () => 'observe',
  channels: () => OPEN,
  firstDays: () => ({
    since: NOW,
    channels: 2,
    raise: 1,
    lower: 1,
    medianNow: ppm(100),
    medianWanted: ppm(200),
    unsent: 7,
  }),
});

/** One brake at a time is enough here. */
export class BrakeDouble implements BrakeService {
  #active: BrakeState[] = [];

  pause(scope: LockScope, hours: number | undefined): BrakeState {
    const until = hours === undefined ? undefined : unixMs(NOW + hours * 3_600_000);
    const state = { scope, since: NOW, until };
    this.#active = [state];
    return state;
  }
  resume(): number {
    const released = this.#active.length;
    this.#active = [];
    return released;
  }
  active(): readonly BrakeState[] {
    return this.#active;
  }
}

/** Locks that go when they are told to. */
class LockBookDouble implements LockBook {
  readonly #locks = new Map([[LOCK.id, LOCK]]);
  active(): readonly Lock[] {
    return [...this.#locks.values()];
  }
  remove(id: number): boolean {
    return this.#locks.delete(id);
  }
}

export type RpcWorld = {
  readonly context: RpcContext;
  readonly fees: FeesDouble;
  readonly rebalance: RebalanceDouble;
  readonly books: BooksDouble;
  readonly capacity: CapacityDouble;
  readonly policies: PolicyService;
  /** What was asked of the fee cycle. */
  readonly due: readonly string[];
  readonly lockBook: LockBook;
  readonly clboss: ClbossServiceDouble;
  readonly config: ConfigService;
};

/** What the methods read of the store. */
function storeOf(lockBook: LockBookDouble): RpcContext['store'] {
  const states = new Map([FIRST, SECOND].map(({ id }) => [id, stateOf(id)]));
  const journal = [decisionOf(1, FIRST.id, 165), decisionOf(2, BOBS.id, 200), RESTING];
  const closed = {
    channelId: CLOSED.id,
    peerId: BOB,
    names: [CLOSED.scid],
    capacity: fromSat(500_000),
    openedByPeer: false,
    openedAt: undefined,
    closed: true,
  };
  return {
    forwards: {
      missed: () => MISSED,
      feeInsufficient: () => 3,
      channelTotals: () => new Map([[SECOND.id, EARNED]]),
      nodeTotals: () => ({
        forwards: 12,
        in: fromSat(10_001),
        out: fromSat(10_000),
        fees: msat(1_234_567n),
      }),
    },
    channels: {
      resolve: (name) => (name === CLOSED.scid ? CLOSED.id : undefined),
      get: (id) => (id === CLOSED.id ? closed : undefined),
      all: () => [closed],
    },
    fees: { states: () => states, state: (id) => states.get(id) },
    journal: {
      get: (id) => journal.find((one) => one.id === id),
      latest: (id, limit, kind) =>
        journal
          .filter((one) => one.channelId === id && (kind === undefined || one.kind === kind))
          .toReversed()
          .slice(0, limit),
      recent: (limit) => journal.toReversed().slice(0, limit),
      count: () => journal.length,
    },
    locks: { active: () => lockBook.active() },
    peers: {
      connections: () => new Map([[ALICE, [{ at: laterBy(NOW, -HOUR_MS), connected: true }]]]),
      downtime: () => [],
      reputations: () => [],
    },
    size: () => 4_194_304,
  };
}

/** `parts` replaces what a test is about. */
export function rpcWorld(parts: Partial<RpcContext> = {}): RpcWorld {
  const fees = new FeesDouble();
  const rebalance = new RebalanceDouble({
    at: NOW,
    scid: scid(FIRST.scid),
    first: { id: FIRST.id, peer: ALICE },
    second: { id: SECOND.id, peer: ALICE },
    last: { id: BOBS.id, peer: BOB },
  });
  const books = filledBooks({
    now: NOW,
    earner: { id: SECOND.id, name: SECOND.scid, peer: ALICE },
    loser: { id: FIRST.id, name: FIRST.scid, peer: ALICE },
    silent: { id: BOBS.id, name: BOBS.scid, peer: BOB },
    gone: { id: CLOSED.id, name: CLOSED.scid, peer: BOB },
  });
  const capacity = new CapacityDouble(NOW);
  const due: string[] = [];
  const policies = new PolicyService({
    store: new MemoryPolicies(),
    clock: { now: () => NOW },
    fleet: new Fleet(() => config.snapshot().hive_enabled !== 'false'),
    changed: (reason) => due.push(reason),
  });
  const lockBook = new LockBookDouble();
  const clboss = new ClbossServiceDouble();
  const config = new ConfigService(diskSettings(), parseOptions(new Map()).values, {
    now: () => NOW,
    elapsed: () => 0,
    at: () => () => undefined,
  });
  const flows = [flowOf(FIRST.id, 100), flowOf(SECOND.id, 5000)];
  const context: RpcContext = {
    version: '1.4.0',
    clock: { now: () => NOW },
    brake: new BrakeDouble(),
    store: storeOf(lockBook),
    config,
    fees,
    rebalance,
    books,
    capacity,
    policies,
    imports: {
      run: async () => ({ kind: 'refused', because: 'not here' }),
      offers: () => ({ paths: [], done: false }),
    },
    backups: new BackupsDouble(),
    hive: hiveState(),
    clboss,
    lockBook,
    flow: { analyze: () => flows, latest: () => flows },
    board: board(),
    node: { plugins: async () => ['bookkeeper', 'cl-revenue-ops'] },
    ...parts,
  };
  return { context, fees, rebalance, books, capacity, policies, due, lockBook, clboss, config };
}
