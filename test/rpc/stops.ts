/**
 * Where the tour stops: every method and every action of it, with arguments that mean something. A method without
 * stops, an action or a parameter that none of them names, is a fault of the tour (`tour.ts`).
 */
import { join } from 'node:path';

/** What the stops talk of. */
export type Place = {
  readonly scid: (index: number) => string;
  readonly peer: (index: number) => string;
  readonly stranger: string;
  /** A folder that may be written to. */
  readonly folder: string;
  /** A database of the Python plugin. */
  readonly ancestor: string;
  /** A UTC day that is over, and its month. */
  readonly day: string;
  readonly month: string;
  /** Newest fee change and its cycle. */
  readonly change: number;
  readonly cycle: number;
  /** Which round it is: what can be done only once is done to something else in each. */
  readonly round: number;
};

export type Stop = {
  /** What it is about, when the first argument does not say it. */
  readonly about?: string;
  /** In the order of the positions. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** The same by position, where the action decides which word comes when. */
  readonly list?: readonly unknown[];
  /** Allowed values of `status` in the answer, where it has one. */
  readonly status?: readonly string[];
  /** Nothing is written by it, though its method can. */
  readonly reads?: true;
};

type Stops = (place: Place) => readonly Stop[];

const reads = (...args: readonly Readonly<Record<string, unknown>>[]): readonly Stop[] =>
  args.map((one) => ({ args: one, reads: true }));

/** Another pair of channels in each round. */
const rebalance: Stops = ({ scid, round }) => {
  const answered = ['initiated', 'refused'];
  const [from_channel, next, after] = [round, round + 1, round + 2].map((n) => scid(n % 4));
  const amount_sats = 100_000;
  return [
    { args: { from_channel, to_channel: next, amount_sats }, status: answered },
    {
      about: 'forced',
      args: { from_channel, to_channel: after, amount_sats, max_fee_sats: 50, force: true },
      status: answered,
    },
  ];
};

const policy: Stops = ({ peer, scid, stranger }) => {
  const all = {
    strategy: 'static',
    rebalance: 'enabled',
    fee_ppm: 120,
    min_ppm: 10,
    max_ppm: 900,
    tags: 'whale,old',
    expires_in_hours: 24,
  };
  const update = { peer_id: peer(2), strategy: 'dynamic' };
  const done = ['success'];
  type Args = Readonly<Record<string, unknown>>;
  const act = (list: readonly unknown[], args: Args): Stop => ({ args, list, status: done });
  const look = (list: readonly unknown[], args: Args): Stop => ({ args, list, reads: true });
  return [
    { args: { action: 'set', peer_id: stranger, ...all }, status: done },
    { args: { action: 'set', peer_id: scid(1), strategy: 'passive' }, status: done },
    {
      args: {
        action: 'set',
        peer_id: 'tag:whale',
        strategy: null,
        rebalance: null,
        fee_ppm: null,
        min_ppm: null,
        max_ppm: null,
        tags: null,
        expires_in_hours: null,
        rebalance_mode: 'sink_only',
        fee_ppm_target: 50,
      },
      status: done,
    },
    act(['set', null, null, null, null, 20, null, null, null, null, null, scid(2)], {
      action: 'set',
      min_ppm: 20,
      channel_id: scid(2),
    }),
    act(['tag', stranger, 'whale'], { action: 'tag', peer_id: stranger, tag: 'whale' }),
    look(['find', 'whale', 5], { action: 'find', tag: 'whale', limit: 5 }),
    act(['untag', stranger, 'whale'], { action: 'untag', peer_id: stranger, tag: 'whale' }),
    look(['get', stranger], { action: 'get', peer_id: stranger }),
    look(['list', 10], { action: 'list', limit: 10 }),
    look(['changes', 0, 9], { action: 'changes', since: 0, limit: 9 }),
    act(['batch', [update]], { action: 'batch', updates: [update] }),
    act(['delete', stranger], { action: 'delete', peer_id: stranger }),
    act(['delete', scid(1)], { action: 'delete', peer_id: scid(1) }),
  ];
};

/** In second place, after what may be left out. */
const shown = (...formats: readonly string[]): readonly Stop[] =>
  formats.map((format) => ({ args: { format }, list: [null, format] }));

const report: Stops = ({ peer, scid, day, month }) => [
  {},
  {
    args: { report_type: 'summary', format: 'json' },
    list: ['summary', null, null, null, null, 'json'],
  },
  { args: { report_type: 'peer', peer_id: peer(0) } },
  { about: 'by channel', args: { report_type: 'peer', peer_id: scid(1), days: 7 } },
  { args: { report_type: 'hive' } },
  { args: { report_type: 'policies' } },
  { args: { report_type: 'costs', days: 3 }, list: ['costs', null, null, null, 3] },
  { args: { report_type: 'days', from: day, to: day }, list: ['days', day, day] },
  {
    args: { report_type: 'channels', month, format: 'csv' },
    list: ['channels', null, null, month, null, 'csv'],
  },
  {
    args: { report_type: 'late', format: 'table' },
    list: ['late', null, null, null, null, 'table'],
  },
  { args: { report_type: 'ledger', from: day, to: day }, list: ['ledger', day, day] },
  {
    about: 'to export',
    args: { report_type: 'ledger', month, format: 'csv' },
    list: ['ledger', null, null, month, null, 'csv'],
  },
];

