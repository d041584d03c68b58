-- General: accounts, sessions, editions, audit (chapter one; 等保 8.1.4.1, 8.1.4.3).

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  city TEXT,
  county TEXT,
  station_id INTEGER,
  password_hash TEXT NOT NULL,
  must_change INTEGER NOT NULL,
  totp_secret TEXT,
  totp_confirmed INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  locked_until INTEGER,
  disabled_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
  token_hash TEXT NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  csrf TEXT NOT NULL,
  second_factor INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account_id);

CREATE TABLE edition (
  id TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  files TEXT NOT NULL,
  official_text TEXT,
  loaded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  verb TEXT NOT NULL,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  station_id INTEGER,
  basis TEXT NOT NULL,
  detail TEXT NOT NULL,
  position INTEGER UNIQUE,
  prev_hash TEXT,
  hash TEXT
) STRICT;
CREATE INDEX audit_unsealed ON audit (id) WHERE position IS NULL;
CREATE INDEX audit_station ON audit (station_id, id);
CREATE INDEX audit_subject ON audit (noun, noun_id, id);

-- Files: content-addressed in object storage; here what they are and where they are used.

CREATE TABLE attachment (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attachment_link (
  id INTEGER PRIMARY KEY,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  station_id INTEGER NOT NULL,
  sha256 TEXT NOT NULL REFERENCES attachment (sha256),
  file_name TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  added_by INTEGER NOT NULL
) STRICT;
CREATE INDEX attachment_link_noun ON attachment_link (noun, noun_id, id);

-- Duties: stations, what they have on record, the firms they watch over (chapter two).

CREATE TABLE station (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  host_uscc TEXT NOT NULL,
  host_kind TEXT NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  managed_by TEXT NOT NULL,
  state TEXT NOT NULL,
  industry_code TEXT NOT NULL,
  industry TEXT NOT NULL,
  comprehensive INTEGER NOT NULL,
  hs_chapters TEXT NOT NULL,
  address TEXT NOT NULL,
  website TEXT NOT NULL,
  confirmed_on INTEGER NOT NULL,
  ended_on INTEGER,
  source TEXT NOT NULL,
  firms INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX station_city ON station (city, number);
CREATE INDEX station_county ON station (county, number);

CREATE TABLE station_event (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  on_day INTEGER NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE INDEX station_event_station ON station_event (station_id, on_day, id);

CREATE TABLE standing_record (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  fact TEXT NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  url TEXT NOT NULL,
  person TEXT NOT NULL,
  post TEXT NOT NULL,
  phone TEXT NOT NULL,
  from_on INTEGER NOT NULL,
  until_on INTEGER,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL,
  supersedes INTEGER REFERENCES standing_record (id),
  void INTEGER NOT NULL
) STRICT;
CREATE INDEX standing_record_station ON standing_record (station_id, fact, id);
CREATE UNIQUE INDEX standing_record_supersedes ON standing_record (supersedes) WHERE supersedes IS NOT NULL;

CREATE TABLE roster_member (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  uscc TEXT NOT NULL,
  name TEXT NOT NULL,
  city TEXT NOT NULL,
  kind TEXT NOT NULL,
  products TEXT NOT NULL,
  hs_codes TEXT NOT NULL,
  markets TEXT NOT NULL,
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  uscc_note TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX roster_member_uscc ON roster_member (station_id, uscc);
CREATE INDEX roster_member_name ON roster_member (station_id, name, id);

-- Appraisal: ledger, layers, marks, cycles, results (chapter four).

CREATE TABLE ledger_entry (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  kind TEXT NOT NULL,
  year INTEGER NOT NULL,
  on_day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  url TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL,
  late INTEGER NOT NULL,
  backdated INTEGER NOT NULL,
  keep_until INTEGER NOT NULL,
  source TEXT NOT NULL,
  supersedes INTEGER REFERENCES ledger_entry (id),
  void INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_entry_score ON ledger_entry (year, station_id, kind, on_day, id, count, void);
CREATE INDEX ledger_entry_station ON ledger_entry (station_id, on_day, id);
CREATE INDEX ledger_entry_station_kind ON ledger_entry (station_id, kind, on_day, id);
CREATE INDEX ledger_entry_city ON ledger_entry (city, on_day, id);
CREATE INDEX ledger_entry_city_kind ON ledger_entry (city, kind, on_day, id);
CREATE INDEX ledger_entry_county ON ledger_entry (county, on_day, id);
CREATE INDEX ledger_entry_day ON ledger_entry (on_day, id);
CREATE INDEX ledger_entry_kind ON ledger_entry (kind, on_day, id);
CREATE UNIQUE INDEX ledger_entry_supersedes ON ledger_entry (supersedes) WHERE supersedes IS NOT NULL;

-- Live entries per station, month and kind, kept in the entry's own transaction so that no page counts.
CREATE TABLE ledger_tally (
  station_id INTEGER NOT NULL REFERENCES station (id),
  year INTEGER NOT NULL,
  month INTEGER NOT NULL,
  kind TEXT NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  entries INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (station_id, year, month, kind)
) STRICT;
CREATE INDEX ledger_tally_city ON ledger_tally (city, year, month, kind);
CREATE INDEX ledger_tally_year ON ledger_tally (year, month, kind);

CREATE TABLE opinion (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  year INTEGER NOT NULL,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  layer TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  reason TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX opinion_station ON opinion (year, station_id, noun, noun_id, layer, id);

CREATE TABLE cycle (
  year INTEGER NOT NULL PRIMARY KEY,
  edition_id TEXT NOT NULL REFERENCES edition (id),
  pass_mark INTEGER NOT NULL,
  state TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  confirmed_at INTEGER,
  confirmed_by TEXT
) STRICT;

CREATE TABLE submission (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  receipt TEXT NOT NULL UNIQUE,
  submitted_at INTEGER NOT NULL,
  submitted_by TEXT NOT NULL
) STRICT;
CREATE INDEX submission_station ON submission (year, station_id, id);

CREATE TABLE participation (
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  found_by TEXT NOT NULL,
  PRIMARY KEY (year, station_id)
) STRICT;

CREATE TABLE assignment (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  station_id INTEGER NOT NULL REFERENCES station (id),
  year INTEGER NOT NULL,
  until_on INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX assignment_account ON assignment (account_id, year, station_id);
CREATE INDEX assignment_station ON assignment (station_id, year);

CREATE TABLE mark (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  expert TEXT NOT NULL,
  station_id INTEGER NOT NULL REFERENCES station (id),
  year INTEGER NOT NULL,
  item TEXT NOT NULL,
  entry_id INTEGER NOT NULL REFERENCES ledger_entry (id),
  mark TEXT NOT NULL,
  comment TEXT NOT NULL,
  given_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mark_station ON mark (year, station_id, item, entry_id, account_id, id);
CREATE INDEX mark_account ON mark (account_id, year, id);

CREATE TABLE decision (
  year INTEGER NOT NULL PRIMARY KEY REFERENCES cycle (year),
  chosen TEXT NOT NULL,
  attendees TEXT NOT NULL,
  reason TEXT NOT NULL,
  decided_on INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;

CREATE TABLE result (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  station_name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  edition_id TEXT NOT NULL REFERENCES edition (id),
  rank INTEGER NOT NULL,
  base INTEGER NOT NULL,
  bonus INTEGER NOT NULL,
  total INTEGER NOT NULL,
  participation TEXT NOT NULL,
  grade TEXT NOT NULL,
  explanation TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX result_station ON result (year, station_id);

-- Append-only: the database itself refuses what the code never does.
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;
CREATE TRIGGER standing_record_no_update BEFORE UPDATE ON standing_record BEGIN SELECT RAISE(ABORT, 'standing_record is append-only'); END;
CREATE TRIGGER standing_record_no_delete BEFORE DELETE ON standing_record BEGIN SELECT RAISE(ABORT, 'standing_record is append-only'); END;
CREATE TRIGGER opinion_no_update BEFORE UPDATE ON opinion BEGIN SELECT RAISE(ABORT, 'opinion is append-only'); END;
CREATE TRIGGER opinion_no_delete BEFORE DELETE ON opinion BEGIN SELECT RAISE(ABORT, 'opinion is append-only'); END;
CREATE TRIGGER mark_no_update BEFORE UPDATE ON mark BEGIN SELECT RAISE(ABORT, 'mark is append-only'); END;
CREATE TRIGGER mark_no_delete BEFORE DELETE ON mark BEGIN SELECT RAISE(ABORT, 'mark is append-only'); END;
CREATE TRIGGER result_no_update BEFORE UPDATE ON result BEGIN SELECT RAISE(ABORT, 'result is append-only'); END;
CREATE TRIGGER result_no_delete BEFORE DELETE ON result BEGIN SELECT RAISE(ABORT, 'result is append-only'); END;
CREATE TRIGGER edition_no_update BEFORE UPDATE OF id, digest, files ON edition BEGIN SELECT RAISE(ABORT, 'edition is append-only'); END;
CREATE TRIGGER edition_no_delete BEFORE DELETE ON edition BEGIN SELECT RAISE(ABORT, 'edition is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- Sealing fills the chain's columns once; nothing else of a row ever changes.
CREATE TRIGGER audit_seal_once BEFORE UPDATE ON audit
WHEN OLD.hash IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.account_id <> OLD.account_id
  OR NEW.actor <> OLD.actor OR NEW.role <> OLD.role OR NEW.verb <> OLD.verb OR NEW.noun <> OLD.noun
  OR NEW.noun_id <> OLD.noun_id OR NEW.station_id IS NOT OLD.station_id OR NEW.basis <> OLD.basis OR NEW.detail <> OLD.detail
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
