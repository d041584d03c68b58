-- 解释口径 (Article 18): the department's answers, each bound to an article item or a row of an edition.
CREATE TABLE interpretation (
  id INTEGER PRIMARY KEY,
  edition_id TEXT NOT NULL REFERENCES edition (id),
  noun TEXT NOT NULL,
  place TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  document TEXT NOT NULL,
  from_day INTEGER NOT NULL,
  supersedes INTEGER REFERENCES interpretation (id),
  issued_at INTEGER NOT NULL,
  issued_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX interpretation_supersedes ON interpretation (supersedes);
CREATE INDEX interpretation_edition ON interpretation (edition_id, id);

CREATE TRIGGER interpretation_no_update BEFORE UPDATE ON interpretation BEGIN SELECT RAISE(ABORT, 'interpretation is append-only'); END;
CREATE TRIGGER interpretation_no_delete BEFORE DELETE ON interpretation BEGIN SELECT RAISE(ABORT, 'interpretation is append-only'); END;
