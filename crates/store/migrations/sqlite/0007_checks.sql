-- From which day an assessor may look at a station (reading K34); from when it was made where nobody said.
ALTER TABLE assignment ADD COLUMN from_on INTEGER;

-- On-site checks (Article 10 (2), (3)): every saving is a row. One that was based on an older version than the newest
-- has no version of its own and waits to be merged, so nothing is overwritten and nothing is lost.
CREATE TABLE site_check (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  layer TEXT NOT NULL,
  assessor INTEGER NOT NULL,
  version INTEGER,
  base INTEGER NOT NULL,
  merges INTEGER REFERENCES site_check (id),
  state TEXT NOT NULL,
  content TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  account_id INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX site_check_version ON site_check (station_id, year, layer, assessor, version);
CREATE INDEX site_check_year ON site_check (year, layer, station_id);
CREATE INDEX site_check_merges ON site_check (merges);

-- Provincial sampling (Article 10 (3), reading K37): the draw with all it takes to do it again.
CREATE TABLE sample_draw (
  year INTEGER NOT NULL PRIMARY KEY,
  seed TEXT NOT NULL,
  percent INTEGER NOT NULL,
  min_per_city INTEGER NOT NULL,
  candidates TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  drawn_at INTEGER NOT NULL,
  drawn_by TEXT NOT NULL
) STRICT;
CREATE TABLE sampled_station (
  year INTEGER NOT NULL REFERENCES sample_draw (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  place INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (year, station_id)
) STRICT;
CREATE INDEX sampled_station_station ON sampled_station (station_id, year);

-- Spot checks (Article 12): at any time, by province or city.
CREATE TABLE spot_check (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  level TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  place TEXT NOT NULL,
  inspectors TEXT NOT NULL,
  result TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE INDEX spot_check_station ON spot_check (station_id, id);
CREATE INDEX spot_check_city ON spot_check (city, id);
CREATE INDEX spot_check_county ON spot_check (county, id);

-- Problems a spot check found, one row each.
CREATE TABLE spot_problem (
  id INTEGER PRIMARY KEY,
  check_id INTEGER NOT NULL REFERENCES spot_check (id),
  number INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX spot_problem_check ON spot_problem (check_id, number);

-- Bulletins (通报, reading K39): what was told to whom.
CREATE TABLE bulletin (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  audience TEXT NOT NULL,
  public INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  issued_by TEXT NOT NULL
) STRICT;
CREATE TABLE bulletin_check (
  bulletin_id INTEGER NOT NULL REFERENCES bulletin (id),
  check_id INTEGER NOT NULL REFERENCES spot_check (id),
  PRIMARY KEY (bulletin_id, check_id)
) STRICT;
CREATE INDEX bulletin_check_check ON bulletin_check (check_id);

-- Rectification tasks: what was ordered, where it stands, until when.
CREATE TABLE rectification (
  id INTEGER PRIMARY KEY,
  problem_id INTEGER NOT NULL REFERENCES spot_problem (id),
  check_id INTEGER NOT NULL REFERENCES spot_check (id),
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  level TEXT NOT NULL,
  demand TEXT NOT NULL,
  stage TEXT NOT NULL,
  due_on INTEGER NOT NULL,
  ordered_at INTEGER NOT NULL,
  ordered_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX rectification_problem ON rectification (problem_id);
CREATE INDEX rectification_check ON rectification (check_id);
CREATE INDEX rectification_station ON rectification (station_id, id);
CREATE INDEX rectification_city ON rectification (city, id);
CREATE INDEX rectification_county ON rectification (county, id);
CREATE INDEX rectification_stage ON rectification (stage, due_on);

-- What was done to a task, in order.
CREATE TABLE rectification_step (
  id INTEGER PRIMARY KEY,
  rectification_id INTEGER NOT NULL REFERENCES rectification (id),
  what TEXT NOT NULL,
  text TEXT NOT NULL,
  due_on INTEGER,
  taken_at INTEGER NOT NULL,
  taken_by TEXT NOT NULL
) STRICT;
CREATE INDEX rectification_step_task ON rectification_step (rectification_id, id);

CREATE TRIGGER site_check_no_update BEFORE UPDATE ON site_check BEGIN SELECT RAISE(ABORT, 'site_check is append-only'); END;
CREATE TRIGGER site_check_no_delete BEFORE DELETE ON site_check BEGIN SELECT RAISE(ABORT, 'site_check is append-only'); END;
CREATE TRIGGER sample_draw_no_update BEFORE UPDATE ON sample_draw BEGIN SELECT RAISE(ABORT, 'sample_draw is append-only'); END;
CREATE TRIGGER sample_draw_no_delete BEFORE DELETE ON sample_draw BEGIN SELECT RAISE(ABORT, 'sample_draw is append-only'); END;
CREATE TRIGGER sampled_station_no_update BEFORE UPDATE ON sampled_station BEGIN SELECT RAISE(ABORT, 'sampled_station is append-only'); END;
CREATE TRIGGER sampled_station_no_delete BEFORE DELETE ON sampled_station BEGIN SELECT RAISE(ABORT, 'sampled_station is append-only'); END;
CREATE TRIGGER spot_check_no_update BEFORE UPDATE ON spot_check BEGIN SELECT RAISE(ABORT, 'spot_check is append-only'); END;
CREATE TRIGGER spot_check_no_delete BEFORE DELETE ON spot_check BEGIN SELECT RAISE(ABORT, 'spot_check is append-only'); END;
CREATE TRIGGER spot_problem_no_update BEFORE UPDATE ON spot_problem BEGIN SELECT RAISE(ABORT, 'spot_problem is append-only'); END;
CREATE TRIGGER spot_problem_no_delete BEFORE DELETE ON spot_problem BEGIN SELECT RAISE(ABORT, 'spot_problem is append-only'); END;
CREATE TRIGGER bulletin_no_update BEFORE UPDATE ON bulletin BEGIN SELECT RAISE(ABORT, 'bulletin is append-only'); END;
CREATE TRIGGER bulletin_no_delete BEFORE DELETE ON bulletin BEGIN SELECT RAISE(ABORT, 'bulletin is append-only'); END;
CREATE TRIGGER bulletin_check_no_update BEFORE UPDATE ON bulletin_check BEGIN SELECT RAISE(ABORT, 'bulletin_check is append-only'); END;
CREATE TRIGGER bulletin_check_no_delete BEFORE DELETE ON bulletin_check BEGIN SELECT RAISE(ABORT, 'bulletin_check is append-only'); END;
CREATE TRIGGER rectification_step_no_update BEFORE UPDATE ON rectification_step BEGIN SELECT RAISE(ABORT, 'rectification_step is append-only'); END;
CREATE TRIGGER rectification_step_no_delete BEFORE DELETE ON rectification_step BEGIN SELECT RAISE(ABORT, 'rectification_step is append-only'); END;
