-- Published holiday arrangements (readings K27, K28): data an administrator loads; the newest of a year holds.
CREATE TABLE holiday_year (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL,
  arrangement TEXT NOT NULL,
  loaded_at INTEGER NOT NULL,
  loaded_by TEXT NOT NULL
) STRICT;
CREATE INDEX holiday_year_year ON holiday_year (year, id);

-- Official documents, frozen as they were made. One served on somebody asks for a receipt, perhaps for a statement.
CREATE TABLE paper (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  station_id INTEGER REFERENCES station (id),
  account_id INTEGER REFERENCES account (id),
  city TEXT,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  served_at INTEGER,
  reply_due INTEGER
) STRICT;
CREATE INDEX paper_subject ON paper (noun, noun_id, id);
CREATE INDEX paper_station ON paper (station_id, id);
CREATE INDEX paper_account ON paper (account_id, id);
CREATE INDEX paper_city ON paper (city, id);

-- What came back on a served paper: that it was received, or a statement.
CREATE TABLE paper_reply (
  id INTEGER PRIMARY KEY,
  paper_id INTEGER NOT NULL REFERENCES paper (id),
  what TEXT NOT NULL,
  text TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX paper_reply_paper ON paper_reply (paper_id, id);

-- What stands before the public: the page as published, with its hash.
CREATE TABLE publication (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  until_day INTEGER
) STRICT;
CREATE INDEX publication_kind ON publication (kind, id);
CREATE INDEX publication_subject ON publication (noun, noun_id, id);

-- A one-time code is taken once: the time step of the last one.
ALTER TABLE account ADD COLUMN totp_step INTEGER;

CREATE TRIGGER holiday_year_no_update BEFORE UPDATE ON holiday_year BEGIN SELECT RAISE(ABORT, 'holiday_year is append-only'); END;
CREATE TRIGGER holiday_year_no_delete BEFORE DELETE ON holiday_year BEGIN SELECT RAISE(ABORT, 'holiday_year is append-only'); END;
CREATE TRIGGER paper_no_update BEFORE UPDATE ON paper BEGIN SELECT RAISE(ABORT, 'paper is append-only'); END;
CREATE TRIGGER paper_no_delete BEFORE DELETE ON paper BEGIN SELECT RAISE(ABORT, 'paper is append-only'); END;
CREATE TRIGGER paper_reply_no_update BEFORE UPDATE ON paper_reply BEGIN SELECT RAISE(ABORT, 'paper_reply is append-only'); END;
CREATE TRIGGER paper_reply_no_delete BEFORE DELETE ON paper_reply BEGIN SELECT RAISE(ABORT, 'paper_reply is append-only'); END;
CREATE TRIGGER publication_no_update BEFORE UPDATE ON publication BEGIN SELECT RAISE(ABORT, 'publication is append-only'); END;
CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication BEGIN SELECT RAISE(ABORT, 'publication is append-only'); END;
