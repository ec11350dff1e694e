/** How long each table keeps its rows (SPEC 2.5: every table declares its retention). A test compares with the schema. */

/** Connection history (SPEC 2.7): uptime looks back 24 h, stagnation 7 days. */
export const KEEP_CONNECTIONS_DAYS = 30;
/** Routable time: v of SPEC 4.5 looks back at most 365 days. */
export const KEEP_ROUTABLE_DAYS = 400;
/** Missed revenue per pair and day (SPEC 2.9). */
export const KEEP_MISSED_DAYS = 365;
/** Feerate samples (SPEC 3.4 needs 24 h). */
export const KEEP_FEERATES_HOURS = 48;
/** SPEC 7.4. */
export const KEEP_DECISIONS_DAYS = 90;
/** Fee changes, for undo and gossip accounts. */
export const KEEP_FEE_CHANGES_DAYS = 730;
/** Jobs and payments: Kelly and past prices look back a year (SPEC 4.5). */
export const KEEP_JOBS_DAYS = 400;
/** The same in the ledger's time: no cap looks back further than 30 days (SPEC 4.6). */
export const KEEP_LEDGER_DAYS = 60;
/** Halves of payments: the other half comes within the life of an HTLC, two weeks at most. */
export const KEEP_MOVES_DAYS = 30;
/** Lines of the log of policies: years of any operator's, and a bound for anybody else. */
export const KEEP_POLICY_CHANGES = 100_000;
/** Blocks of which one moment is kept: a day of them. */
export const BLOCKS_A_ROW = 144;
/** Locks stay readable after they expired. */
export const KEEP_LOCKS_DAYS = 90;

export const TABLE_RETENTION: Readonly<Record<string, string>> = {
  channel: 'for ever: the history of closed channels stays exact',
  channel_name: 'for ever: a name never changes its channel',
  settled: 'keep-forwards-days, then only its roll-ups',
  unusable: 'keep-forwards-days',
  flow_hour: 'keep-forwards-days',
  flow_day: 'for ever',
  channel_total: 'for ever',
  node_day: 'for ever',
  failure_hour: 'keep-forwards-days, then failure_total',
  failure_total: 'for ever: a row a channel, side and reason',
  missed: `${KEEP_MISSED_DAYS} days`,
  ingest: 'one row',
  reputation: 'until decayed below a thousandth',
  connection: `${KEEP_CONNECTIONS_DAYS} days, and the last of each peer with an open channel`,
  downtime: `${KEEP_CONNECTIONS_DAYS} days`,
  routable_day: `${KEEP_ROUTABLE_DAYS} days`,
  decision: `${KEEP_DECISIONS_DAYS} days, then one a channel, kind and day`,
  fee_state: 'while the channel is open: dropped by the fee cycle',
  fee_change: `${KEEP_FEE_CHANGES_DAYS} days`,
  flow_metric: 'the last analysis',
  feerate: `${KEEP_FEERATES_HOURS} hours`,
  setting: 'until reset',
  policy: 'until replaced, removed or expired',
  policy_change: `the newest ${KEEP_POLICY_CHANGES}`,
  lock: `${KEEP_LOCKS_DAYS} days after its expiry`,
  rebalance_job: `${KEEP_JOBS_DAYS} days after its end`,
  job_source: 'as its job',
  invoice_move: `${KEEP_MOVES_DAYS} days of running`,
  send_part: `${KEEP_MOVES_DAYS} days of running`,
  circular_payment: `${KEEP_JOBS_DAYS} days, and while its job is open`,
  rebalance_total: 'for ever: a row a channel',
  job_record: 'for ever: a row a channel',
  import_source: 'for ever: a row an import',
  imported_cost: 'for ever: at most 100 000 of one import',
  imported_rebalance: 'for ever: at most 100 000 of one import',
  imported_fee_change: 'for ever: at most 100 000 of one import',
  imported_mark: 'for ever: a row a policy or setting taken',
  clboss_peer: 'while a tag of ours is at clboss, or may be',
  book: 'one row',
  cost_day: 'for ever: a row a channel and day on which it cost something',
  cost_total: 'for ever: a row a channel',
  late: 'for ever: facts of days that were closed',
  book_day: 'for ever: a row a day',
  book_sum: 'for ever: a row a channel every 8 days',
  reconciliation: 'for ever: a row a day',
  snapshot: 'for ever: a row a day',
  move_day: 'for ever: a row a day and tag',
  circle_fee: `${KEEP_MOVES_DAYS} days of running`,
  chain_move: 'for ever: a few an opening, close, splice and payment on the chain',
  chain_fee: 'for ever: a row a transaction and channel',
  chain_odd: 'for ever, or until more is known',
  block_time: `one a ${BLOCKS_A_ROW} blocks, and the newest`,
  fact: 'one row a fact',
};
