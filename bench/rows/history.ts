/**
 * What costs when history grows: flow analysis, fee and rebalance cycle and reading methods at 1×, 3× and 10× the forwards, on one
 * memory that grows under them (SPEC 12). The window stays the same, so the time should too.
 */
import type { PeerChannel } from '../../src/ports/node.ts';
import { type Bench, type BenchRow, quantile, row, timed } from '../bench-row.ts';
import { LongHistory } from '../long-history.ts';
import { ServedNode } from '../served-node.ts';
import { forwardOf, forwardsWithin } from '../synthetic-forwards.ts';

const CHANNELS = 1000;
const FORWARDS = 10_000_000;
const PARTS = [0.1, 0.3, 1];
const TURNS = 7;
const FEE_INTERVAL_MS = 1_800_000;
const REBALANCE_INTERVAL_MS = 900_000;
const CALLS_A_METHOD = 40;
/** SPEC 12: bounds at 1000 channels and 10 M forwards. */
const FLOW_MS = 300;
const FEE_CYCLE_MS = 150;
const REBALANCE_CYCLE_MS = 150;
const READ_RPC_MS = 250;
/** "Cost grows with the window and with channels, not with history": the noise of a shared machine is allowed for. */
const GROWTH = 1.5;

type Sample = { readonly forwards: number; readonly median: number };
type Probe = {
  readonly name: string;
  readonly bound: number;
  /** Median milliseconds, and rows of its own. */
  readonly measure: (
    history: LongHistory,
  ) => Promise<{ readonly median: number; readonly rows: readonly BenchRow[] }>;
};

const flow: Probe = {
  name: 'flow',
  bound: FLOW_MS,
  async measure({ parts }) {
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) times.push(await timed(() => parts.flow.run()));
    return { median: quantile(times, 0.5), rows: [] };
  },
};

const feeCycle: Probe = {
  name: 'fee-cycle',
  bound: FEE_CYCLE_MS,
  async measure(history) {
    const { parts, node } = history;
    await history.settle();
    const times: number[] = [];
    const before = { looks: node.looks, unchanged: node.setUnchanged };
    for (let turn = 0; turn < TURNS; turn += 1) {
      history.grow(history.forwards + forwardsWithin(FEE_INTERVAL_MS));
      times.push(await timed(() => parts.pricing.cycle.run('bench')));
    }
    return {
      median: quantile(times, 0.5),
      rows: [
        row('fee-cycle/listpeerchannels a cycle', (node.looks - before.looks) / TURNS, 'calls', 1),
        row(
          'fee-cycle/setchannel for an unchanged fee',
          node.setUnchanged - before.unchanged,
          'calls',
          0,
        ),
      ],
    };
  },
};

const rebalanceCycle: Probe = {
  name: 'rebalance-cycle',
  bound: REBALANCE_CYCLE_MS,
  async measure(history) {
    const { parts, node } = history;
    await history.settle();
    const times: number[] = [];
    const before = node.looks;
    for (let turn = 0; turn < TURNS; turn += 1) {
      history.grow(history.forwards + forwardsWithin(REBALANCE_INTERVAL_MS));
      times.push(await timed(() => parts.rebalancing.run('bench')));
    }
    const looks = (node.looks - before) / TURNS;
    return {
      median: quantile(times, 0.5),
      rows: [row('rebalance-cycle/listpeerchannels a cycle', looks, 'calls', 1)],
    };
  },
};

type Read = readonly [string, object];
/** The reading methods an operator calls, whose windows every part of the history fills. */
const READS: readonly Read[] = [
  ['revenue-status', {}],
  ['revenue-status', { limit: 1000 }],
  ['revenue-analyze', {}],
  ['revenue-fee-debug', {}],
  ['revenue-rebalance-debug', {}],
  ['revenue-locks', {}],
  ['revenue-doctor', {}],
  ['revenue-config', { action: 'list' }],
  ['revenue-report', { report_type: 'policies' }],
  ['revenue-report', { report_type: 'late' }],
  ['revenue-report', { report_type: 'days' }],
  ['revenue-report', { report_type: 'channels' }],
  // As many days as fit one answer where every channel has something every day.
  ['revenue-report', { report_type: 'ledger', days: 10, format: 'csv' }],
  ['revenue-dashboard', {}],
  ['revenue-profitability', {}],
  ['revenue-capacity-report', {}],
  ['revenue-plan', { format: 'table' }],
];
/** Those that look at all days, or at more than the shortest history has: they cost what their days cost. */
const LONG_READS: readonly Read[] = [
  ['revenue-report', {}],
  ['revenue-report', { report_type: 'costs' }],
  ['revenue-report', { report_type: 'hive' }],
  ['revenue-report', { report_type: 'late', days: 365 }],
  ['revenue-report', { report_type: 'days', days: 365 }],
  ['revenue-report', { report_type: 'days', days: 90, format: 'csv' }],
  ['revenue-report', { report_type: 'channels', days: 365 }],
  ['revenue-report', { report_type: 'channels', days: 90, format: 'csv' }],
  ['revenue-dashboard', { window_days: 365 }],
  ['revenue-history', {}],
];
/** Those that are about one channel. */
const readsOf = ({ scid, peerId }: PeerChannel): readonly Read[] => [
  ['revenue-explain', { subject: String(scid) }],
  ['revenue-profitability', { channel_id: String(scid) }],
  ['revenue-report', { report_type: 'peer', peer_id: peerId }],
  ['revenue-report', { report_type: 'peer', peer_id: peerId, days: 30 }],
];

