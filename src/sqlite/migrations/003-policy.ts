/**
 * Policies as layers of one subject, oldest first, and the log of their changes. A subject is a channel_id (64 hex),
 * a node id (66 hex), `tag:<name>`, `default:new` or `default:private`.
 */
export const POLICY = `
ALTER TABLE policy ADD COLUMN mode TEXT;
ALTER TABLE policy ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE policy ADD COLUMN rules INTEGER NOT NULL DEFAULT 1;  -- 0: nothing but tags was said
ALTER TABLE policy ADD COLUMN author TEXT NOT NULL DEFAULT 'operator';
CREATE INDEX policy_by_expiry ON policy (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE policy_change (
  sequence INTEGER PRIMARY KEY,    -- 1, 2, 3 … without a gap
  at INTEGER NOT NULL,
  subject TEXT NOT NULL,
  counted TEXT NOT NULL,           -- the peer, else the subject: whose changes of the minute it counts among
  action TEXT NOT NULL,
  author TEXT NOT NULL,
  policy TEXT                      -- NULL: nothing is said of the subject any more
) STRICT;
CREATE INDEX policy_change_by_count ON policy_change (counted, at);
CREATE INDEX policy_change_by_time ON policy_change (at);
`;
