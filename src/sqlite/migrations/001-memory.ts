/**
 * The first schema. Immutable: what changes later is a new file. `key` is the compact integer of a channel
 * (table channel); amounts are integer msat; times are Unix ms, hours and days whole UTC ones since 1970.
 */
export const MEMORY = `
CREATE TABLE channel (
  key INTEGER PRIMARY KEY,
  channel_id TEXT UNIQUE,          -- NULL: a placeholder for a name no channel is known for
  peer_id TEXT,
  capacity_msat INTEGER,           -- NULL: named by a store before it was learned
  opened_by_peer INTEGER,
  opened_at INTEGER,
  closed INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO channel (key) VALUES (0); -- names that never were a channel of ours

CREATE TABLE channel_name (
  name TEXT PRIMARY KEY,
  key INTEGER NOT NULL REFERENCES channel (key)
) STRICT;                          -- in the order in which they were learned
CREATE INDEX channel_name_by_key ON channel_name (key);

CREATE TABLE settled (
  sequence INTEGER PRIMARY KEY,
  in_key INTEGER NOT NULL,
  in_htlc INTEGER,
  created_index INTEGER,           -- only where in_htlc is missing
  out_key INTEGER NOT NULL,
  in_msat INTEGER NOT NULL,
  out_msat INTEGER NOT NULL,
  fee_msat INTEGER NOT NULL,
  at INTEGER NOT NULL,             -- resolved
  hold_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX settled_by_htlc ON settled (in_key, in_htlc) WHERE in_htlc IS NOT NULL;
CREATE UNIQUE INDEX settled_by_created ON settled (created_index, at) WHERE in_htlc IS NULL;
CREATE INDEX settled_out_time ON settled (out_key, at);
CREATE INDEX settled_in_time ON settled (in_key, at);

CREATE TABLE unusable (
  in_name TEXT NOT NULL,
  id TEXT NOT NULL,                -- the htlc id, else the created_index
  at INTEGER NOT NULL,
  PRIMARY KEY (in_name, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unusable_by_time ON unusable (at);

-- Roll-ups by time first: what a moment adds lies on a few pages, not on one page a channel.
CREATE TABLE flow_hour (
  hour INTEGER NOT NULL,
  key INTEGER NOT NULL,
  in_count INTEGER NOT NULL, in_msat INTEGER NOT NULL, in_fee INTEGER NOT NULL,
  out_count INTEGER NOT NULL, out_msat INTEGER NOT NULL, out_fee INTEGER NOT NULL,
  hold_count INTEGER NOT NULL, hold_ms INTEGER NOT NULL, hold_squares REAL NOT NULL, -- of forwards out; s²
  PRIMARY KEY (hour, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_day (
  day INTEGER NOT NULL,
  key INTEGER NOT NULL,
  in_count INTEGER NOT NULL, in_msat INTEGER NOT NULL, in_fee INTEGER NOT NULL,
  out_count INTEGER NOT NULL, out_msat INTEGER NOT NULL, out_fee INTEGER NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_total (
  key INTEGER PRIMARY KEY,
  in_count INTEGER NOT NULL, in_msat INTEGER NOT NULL, in_fee INTEGER NOT NULL,
  out_count INTEGER NOT NULL, out_msat INTEGER NOT NULL, out_fee INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;
CREATE TABLE node_day (
  day INTEGER PRIMARY KEY,
  count INTEGER NOT NULL, in_msat INTEGER NOT NULL, out_msat INTEGER NOT NULL, fee_msat INTEGER NOT NULL
) STRICT;

CREATE TABLE failure_hour (
  hour INTEGER NOT NULL,
  key INTEGER NOT NULL,
  side TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, key, side, status, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE failure_total (
  key INTEGER NOT NULL,
  side TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (key, side, status, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE missed (
  day INTEGER NOT NULL,
  in_name TEXT NOT NULL,
  out_name TEXT NOT NULL,
  count INTEGER NOT NULL,
  msat INTEGER NOT NULL,
  PRIMARY KEY (day, in_name, out_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE ingest (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  mark INTEGER,
  hydrated INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  settled_rows INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  local_failed INTEGER NOT NULL,
  resolved_until INTEGER,          -- newest resolution read in the order of the updated index
  received_until INTEGER,          -- newest receipt read in the order of the created index
  complete_until INTEGER,          -- everything resolved up to here is known
  failed_known INTEGER,            -- hydrated anew: failures up to here were counted before
  local_known INTEGER,
  pruned_before INTEGER NOT NULL,
  fold_before INTEGER              -- during the first pass: what is older is only summed
) STRICT;
INSERT INTO ingest VALUES (1, 0, 0, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL);

CREATE TABLE reputation (
  key INTEGER PRIMARY KEY,
  success REAL NOT NULL,
  failure REAL NOT NULL
) STRICT;
CREATE TABLE connection (
  id INTEGER PRIMARY KEY,
  peer_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  connected INTEGER NOT NULL
) STRICT;
CREATE INDEX connection_by_peer ON connection (peer_id, at);
CREATE INDEX connection_by_arrival ON connection (peer_id); -- and by rowid within a peer
CREATE INDEX connection_by_time ON connection (at);
CREATE TABLE downtime (
  since INTEGER PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT;
CREATE TABLE routable_day (
  day INTEGER NOT NULL,
  key INTEGER NOT NULL,
  hours REAL NOT NULL,
  PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key INTEGER,
  config_version INTEGER NOT NULL,
  rule TEXT NOT NULL,
  binding TEXT NOT NULL,
  number REAL,
  trail TEXT NOT NULL,
  inputs TEXT NOT NULL,
  outcome TEXT NOT NULL,
  error TEXT
) STRICT;
CREATE INDEX decision_by_channel ON decision (key, kind, id);
CREATE TABLE fee_state (
  key INTEGER PRIMARY KEY REFERENCES channel (key),
  state TEXT NOT NULL
) STRICT;
CREATE TABLE fee_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key INTEGER NOT NULL,
  at INTEGER NOT NULL,
  from_ppm INTEGER NOT NULL, from_base INTEGER NOT NULL, from_htlc_max INTEGER NOT NULL,
  to_ppm INTEGER NOT NULL, to_base INTEGER NOT NULL, to_htlc_max INTEGER NOT NULL,
  by TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  decision_id INTEGER,
  gossiped INTEGER NOT NULL
) STRICT;
CREATE INDEX fee_change_by_channel ON fee_change (key, at);
CREATE INDEX fee_change_by_time ON fee_change (at);
CREATE INDEX fee_change_by_cycle ON fee_change (cycle);

CREATE TABLE flow_metric (
  key INTEGER PRIMARY KEY REFERENCES channel (key),
  metrics TEXT NOT NULL
) STRICT;
CREATE TABLE feerate (
  at INTEGER PRIMARY KEY,
  sat_per_vbyte REAL NOT NULL
) STRICT;
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE policy (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,           -- a channel_id (64 hex) or a peer's node id (66 hex)
  strategy TEXT NOT NULL,
  fee_ppm INTEGER, min_ppm INTEGER, max_ppm INTEGER,
  expires_at INTEGER,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX policy_by_subject ON policy (subject, id);
CREATE TABLE lock (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  channel_id TEXT,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
-- Single numbers that outlive the process: versions, positions, moments.
CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value REAL NOT NULL
) STRICT, WITHOUT ROWID;
`;
