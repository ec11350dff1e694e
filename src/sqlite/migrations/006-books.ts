/**
 * The books by day (SPEC 6). Days are whole UTC ones since 1970, amounts integer msat. What a day earned is in flow_day
 * and what it cost in cost_day; once it is closed, triggers write whatever still changes there into `late`, so
 * a day as booked = its rows − late facts that belong to it + late facts booked on it, and never changes any more.
 */
const FLOWS = ['in_count', 'in_msat', 'in_fee', 'out_count', 'out_msat', 'out_fee'];
const COSTS = ['open', 'close', 'splice', 'rebalance', 'diagnostic', 'hive', 'onchain'].map(
  (kind) => `${kind}_msat`,
);
const ALL = [...FLOWS, ...COSTS];
const DAY_MS = 86_400_000;

const columns = (names: readonly string[]): string =>
  names.map((name) => `${name} INTEGER NOT NULL DEFAULT 0`).join(', ');
const adding = (names: readonly string[]): string =>
  names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
const difference = (names: readonly string[], when: Change): string =>
  names
    .map((name) => {
      if (when === 'UPDATE') return `NEW.${name} - OLD.${name}`;
      return when === 'INSERT' ? `NEW.${name}` : `-OLD.${name}`;
    })
    .join(', ');

type Change = 'INSERT' | 'UPDATE' | 'DELETE';
const CHANGES: readonly Change[] = ['INSERT', 'UPDATE', 'DELETE'];
const rowOf = (when: Change): string => (when === 'DELETE' ? 'OLD' : 'NEW');

const lateTriggers = (table: string, names: readonly string[]): string =>
  CHANGES.map((when) => {
    const row = rowOf(when);
    return `
CREATE TRIGGER ${table}_late_${when.toLowerCase()} AFTER ${when} ON ${table}
WHEN EXISTS (SELECT 1 FROM book WHERE ${row}.day BETWEEN first_day AND closed_day)
BEGIN
  INSERT INTO late (booked_day, belongs_day, key, ${names.join(', ')})
  SELECT closed_day + 1, ${row}.day, ${row}.key, ${difference(names, when)} FROM book WHERE true
  ON CONFLICT DO UPDATE SET ${adding(names)};
END;`;
  }).join('');

const totalTriggers = CHANGES.map(
  (when) => `
CREATE TRIGGER cost_total_${when.toLowerCase()} AFTER ${when} ON cost_day
BEGIN
  INSERT INTO cost_total (key, ${COSTS.join(', ')}) VALUES (${rowOf(when)}.key, ${difference(COSTS, when)})
  ON CONFLICT DO UPDATE SET ${adding(COSTS)};
END;`,
).join('');

/** Whose it is: the channel of that id or name. */
const IMPORTED_KEY = (channel: string): string =>
  `coalesce((SELECT key FROM channel WHERE channel_id = ${channel}),
    (SELECT key FROM channel_name WHERE name = ${channel}), 0)`;
const ADD_REBALANCE =
  'ON CONFLICT DO UPDATE SET rebalance_msat = rebalance_msat + excluded.rebalance_msat';
/** What was imported of [from, to) does not count any more. */
const takeBack = (from: string, to: string): string => `
  INSERT INTO cost_day (day, key, rebalance_msat)
  SELECT i.at / ${DAY_MS}, ${IMPORTED_KEY('i.channel')}, -sum(i.cost_msat) FROM imported_cost i
  WHERE i.at >= ${from} AND i.at < ${to} GROUP BY 1, 2
  ${ADD_REBALANCE};`;
const dayStart = (moment: string): string => `CAST(${moment} AS INTEGER) / ${DAY_MS} * ${DAY_MS}`;
/** No moment is later. */
const NEVER = Number.MAX_SAFE_INTEGER;
const FIRST_CIRCLE = `coalesce((SELECT ${dayStart('value')} FROM fact WHERE name = 'first circle'), ${NEVER})`;

const UNKNOWN_NAME = `channel NOT IN (SELECT name FROM channel_name)
  AND channel NOT IN (SELECT channel_id FROM channel WHERE channel_id IS NOT NULL)`;
const IS_ID = `length(channel) = 64 AND channel NOT GLOB '*[^0-9a-f]*'`;
const BEARER = `CASE j.kind WHEN 'diagnostic' THEN j.subject ELSE j.destination END`;
const byKind = (amount: string): string =>
  `sum(CASE coalesce(j.kind, 'normal') WHEN 'diagnostic' THEN 0 WHEN 'hive' THEN 0 ELSE ${amount} END),
   sum(CASE j.kind WHEN 'diagnostic' THEN ${amount} ELSE 0 END),
   sum(CASE j.kind WHEN 'hive' THEN ${amount} ELSE 0 END)`;
const ADD_MOVING = adding(['rebalance_msat', 'diagnostic_msat', 'hive_msat']);
/** Payments are forgotten after so long; their sums are not (002). */
const FORGOTTEN_MS = 400 * DAY_MS;

