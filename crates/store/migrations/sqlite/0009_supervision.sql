-- Daily supervision and guidance (Article 3, second paragraph): a visit, guidance, a reminder, a finding. A correction is
-- a record of its own that names the one it replaces.
CREATE TABLE supervision (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  level TEXT NOT NULL,
  kind TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  place TEXT NOT NULL,
  people TEXT NOT NULL,
  content TEXT NOT NULL,
  told INTEGER NOT NULL,
  corrects INTEGER REFERENCES supervision (id),
  reason TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX supervision_corrects ON supervision (corrects);
CREATE INDEX supervision_station ON supervision (station_id, id);
CREATE INDEX supervision_city ON supervision (city, id);
CREATE INDEX supervision_county ON supervision (county, id);

-- What the station answered; without words it acknowledges.
CREATE TABLE supervision_reply (
  id INTEGER PRIMARY KEY,
  supervision_id INTEGER NOT NULL REFERENCES supervision (id),
  text TEXT NOT NULL,
  replied_at INTEGER NOT NULL,
  replied_by TEXT NOT NULL
) STRICT;
CREATE INDEX supervision_reply_record ON supervision_reply (supervision_id, id);

-- The rectification a finding led to.
CREATE TABLE supervision_rectification (
  supervision_id INTEGER NOT NULL PRIMARY KEY REFERENCES supervision (id),
  rectification_id INTEGER NOT NULL REFERENCES rectification (id)
) STRICT;
CREATE UNIQUE INDEX supervision_rectification_task ON supervision_rectification (rectification_id);

-- A lapsed edition applied all the same to one year's cycle or round (Article 19).
CREATE TABLE lapse_override (
  id INTEGER PRIMARY KEY,
  edition_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  year INTEGER NOT NULL,
  reason TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX lapse_override_year ON lapse_override (purpose, year, edition_id);

CREATE TRIGGER supervision_no_update BEFORE UPDATE ON supervision BEGIN SELECT RAISE(ABORT, 'supervision is append-only'); END;
CREATE TRIGGER supervision_no_delete BEFORE DELETE ON supervision BEGIN SELECT RAISE(ABORT, 'supervision is append-only'); END;
CREATE TRIGGER supervision_reply_no_update BEFORE UPDATE ON supervision_reply BEGIN SELECT RAISE(ABORT, 'supervision_reply is append-only'); END;
CREATE TRIGGER supervision_reply_no_delete BEFORE DELETE ON supervision_reply BEGIN SELECT RAISE(ABORT, 'supervision_reply is append-only'); END;
CREATE TRIGGER supervision_rectification_no_update BEFORE UPDATE ON supervision_rectification BEGIN SELECT RAISE(ABORT, 'supervision_rectification is append-only'); END;
CREATE TRIGGER supervision_rectification_no_delete BEFORE DELETE ON supervision_rectification BEGIN SELECT RAISE(ABORT, 'supervision_rectification is append-only'); END;
CREATE TRIGGER lapse_override_no_update BEFORE UPDATE ON lapse_override BEGIN SELECT RAISE(ABORT, 'lapse_override is append-only'); END;
CREATE TRIGGER lapse_override_no_delete BEFORE DELETE ON lapse_override BEGIN SELECT RAISE(ABORT, 'lapse_override is append-only'); END;
