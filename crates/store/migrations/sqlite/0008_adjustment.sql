-- Adjustment (chapter five; Article 4): one row a matter, the steps it took, what was handed over, former names.

CREATE TABLE adjustment (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  stage TEXT NOT NULL,
  day INTEGER,
  detail TEXT NOT NULL,
  ground TEXT,
  year INTEGER,
  survivor_id INTEGER REFERENCES station (id),
  moves TEXT NOT NULL,
  new_host TEXT NOT NULL,
  new_name TEXT NOT NULL,
  changed_on INTEGER,
  reporter TEXT NOT NULL,
  contact TEXT NOT NULL,
  origin_id INTEGER REFERENCES adjustment (id),
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  told_at INTEGER,
  closed_at INTEGER
) STRICT;
CREATE INDEX adjustment_city ON adjustment (city, id);
CREATE INDEX adjustment_county ON adjustment (county, id);
CREATE INDEX adjustment_station ON adjustment (station_id, id);
CREATE INDEX adjustment_kind ON adjustment (kind, id);
CREATE INDEX adjustment_contact ON adjustment (kind, opened_at);
CREATE INDEX adjustment_origin ON adjustment (origin_id);
-- One of a kind at a time; a failing year is proposed once; reports of misuse may be several.
CREATE UNIQUE INDEX adjustment_running ON adjustment (station_id, kind) WHERE closed_at IS NULL AND kind <> 'misuse';
CREATE UNIQUE INDEX adjustment_year ON adjustment (station_id, year) WHERE year IS NOT NULL;

CREATE TABLE adjustment_step (
  id INTEGER PRIMARY KEY,
  adjustment_id INTEGER NOT NULL REFERENCES adjustment (id),
  step TEXT NOT NULL,
  stage TEXT NOT NULL,
  text TEXT NOT NULL,
  attendees TEXT NOT NULL,
  on_day INTEGER,
  paper_id INTEGER REFERENCES paper (id),
  taken_at INTEGER NOT NULL,
  taken_by TEXT NOT NULL
) STRICT;
CREATE INDEX adjustment_step_adjustment ON adjustment_step (adjustment_id, id);

-- Open cases handed over before a station ends: to whom, or how they were concluded.
CREATE TABLE handover (
  id INTEGER PRIMARY KEY,
  adjustment_id INTEGER NOT NULL REFERENCES adjustment (id),
  entry_id INTEGER NOT NULL REFERENCES ledger_entry (id),
  outcome TEXT NOT NULL,
  receiver TEXT NOT NULL,
  note TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX handover_entry ON handover (adjustment_id, entry_id);

-- Names a station and its host had until a day: searches find them, old documents keep them.
CREATE TABLE station_name (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  until_on INTEGER NOT NULL,
  adjustment_id INTEGER NOT NULL REFERENCES adjustment (id)
) STRICT;
CREATE INDEX station_name_station ON station_name (station_id, id);

-- An absorbed station points to the one that carries on (Article 16).
ALTER TABLE station ADD COLUMN merged_into INTEGER;
CREATE INDEX station_ended ON station (ended_on, number);
CREATE INDEX result_grade ON result (grade, year, station_id);

CREATE TRIGGER adjustment_step_no_update BEFORE UPDATE ON adjustment_step BEGIN SELECT RAISE(ABORT, 'adjustment_step is append-only'); END;
CREATE TRIGGER adjustment_step_no_delete BEFORE DELETE ON adjustment_step BEGIN SELECT RAISE(ABORT, 'adjustment_step is append-only'); END;
CREATE TRIGGER handover_no_update BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'handover is append-only'); END;
CREATE TRIGGER handover_no_delete BEFORE DELETE ON handover BEGIN SELECT RAISE(ABORT, 'handover is append-only'); END;
CREATE TRIGGER station_name_no_update BEFORE UPDATE ON station_name BEGIN SELECT RAISE(ABORT, 'station_name is append-only'); END;
CREATE TRIGGER station_name_no_delete BEFORE DELETE ON station_name BEGIN SELECT RAISE(ABORT, 'station_name is append-only'); END;
CREATE TRIGGER adjustment_no_delete BEFORE DELETE ON adjustment BEGIN SELECT RAISE(ABORT, 'adjustment is append-only'); END;
