-- 列映射 (Article 5 (1)): which column of somebody else's table holds what, so that any source can be fed by hand; and by which a
-- document was read.
CREATE TABLE column_mapping (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  station_id INTEGER REFERENCES station (id),
  definition TEXT NOT NULL,
  headings TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT;

ALTER TABLE intake ADD COLUMN mapping TEXT NOT NULL DEFAULT '';