const TABLES = `
CREATE TABLE book (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- no row: no day was closed yet
  first_day INTEGER NOT NULL,
  closed_day INTEGER NOT NULL
) STRICT;
CREATE TABLE cost_day (
  day INTEGER NOT NULL,
  key INTEGER NOT NULL,              -- 0: of no channel
  ${columns(COSTS)},
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE cost_total (key INTEGER PRIMARY KEY, ${columns(COSTS)}) STRICT;
CREATE TABLE late (
  booked_day INTEGER NOT NULL,
  belongs_day INTEGER NOT NULL,
  key INTEGER NOT NULL,
  ${columns(ALL)},
  PRIMARY KEY (booked_day, belongs_day, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX late_by_belonging ON late (belongs_day);
CREATE TABLE book_day (day INTEGER PRIMARY KEY, ${columns(ALL)}, late_msat INTEGER NOT NULL) STRICT;
-- Every so many days: sums by channel from the first day of the books up to and including this one.
CREATE TABLE book_sum (
  day INTEGER NOT NULL,
  key INTEGER NOT NULL,
  ${columns(ALL)},
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE reconciliation (
  day INTEGER PRIMARY KEY,
  source TEXT,                       -- NULL: the node has no records of that day
  node_routed INTEGER, node_rebalances INTEGER, node_other INTEGER,
  because TEXT,
  routed_msat INTEGER NOT NULL,
  rebalances_msat INTEGER NOT NULL,
  unexplained_msat INTEGER
) STRICT;
CREATE TABLE snapshot (
  day INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  local_msat INTEGER NOT NULL,
  remote_msat INTEGER NOT NULL,
  onchain_msat INTEGER NOT NULL,
  capacity_msat INTEGER NOT NULL,
  pending_msat INTEGER NOT NULL,
  revenue_msat INTEGER NOT NULL,
  cost_msat INTEGER NOT NULL,
  channels INTEGER NOT NULL
) STRICT;

-- The node's channel moves by day: credits and debits of all, fees of the debits.
CREATE TABLE move_day (
  day INTEGER NOT NULL,
  tag TEXT NOT NULL,
  credit_msat INTEGER NOT NULL,
  debit_msat INTEGER NOT NULL,
  fees_msat INTEGER NOT NULL,
  PRIMARY KEY (day, tag)
) STRICT, WITHOUT ROWID;
-- What of it went round, until no part of the payment can come any more.
CREATE TABLE circle_fee (
  payment_hash TEXT PRIMARY KEY,
  day INTEGER NOT NULL,
  fees_msat INTEGER NOT NULL,
  stored_ledger INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX circle_fee_by_age ON circle_fee (stored_ledger);

-- Rows read before these sums began are in none of them.
INSERT INTO fact SELECT 'moves whole from', CAST(value AS INTEGER) / ${DAY_MS} + 1 FROM fact WHERE name = 'moves cursor at';

CREATE TABLE chain_move (
  created_index INTEGER NOT NULL,
  account TEXT NOT NULL,
  origin TEXT NOT NULL,              -- '': none
  credit_msat INTEGER NOT NULL,
  debit_msat INTEGER NOT NULL,
  at INTEGER NOT NULL,
  tag TEXT NOT NULL,
  extra_tags TEXT NOT NULL,          -- a JSON list
  txid TEXT NOT NULL,
  vout INTEGER NOT NULL,
  spending_txid TEXT NOT NULL,       -- '': it was made, not spent
  output_msat INTEGER NOT NULL,
  output_count INTEGER,
  height INTEGER NOT NULL,
  -- What it is, whatever its index: a restored node tells the same moves under others.
  PRIMARY KEY (txid, vout, spending_txid, account, origin, tag, credit_msat, debit_msat)
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_move_by_spender ON chain_move (spending_txid) WHERE spending_txid <> '';
CREATE INDEX chain_move_by_opening ON chain_move (account) WHERE tag = 'channel_open';
-- What is booked of each transaction, and on which day.
CREATE TABLE chain_fee (
  txid TEXT NOT NULL,
  key INTEGER NOT NULL,
  kind TEXT NOT NULL,
  day INTEGER NOT NULL,
  amount_msat INTEGER NOT NULL,
  moves INTEGER NOT NULL,            -- 1: from chain moves, 0: from bookkeeper
  PRIMARY KEY (txid, key, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_fee_by_channel ON chain_fee (key);
CREATE TABLE chain_odd (
  txid TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  residual_msat INTEGER NOT NULL,
  because TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE block_time (height INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
`;

