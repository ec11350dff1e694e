/**
 * What was taken over from the Python plugin (docs/decisions/009). Channels are kept by the names they had there:
 * a name never changes its channel, and may be learned later. Amounts are integer msat, times Unix ms.
 */
export const IMPORT = `
CREATE TABLE import_source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint TEXT NOT NULL,
  layout TEXT NOT NULL,
  horizon_day INTEGER NOT NULL,    -- first UTC day left to the node's own history
  began_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE TABLE imported_cost (
  channel TEXT NOT NULL,
  at INTEGER NOT NULL,
  cost_msat INTEGER NOT NULL,
  moved_msat INTEGER NOT NULL,
  PRIMARY KEY (channel, at, cost_msat, moved_msat)
) STRICT, WITHOUT ROWID;
CREATE TABLE imported_rebalance (
  destination TEXT NOT NULL,
  source TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  amount_msat INTEGER NOT NULL,
  cap_msat INTEGER NOT NULL,
  fee_msat INTEGER,                -- NULL: none was booked
  PRIMARY KEY (destination, source, at, amount_msat, outcome)
) STRICT, WITHOUT ROWID;
CREATE TABLE imported_fee_change (
  channel TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_ppm INTEGER NOT NULL,
  to_ppm INTEGER NOT NULL,
  reason TEXT NOT NULL,
  manual INTEGER NOT NULL,
  PRIMARY KEY (channel, at, from_ppm, to_ppm)
) STRICT, WITHOUT ROWID;
-- Policies and settings that were taken once: the operator may have changed or removed them since.
CREATE TABLE imported_mark (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- The oldest payment lightningd ever told of, also when retention has dropped it: from its day on the node's records
-- are the books, and what was imported does not count.
INSERT INTO fact SELECT 'first circle', min(at) FROM circular_payment HAVING min(at) IS NOT NULL;
CREATE TRIGGER first_circle AFTER INSERT ON circular_payment BEGIN
  INSERT INTO fact VALUES ('first circle', NEW.at)
  ON CONFLICT DO UPDATE SET value = min(value, excluded.value);
END;
`;
