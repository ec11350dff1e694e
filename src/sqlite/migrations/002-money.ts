/**
 * Money spent on rebalancing. `wall` is the system's clock, `ledger` the time in which budgets roll (it never goes
 * back); amounts are integer msat, channels their compact keys.
 */
export const MONEY = `
CREATE TABLE rebalance_job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  destination_peer TEXT NOT NULL,
  scid TEXT NOT NULL,
  amount_msat INTEGER NOT NULL,
  chunk_msat INTEGER NOT NULL,
  max_ppm INTEGER NOT NULL,
  cap_msat INTEGER NOT NULL,
  income_msat INTEGER NOT NULL,
  loss_msat INTEGER NOT NULL,
  decision_id INTEGER,
  deadline_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_wall INTEGER NOT NULL,
  held_ledger INTEGER NOT NULL,
  opened_move INTEGER NOT NULL,      -- newest index of the node's records known when it was opened
  opened_send INTEGER NOT NULL,
  ended_wall INTEGER,
  ended_ledger INTEGER,
  outcome TEXT,
  because TEXT,
  moved_msat INTEGER NOT NULL,       -- sums over its payments
  spent_msat INTEGER NOT NULL,
  payments INTEGER NOT NULL,
  hand_msat INTEGER,                 -- what it cost in all, as the operator said
  hand_wall INTEGER,
  hand_ledger INTEGER
) STRICT;
CREATE INDEX rebalance_job_open ON rebalance_job (id) WHERE state <> 'settled';
CREATE INDEX rebalance_job_by_end ON rebalance_job (ended_wall);
CREATE INDEX rebalance_job_by_ledger ON rebalance_job (ended_ledger);
CREATE INDEX rebalance_job_by_hand ON rebalance_job (hand_ledger) WHERE hand_msat IS NOT NULL;
CREATE TABLE job_source (
  job_id INTEGER NOT NULL REFERENCES rebalance_job (id),
  position INTEGER NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;

-- What the node recorded of payments that may be circular, until their other half can have come.
CREATE TABLE invoice_move (
  payment_hash TEXT NOT NULL,
  created_index INTEGER NOT NULL,
  key INTEGER NOT NULL,
  credit_msat INTEGER NOT NULL,
  debit_msat INTEGER NOT NULL,
  fees_msat INTEGER NOT NULL,
  at INTEGER NOT NULL,
  stored_ledger INTEGER NOT NULL,
  PRIMARY KEY (payment_hash, created_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX invoice_move_by_age ON invoice_move (stored_ledger);
CREATE TABLE send_part (
  payment_hash TEXT NOT NULL,
  created_index INTEGER NOT NULL,
  final INTEGER NOT NULL,            -- 0: pending, and the cursor stays before it
  own INTEGER NOT NULL,              -- 1: to ourselves, paying no invoice
  labelled INTEGER NOT NULL,
  amount_msat INTEGER,               -- NULL: not recorded
  sent_msat INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  at INTEGER NOT NULL,
  stored_ledger INTEGER NOT NULL,
  PRIMARY KEY (payment_hash, created_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX send_part_by_age ON send_part (stored_ledger);
CREATE INDEX send_part_pending ON send_part (created_index) WHERE final = 0;

CREATE TABLE circular_payment (
  payment_hash TEXT PRIMARY KEY,
  out_key INTEGER,
  in_key INTEGER,
  sent_msat INTEGER NOT NULL,
  received_msat INTEGER NOT NULL,
  cost_msat INTEGER NOT NULL CHECK (cost_msat >= 0),
  at INTEGER NOT NULL,               -- the node's time
  booked_ledger INTEGER NOT NULL,    -- when its cost last rose
  job_id INTEGER REFERENCES rebalance_job (id),
  counts INTEGER NOT NULL            -- 1: a spend under the caps
) STRICT;
CREATE INDEX circular_payment_by_time ON circular_payment (at);
CREATE INDEX circular_payment_by_booking ON circular_payment (booked_ledger) WHERE counts = 1;
CREATE INDEX circular_payment_by_job ON circular_payment (job_id) WHERE job_id IS NOT NULL;

-- Whole life, whatever retention took.
CREATE TABLE rebalance_total (
  key INTEGER PRIMARY KEY,
  cost_msat INTEGER NOT NULL,
  diagnostic_msat INTEGER NOT NULL
) STRICT;
CREATE TABLE job_record (
  key INTEGER PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure INTEGER,
  last_success INTEGER,
  source_failures REAL NOT NULL,
  source_failed_at INTEGER
) STRICT;
`;
