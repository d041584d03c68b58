-- What was answered to a posted form, by a digest of its token and content: the same post again writes nothing.
CREATE TABLE posted_once (
  token TEXT NOT NULL PRIMARY KEY,
  answered TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX posted_once_at ON posted_once (at);

-- What a finding of an authority speaks of (Article 11): the station's own entry, and where it was taken up.
CREATE TABLE finding (
  entry_id INTEGER NOT NULL PRIMARY KEY REFERENCES ledger_entry (id),
  about INTEGER REFERENCES ledger_entry (id),
  outlet TEXT NOT NULL
) STRICT;
CREATE INDEX finding_about ON finding (about);
CREATE TRIGGER finding_no_update BEFORE UPDATE ON finding BEGIN SELECT RAISE(ABORT, 'finding is append-only'); END;
CREATE TRIGGER finding_no_delete BEFORE DELETE ON finding BEGIN SELECT RAISE(ABORT, 'finding is append-only'); END;
