-- 自动抓取 (Article 5 (1)): how each address of a source of foreign notices stands. What came from it is in intake.
CREATE TABLE fetch_place (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  address TEXT NOT NULL,
  next_at INTEGER NOT NULL,
  claimed_at INTEGER,
  tried_at INTEGER,
  succeeded_at INTEGER,
  covered_on INTEGER,
  failures INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  problem TEXT NOT NULL,
  announced INTEGER,
  received INTEGER,
  fresh INTEGER,
  intake_id INTEGER REFERENCES intake (id),
  etag TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX fetch_place_once ON fetch_place (source, address);
