-- Rounds, applicants and applications (Articles 6-8 (2)).

-- A year's round, its dates confirmed and frozen when it was opened (readings K27, K28).
CREATE TABLE admission_round (
  id INTEGER PRIMARY KEY,
  year INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  edition_id TEXT NOT NULL REFERENCES edition (id),
  state TEXT NOT NULL,
  city_due INTEGER NOT NULL,
  direct_due INTEGER NOT NULL,
  forwarding_due INTEGER NOT NULL,
  review_due INTEGER NOT NULL,
  contact TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL
) STRICT;

-- An organisation that registered itself; its account is for its applications only.
CREATE TABLE applicant (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES account (id),
  name TEXT NOT NULL,
  uscc TEXT NOT NULL,
  unit TEXT NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  registered_at INTEGER NOT NULL
) STRICT;
CREATE INDEX applicant_uscc ON applicant (uscc);
CREATE INDEX applicant_registered ON applicant (registered_at);

CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES admission_round (id),
  account_id INTEGER NOT NULL REFERENCES account (id),
  number TEXT NOT NULL,
  route TEXT NOT NULL,
  direct_ground TEXT NOT NULL,
  name TEXT NOT NULL,
  uscc TEXT NOT NULL,
  kind TEXT NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  station_name TEXT NOT NULL,
  industry_code TEXT NOT NULL,
  industry TEXT NOT NULL,
  comprehensive INTEGER NOT NULL,
  hs_chapters TEXT NOT NULL,
  address TEXT NOT NULL,
  website TEXT NOT NULL,
  form TEXT NOT NULL,
  stage TEXT NOT NULL,
  first_at INTEGER,
  due_day INTEGER,
  versions INTEGER NOT NULL,
  city_late INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX application_account ON application (account_id, round_id);
CREATE INDEX application_round ON application (round_id, id);
CREATE INDEX application_city ON application (city, round_id, id);
CREATE INDEX application_county ON application (county, round_id, id);

-- What was handed in, as it was handed in.
CREATE TABLE application_version (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  version INTEGER NOT NULL,
  form TEXT NOT NULL,
  files TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  receipt TEXT NOT NULL UNIQUE,
  handed_in_at INTEGER NOT NULL,
  handed_in_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX application_version_application ON application_version (application_id, version);

CREATE TABLE application_step (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  step TEXT NOT NULL,
  stage TEXT NOT NULL,
  note TEXT NOT NULL,
  paper_id INTEGER REFERENCES paper (id),
  taken_at INTEGER NOT NULL,
  taken_by TEXT NOT NULL
) STRICT;
CREATE INDEX application_step_application ON application_step (application_id, id);

-- Evidence of a claim. One taken off the form stays with the versions that had it.
CREATE TABLE application_file (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  item TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES attachment (sha256),
  file_name TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE INDEX application_file_application ON application_file (application_id, item, id);

-- A reviewer's tick on one condition; the newest of a desk holds.
CREATE TABLE application_check (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  version INTEGER NOT NULL,
  desk TEXT NOT NULL,
  item TEXT NOT NULL,
  met INTEGER NOT NULL,
  note TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX application_check_application ON application_check (application_id, id);

-- 上报: a city's reviewed applications, forwarded in one act.
CREATE TABLE forwarding (
  id INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES admission_round (id),
  city TEXT NOT NULL,
  applications INTEGER NOT NULL,
  late INTEGER NOT NULL,
  paper_id INTEGER NOT NULL REFERENCES paper (id),
  forwarded_at INTEGER NOT NULL,
  forwarded_by TEXT NOT NULL
) STRICT;
CREATE INDEX forwarding_round ON forwarding (round_id, city, id);

CREATE TRIGGER application_version_no_update BEFORE UPDATE ON application_version BEGIN SELECT RAISE(ABORT, 'application_version is append-only'); END;
CREATE TRIGGER application_version_no_delete BEFORE DELETE ON application_version BEGIN SELECT RAISE(ABORT, 'application_version is append-only'); END;
CREATE TRIGGER application_step_no_update BEFORE UPDATE ON application_step BEGIN SELECT RAISE(ABORT, 'application_step is append-only'); END;
CREATE TRIGGER application_step_no_delete BEFORE DELETE ON application_step BEGIN SELECT RAISE(ABORT, 'application_step is append-only'); END;
CREATE TRIGGER application_check_no_update BEFORE UPDATE ON application_check BEGIN SELECT RAISE(ABORT, 'application_check is append-only'); END;
CREATE TRIGGER application_check_no_delete BEFORE DELETE ON application_check BEGIN SELECT RAISE(ABORT, 'application_check is append-only'); END;
CREATE TRIGGER forwarding_no_update BEFORE UPDATE ON forwarding BEGIN SELECT RAISE(ABORT, 'forwarding is append-only'); END;
CREATE TRIGGER forwarding_no_delete BEFORE DELETE ON forwarding BEGIN SELECT RAISE(ABORT, 'forwarding is append-only'); END;