/** How a row names a call: ids are longer than anybody reads. */
const shownCall = ([method, params]: Read): string =>
  [method, ...Object.values(params).map((value) => String(value).slice(0, 16))].join(' ');

const readRpc: Probe = {
  name: 'read-rpc',
  bound: READ_RPC_MS,
  async measure(history) {
    await history.parts.flow.run();
    await history.parts.pricing.cycle.run('bench');
    const [channel] = await history.node.peerChannels();
    const medians: number[] = [];
    const rows: BenchRow[] = [];
    for (const call of [...READS, ...(channel ? readsOf(channel) : []), ...LONG_READS]) {
      const times: number[] = [];
      for (let i = 0; i < CALLS_A_METHOD; i += 1)
        times.push(await timed(() => history.call(...call)));
      if (!LONG_READS.includes(call)) medians.push(quantile(times, 0.5));
      const name = `read-rpc/${shownCall(call)} p99`;
      rows.push(row(name, quantile(times, 0.99), 'ms', READ_RPC_MS));
    }
    return { median: medians.reduce((sum, ms) => sum + ms, 0) / medians.length, rows };
  },
};

/** The plugin's own process on that memory, after its first flow and fee cycles. */
const STEADY_MS = 75_000;
const STEADY_RSS_MB = 150;

async function steadyRss(history: LongHistory): Promise<BenchRow> {
  const { forwards } = history;
  const file = history.leave();
  const served = new ServedNode(CHANNELS, { rows: forwards, at: (n) => forwardOf(n, CHANNELS) });
  try {
    await served.start({ 'revenue-ops-db-path': file, 'revenue-ops-authority': 'fees' });
    await new Promise((done) => setTimeout(done, STEADY_MS));
    return row('memory/steady RSS', served.health().rss / 1e6, 'MB', STEADY_RSS_MB);
  } finally {
    await served.end();
  }
}

const millions = (forwards: number): string => `${forwards / 1e6} M forwards`;

/** One history for all probes that are wanted: it takes minutes to write. */
export function historyBench(name: string, wanted: readonly string[], forwards = FORWARDS): Bench {
  const probes = [flow, feeCycle, rebalanceCycle, readRpc].filter((probe) =>
    wanted.includes(probe.name),
  );
  return {
    name,
    async run(say) {
      const history = new LongHistory(CHANNELS);
      try {
        await history.begin();
        const samples = new Map<string, Sample[]>(probes.map((probe) => [probe.name, []]));
        const rows: BenchRow[] = [];
        for (const part of PARTS) {
          say(`writing ${millions(forwards * part)}`);
          history.grow(Math.max(history.forwards, forwards * part));
          for (const probe of probes) {
            const measured = await probe.measure(history);
            samples.get(probe.name)?.push({ forwards: forwards * part, median: measured.median });
            if (part === 1) rows.push(...measured.rows);
          }
        }
        if (wanted.includes('memory')) {
          say(`living on it for ${STEADY_MS / 1000} s`);
          rows.push(await steadyRss(history));
        }
        return [
          ...probes.flatMap((probe) => timesOf(probe, samples.get(probe.name) ?? [])),
          ...rows,
        ];
      } finally {
        history.end();
      }
    },
  };
}

function timesOf(probe: Probe, samples: readonly Sample[]): readonly BenchRow[] {
  const [first] = samples;
  return samples.flatMap((sample) => {
    const times = row(
      `${probe.name}/${millions(sample.forwards)}`,
      sample.median,
      'ms',
      probe.bound,
    );
    if (first === undefined || sample === first) return [times];
    const ratio = sample.median / first.median;
    const name = `${probe.name}/${sample.forwards / first.forwards}× history`;
    return [times, row(name, ratio, 'times', GROWTH)];
  });
}