/** Of each method; the tour takes them in this order. */
export const STOPS: Readonly<Record<string, Stops>> = {
  'revenue-status': () => [{}, { args: { limit: 5 } }],
  'revenue-explain': ({ scid }) => [
    { args: { subject: scid(0) } },
    { about: 'data', args: { subject: scid(1), json: true } },
    { about: 'decision', args: { subject: 1 } },
  ],
  'revenue-config': () => [
    ...reads({ action: 'list' }, { action: 'get' }, { action: 'get', key: 'min_fee_ppm' }),
    { args: { action: 'set', key: 'min_fee_ppm', value: 11 }, status: ['success'] },
    ...reads({ action: 'diff' }, { action: 'list-mutable' }),
    { args: { action: 'reset', key: 'min_fee_ppm' }, status: ['success'] },
  ],
  'revenue-set-fee': ({ scid, peer }) => [
    { args: { channel_id: scid(0), fee_ppm: 222 }, status: ['success'] },
    {
      about: 'peer',
      args: { channel_id: peer(1), fee_ppm: 333, expires_in_hours: 2, force: true },
      status: ['success'],
    },
  ],
  'revenue-undo': ({ scid, change, cycle }) => [
    { about: 'change', args: { change }, status: ['success', 'noop'] },
    { about: 'cycle', args: { cycle }, status: ['success', 'noop'] },
    { about: 'since', args: { since: '6h' }, status: ['success', 'noop'] },
    { args: { baseline: 'baseline', channel_id: scid(0) }, status: ['success', 'noop'] },
    { args: { baseline: 'true' }, status: ['success', 'noop'] },
  ],
  'revenue-policy': policy,
  'revenue-rebalance': rebalance,
  'revenue-pump': rebalance,
  'revenue-locks': ({ round }) => [
    {},
    { args: { action: 'list' }, status: ['ok'], reads: true },
    { args: { action: 'remove', id: 90_001 + round }, status: ['noop'] },
    { args: { action: 'settle', id: 90_001, spent_sats: 3 }, status: ['noop'] },
    {
      about: 'settle in msat',
      args: { action: 'settle', id: 90_001, spent_msat: 3 },
      status: ['noop'],
    },
  ],
  'revenue-pause': () => [
    { args: { scope: 'fees', hours: 1 }, status: ['paused'] },
    { args: { scope: 'rebalance' }, status: ['paused'] },
    { args: { scope: 'all', hours: 2, restore: true }, status: ['paused'] },
  ],
  'revenue-resume': () => [{ status: ['resumed'] }],
  'revenue-analyze': ({ scid }) => [{}, { args: { channel_id: scid(0) }, reads: true }],
  'revenue-fee-debug': ({ scid }) => [
    { args: { channel_id: scid(0) } },
    { about: 'rows', args: { limit: 2 } },
  ],
  'revenue-rebalance-debug': ({ scid }) => [
    { args: { channel: scid(0) } },
    { about: 'rows', args: { limit: 2 } },
  ],
  'revenue-doctor': () => [{}, { args: { json: true, restore: true } }],
  'revenue-clboss-status': () => [{}],
  'revenue-report': report,
  'revenue-dashboard': () => [{}, { args: { window_days: 7 } }, ...shown('json', 'table')],
  'revenue-history': () => [{}, { args: { limit: 3 } }, ...shown('json', 'table', 'csv')],
  'revenue-profitability': ({ scid }) => [
    {},
    { args: { channel_id: scid(1) } },
    ...shown('json', 'table', 'csv'),
  ],
  'revenue-capacity-report': () => [
    {},
    { args: { format: 'table' } },
    { args: { format: 'json' } },
  ],
  'revenue-plan': () => [{ args: { format: 'table' } }, { args: { format: 'json' } }],
  'revenue-hive-status': () => [{}, { args: { limit: 5 } }],
  'revenue-import': ({ ancestor }) => [
    { args: { path: ancestor }, status: ['would'], reads: true },
    { about: 'for good', args: { path: ancestor, dry_run: false }, status: ['imported'] },
  ],
  'revenue-backup': ({ folder, round }) => [
    { status: ['written'], reads: true },
    { args: { path: join(folder, `backup-${round}.db`) }, status: ['written'], reads: true },
  ],
  'revenue-ignore': ({ stranger }) => [
    { args: { peer_id: stranger, reason: 'quiet' }, status: ['success'] },
  ],
  'revenue-list-ignored': () => [{}],
  'revenue-unignore': ({ stranger }) => [{ args: { peer_id: stranger }, status: ['success'] }],
  'revenue-remanage': ({ peer }) => [
    { args: { peer_id: peer(3), tag: 'lnfee' }, status: ['success', 'noop'] },
    { args: { peer_id: peer(3), tag: 'balance' }, status: ['success', 'noop'] },
    { args: { peer_id: peer(3), tag: 'open' }, status: ['success', 'noop'] },
    { args: { peer_id: peer(3), tag: 'close' }, status: ['success', 'noop'] },
    { args: { peer_id: peer(3), tag: 'all' }, status: ['success', 'noop'] },
  ],
};
