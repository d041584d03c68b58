-- Grades a station brought with it from before this system (reading K79): told as history, never counted.
CREATE TABLE past_grade (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  year INTEGER NOT NULL,
  grade TEXT NOT NULL,
  document TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX past_grade_year ON past_grade (station_id, year);

CREATE TRIGGER past_grade_no_update BEFORE UPDATE ON past_grade BEGIN SELECT RAISE(ABORT, 'past_grade is append-only'); END;
CREATE TRIGGER past_grade_no_delete BEFORE DELETE ON past_grade BEGIN SELECT RAISE(ABORT, 'past_grade is append-only'); END;
