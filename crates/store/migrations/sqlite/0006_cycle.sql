-- A cycle's deadlines as the province confirmed them (readings K28, K33). A date that moves is a new row; the newest holds.
CREATE TABLE cycle_date (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  deadline TEXT NOT NULL,
  name TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  at_time TEXT NOT NULL,
  tentative INTEGER NOT NULL,
  reason TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  set_by TEXT NOT NULL
) STRICT;
CREATE INDEX cycle_date_deadline ON cycle_date (year, deadline, id);

-- The parameters a year was opened with, as they were shown.
CREATE TABLE cycle_parameter (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  basis TEXT NOT NULL,
  tag TEXT
) STRICT;
CREATE INDEX cycle_parameter_year ON cycle_parameter (year, id);

-- Each station's way through the year's inspection: every step is a row, the newest says where it stands.
CREATE TABLE inspection_step (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  seq INTEGER NOT NULL,
  stage TEXT NOT NULL,
  step TEXT NOT NULL,
  first_at INTEGER,
  due_day INTEGER,
  reason TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  taken_by TEXT NOT NULL,
  account_id INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX inspection_step_seq ON inspection_step (year, station_id, seq);

-- The collective decision a year's grades were confirmed on.
CREATE TABLE confirmation (
  year INTEGER NOT NULL PRIMARY KEY REFERENCES cycle (year),
  attendees TEXT NOT NULL,
  reason TEXT NOT NULL,
  decided_on INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;

-- A year in the archive, with the hash over its results.
CREATE TABLE cycle_closing (
  year INTEGER NOT NULL PRIMARY KEY REFERENCES cycle (year),
  sha256 TEXT NOT NULL,
  closed_at INTEGER NOT NULL,
  closed_by TEXT NOT NULL
) STRICT;

-- Reminders as they went out, each by itself: whom, of which deadline, how many days from it.
CREATE TABLE reminder (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  recipient TEXT NOT NULL,
  station_id INTEGER REFERENCES station (id),
  city TEXT,
  deadline TEXT NOT NULL,
  offset_days INTEGER NOT NULL,
  due_day INTEGER NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reminder_once ON reminder (year, recipient, deadline, offset_days, due_day);

-- Calls made about what is missing.
CREATE TABLE call_log (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL REFERENCES cycle (year),
  station_id INTEGER NOT NULL REFERENCES station (id),
  spoke_to TEXT NOT NULL,
  outcome TEXT NOT NULL,
  logged_at INTEGER NOT NULL,
  logged_by TEXT NOT NULL
) STRICT;
CREATE INDEX call_log_station ON call_log (year, station_id, id);

-- Years begun before: first receipts, findings and results tell where each station stands.
INSERT INTO inspection_step (year, station_id, seq, stage, step, first_at, reason, taken_at, taken_by, account_id)
SELECT e.year, e.station_id, 1, 'submitted', 'submit', e.submitted_at, '', e.submitted_at, e.submitted_by, 0
FROM submission e WHERE NOT EXISTS
  (SELECT 1 FROM submission n WHERE n.year = e.year AND n.station_id = e.station_id AND n.id < e.id);
INSERT INTO inspection_step (year, station_id, seq, stage, step, first_at, reason, taken_at, taken_by, account_id)
SELECT p.year, p.station_id, 2, 'absent', 'find_absent',
  (SELECT min(e.submitted_at) FROM submission e WHERE e.year = p.year AND e.station_id = p.station_id),
  p.reason, p.found_at, p.found_by, 0
FROM participation p WHERE p.value = 'absent';
INSERT INTO inspection_step (year, station_id, seq, stage, step, first_at, reason, taken_at, taken_by, account_id)
SELECT r.year, r.station_id, 3, 'graded', 'grade',
  (SELECT min(e.submitted_at) FROM submission e WHERE e.year = r.year AND e.station_id = r.station_id),
  '', r.confirmed_at, c.confirmed_by, 0
FROM result r JOIN cycle c ON c.year = r.year WHERE c.confirmed_by IS NOT NULL;

CREATE TRIGGER cycle_date_no_update BEFORE UPDATE ON cycle_date BEGIN SELECT RAISE(ABORT, 'cycle_date is append-only'); END;
CREATE TRIGGER cycle_date_no_delete BEFORE DELETE ON cycle_date BEGIN SELECT RAISE(ABORT, 'cycle_date is append-only'); END;
CREATE TRIGGER cycle_parameter_no_update BEFORE UPDATE ON cycle_parameter BEGIN SELECT RAISE(ABORT, 'cycle_parameter is append-only'); END;
CREATE TRIGGER cycle_parameter_no_delete BEFORE DELETE ON cycle_parameter BEGIN SELECT RAISE(ABORT, 'cycle_parameter is append-only'); END;
CREATE TRIGGER inspection_step_no_update BEFORE UPDATE ON inspection_step BEGIN SELECT RAISE(ABORT, 'inspection_step is append-only'); END;
CREATE TRIGGER inspection_step_no_delete BEFORE DELETE ON inspection_step BEGIN SELECT RAISE(ABORT, 'inspection_step is append-only'); END;
CREATE TRIGGER confirmation_no_update BEFORE UPDATE ON confirmation BEGIN SELECT RAISE(ABORT, 'confirmation is append-only'); END;
CREATE TRIGGER confirmation_no_delete BEFORE DELETE ON confirmation BEGIN SELECT RAISE(ABORT, 'confirmation is append-only'); END;
CREATE TRIGGER cycle_closing_no_update BEFORE UPDATE ON cycle_closing BEGIN SELECT RAISE(ABORT, 'cycle_closing is append-only'); END;
CREATE TRIGGER cycle_closing_no_delete BEFORE DELETE ON cycle_closing BEGIN SELECT RAISE(ABORT, 'cycle_closing is append-only'); END;
CREATE TRIGGER reminder_no_update BEFORE UPDATE ON reminder BEGIN SELECT RAISE(ABORT, 'reminder is append-only'); END;
CREATE TRIGGER reminder_no_delete BEFORE DELETE ON reminder BEGIN SELECT RAISE(ABORT, 'reminder is append-only'); END;
CREATE TRIGGER call_log_no_update BEFORE UPDATE ON call_log BEGIN SELECT RAISE(ABORT, 'call_log is append-only'); END;
CREATE TRIGGER call_log_no_delete BEFORE DELETE ON call_log BEGIN SELECT RAISE(ABORT, 'call_log is append-only'); END;
