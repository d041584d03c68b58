-- What was answered to a posted form, by a digest of its token and content: the same post again writes nothing.
CREATE TABLE posted_once (
  token TEXT NOT NULL PRIMARY KEY,
  answered TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX posted_once_at ON posted_once (at);

-- What a finding of an authority speaks of (Article 11): the station's own entry, and where it was taken up.
CREATE TABLE finding (
  entry_id BIGINT NOT NULL PRIMARY KEY REFERENCES ledger_entry (id),
  about BIGINT REFERENCES ledger_entry (id),
  outlet TEXT NOT NULL
);
CREATE INDEX finding_about ON finding (about);
CREATE TRIGGER finding_no_change BEFORE UPDATE OR DELETE ON finding FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER finding_no_truncate BEFORE TRUNCATE ON finding FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER finding_no_truncate BEFORE TRUNCATE ON finding FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
