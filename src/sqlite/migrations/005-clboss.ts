/**
 * Tags of ours at clboss, one row a peer (SPEC 7.8). Tags are joined by commas, as clboss is told them; an empty text
 * is no tag at all.
 */
export const CLBOSS = `
CREATE TABLE clboss_peer (
  peer_id TEXT PRIMARY KEY,
  ours TEXT NOT NULL,              -- written by us and seen there
  adding TEXT,                     -- remembered before it was sent; NULL: nothing is open
  whole TEXT                       -- all tags as they were sent with it
) STRICT, WITHOUT ROWID;
`;
