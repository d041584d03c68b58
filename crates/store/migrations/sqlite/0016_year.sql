-- How a station took part, as people found it: a later finding holds, and stands beside those before it (reading K46).
CREATE TABLE participation_finding (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  found_by TEXT NOT NULL
) STRICT;
CREATE INDEX participation_finding_station ON participation_finding (year, station_id, id);
INSERT INTO participation_finding (year, station_id, value, reason, found_at, found_by)
SELECT year, station_id, value, reason, found_at, found_by FROM participation ORDER BY found_at, year, station_id;
DROP TABLE participation;

-- What a review's decision rests on, as its paper tells it (reading K88): each change by its row, and by the one before it.
CREATE TABLE review_change (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  step_id INTEGER NOT NULL REFERENCES inspection_step (id),
  paper_id INTEGER NOT NULL REFERENCES paper (id),
  matter TEXT NOT NULL,
  act_id INTEGER NOT NULL,
  before_id INTEGER,
  item TEXT NOT NULL,
  about TEXT NOT NULL,
  before_text TEXT NOT NULL,
  now_text TEXT NOT NULL
) STRICT;
CREATE INDEX review_change_station ON review_change (year, station_id, id);

-- Why a station was not checked on site, as the province said when it confirmed the year (reading K36).
ALTER TABLE result ADD COLUMN unchecked TEXT;

-- A county's opinion stands on an application or on a station's yearly material, with what the county found (readings K13
-- and K89).
CREATE TABLE county_opinion_before AS SELECT * FROM county_opinion;
DROP TABLE county_opinion;
CREATE TABLE county_opinion (
  id INTEGER PRIMARY KEY,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  findings TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX county_opinion_subject ON county_opinion (noun, noun_id, id);
INSERT INTO county_opinion (noun, noun_id, version, text, findings, given_at, given_by)
SELECT 'application', application_id, version, text, '', given_at, given_by FROM county_opinion_before ORDER BY id;
DROP TABLE county_opinion_before;

CREATE TRIGGER participation_finding_no_update BEFORE UPDATE ON participation_finding BEGIN SELECT RAISE(ABORT, 'participation_finding is append-only'); END;
CREATE TRIGGER participation_finding_no_delete BEFORE DELETE ON participation_finding BEGIN SELECT RAISE(ABORT, 'participation_finding is append-only'); END;
CREATE TRIGGER review_change_no_update BEFORE UPDATE ON review_change BEGIN SELECT RAISE(ABORT, 'review_change is append-only'); END;
CREATE TRIGGER review_change_no_delete BEFORE DELETE ON review_change BEGIN SELECT RAISE(ABORT, 'review_change is append-only'); END;
CREATE TRIGGER county_opinion_no_update BEFORE UPDATE ON county_opinion BEGIN SELECT RAISE(ABORT, 'county_opinion is append-only'); END;
CREATE TRIGGER county_opinion_no_delete BEFORE DELETE ON county_opinion BEGIN SELECT RAISE(ABORT, 'county_opinion is append-only'); END;