/** A placeholder that becomes a channel leaves what is closed behind, under no channel: its key may be used again. */
const FORGOTTEN_KEYS = `
CREATE TRIGGER book_of_forgotten_key AFTER DELETE ON channel BEGIN
  INSERT INTO late SELECT booked_day, belongs_day, 0, ${ALL.join(', ')} FROM late WHERE key = OLD.key
    ON CONFLICT DO UPDATE SET ${adding(ALL)};
  DELETE FROM late WHERE key = OLD.key;
  INSERT INTO book_sum SELECT day, 0, ${ALL.join(', ')} FROM book_sum WHERE key = OLD.key
    ON CONFLICT DO UPDATE SET ${adding(ALL)};
  DELETE FROM book_sum WHERE key = OLD.key;
  DELETE FROM cost_total WHERE key = OLD.key;
END;
`;

/** Costs of the Python plugin count before the day of the first payment lightningd told of (docs/decisions/009). */
const IMPORTED = `
CREATE TRIGGER imported_cost_booked AFTER INSERT ON imported_cost WHEN NEW.at < ${FIRST_CIRCLE} BEGIN
  INSERT INTO cost_day (day, key, rebalance_msat)
  VALUES (NEW.at / ${DAY_MS}, ${IMPORTED_KEY('NEW.channel')}, NEW.cost_msat)
  ${ADD_REBALANCE};
END;
CREATE TRIGGER first_circle_known AFTER INSERT ON fact WHEN NEW.name = 'first circle' BEGIN
  ${takeBack(dayStart('NEW.value'), String(NEVER))}
END;
CREATE TRIGGER first_circle_earlier AFTER UPDATE ON fact WHEN NEW.name = 'first circle' AND NEW.value < OLD.value BEGIN
  ${takeBack(dayStart('NEW.value'), dayStart('OLD.value'))}
END;
`;

/** What earlier versions booked without a day of its own. */
const FROM_BEFORE = `
INSERT INTO cost_day (day, key, rebalance_msat, diagnostic_msat, hive_msat)
SELECT p.at / ${DAY_MS}, coalesce(${BEARER}, p.in_key, 0), ${byKind('p.cost_msat')}
FROM circular_payment p LEFT JOIN rebalance_job j ON j.id = p.job_id WHERE p.cost_msat <> 0 GROUP BY 1, 2
ON CONFLICT DO UPDATE SET ${ADD_MOVING};
INSERT INTO cost_day (day, key, rebalance_msat, diagnostic_msat, hive_msat)
SELECT j.hand_wall / ${DAY_MS}, ${BEARER}, ${byKind('j.hand_msat - j.spent_msat')}
FROM rebalance_job j WHERE j.hand_msat > j.spent_msat GROUP BY 1, 2
ON CONFLICT DO UPDATE SET ${ADD_MOVING};
-- Payments that were forgotten: before the first day on which every payment is remembered.
INSERT INTO cost_day (day, key, rebalance_msat, diagnostic_msat)
SELECT max(0, CAST(coalesce((SELECT value FROM fact WHERE name = 'payments dropped'),
    (SELECT value - ${FORGOTTEN_MS} FROM fact WHERE name = 'spending at'), 0) AS INTEGER) / ${DAY_MS} - 1),
  r.key, r.cost_msat - coalesce(c.rebalance_msat + c.hive_msat, 0), r.diagnostic_msat - coalesce(c.diagnostic_msat, 0)
FROM rebalance_total r LEFT JOIN cost_total c ON c.key = r.key
WHERE r.cost_msat <> coalesce(c.rebalance_msat + c.hive_msat, 0) OR r.diagnostic_msat <> coalesce(c.diagnostic_msat, 0)
ON CONFLICT DO UPDATE SET ${adding(['rebalance_msat', 'diagnostic_msat'])};

INSERT INTO channel (channel_id)
SELECT DISTINCT channel FROM imported_cost WHERE ${IS_ID} AND ${UNKNOWN_NAME};
INSERT INTO channel (key)
SELECT (SELECT max(key) FROM channel) + row_number() OVER (ORDER BY channel)
FROM (SELECT DISTINCT channel FROM imported_cost WHERE ${UNKNOWN_NAME});
INSERT INTO channel_name (name, key)
SELECT channel, (SELECT max(key) FROM channel)
  - (SELECT count(DISTINCT channel) FROM imported_cost WHERE ${UNKNOWN_NAME}) + row_number() OVER (ORDER BY channel)
FROM (SELECT DISTINCT channel FROM imported_cost WHERE ${UNKNOWN_NAME});
INSERT INTO cost_day (day, key, rebalance_msat)
SELECT i.at / ${DAY_MS}, ${IMPORTED_KEY('i.channel')}, sum(i.cost_msat) FROM imported_cost i
WHERE i.at < ${FIRST_CIRCLE} GROUP BY 1, 2
${ADD_REBALANCE};
`;

export const BOOKS = [
  TABLES,
  lateTriggers('flow_day', FLOWS),
  lateTriggers('cost_day', COSTS),
  totalTriggers,
  FORGOTTEN_KEYS,
  IMPORTED,
  FROM_BEFORE,
].join('');
