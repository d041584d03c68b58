-- 早期预警 (Article 5 (1) and (3), readings K90 to K94): foreign notices as they came in, the signals they became at the
-- stations, warnings, and what reached which firm.
CREATE TABLE intake (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  origin TEXT NOT NULL,
  file_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  station_id INTEGER REFERENCES station (id),
  records INTEGER NOT NULL,
  notices INTEGER NOT NULL,
  fresh INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  announced INTEGER,
  received_at INTEGER NOT NULL,
  received_by TEXT NOT NULL
) STRICT;
CREATE INDEX intake_source ON intake (source, id);

CREATE TABLE intake_refusal (
  id INTEGER PRIMARY KEY,
  intake_id INTEGER NOT NULL REFERENCES intake (id),
  record INTEGER NOT NULL,
  place TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX intake_refusal_intake ON intake_refusal (intake_id, id);

-- One document of a foreign authority, in whatever file it came first.
CREATE TABLE trade_notice (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  source_id TEXT NOT NULL,
  published_on INTEGER,
  authority TEXT NOT NULL,
  country TEXT NOT NULL,
  kind TEXT NOT NULL,
  stage TEXT NOT NULL,
  title TEXT NOT NULL,
  product TEXT NOT NULL,
  targets TEXT NOT NULL,
  case_numbers TEXT NOT NULL,
  deadline_on INTEGER,
  url TEXT NOT NULL,
  raw_sha256 TEXT NOT NULL,
  relation TEXT NOT NULL,
  relates_to TEXT NOT NULL,
  aside TEXT NOT NULL,
  intake_id INTEGER NOT NULL REFERENCES intake (id),
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX trade_notice_received ON trade_notice (received_at, id);
CREATE INDEX trade_notice_relates ON trade_notice (relates_to) WHERE relates_to <> '';

CREATE TABLE trade_notice_code (
  notice_id INTEGER NOT NULL REFERENCES trade_notice (id),
  code TEXT NOT NULL,
  via TEXT NOT NULL,
  PRIMARY KEY (notice_id, code)
) STRICT;

-- A notice at a station's door, or, where no station covers it, at the department's.
CREATE TABLE signal (
  id INTEGER PRIMARY KEY,
  notice_id INTEGER NOT NULL REFERENCES trade_notice (id),
  station_id INTEGER REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  lead INTEGER NOT NULL,
  why TEXT NOT NULL,
  firms INTEGER NOT NULL,
  stage TEXT NOT NULL,
  arrived_at INTEGER NOT NULL,
  due_on INTEGER NOT NULL,
  handled_at INTEGER,
  handled_by TEXT,
  reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX signal_once ON signal (notice_id, station_id) WHERE station_id IS NOT NULL;
CREATE UNIQUE INDEX signal_uncovered ON signal (notice_id) WHERE station_id IS NULL;
CREATE INDEX signal_station ON signal (station_id, stage, id);
CREATE INDEX signal_city ON signal (city, stage, id);
CREATE INDEX signal_county ON signal (county, stage, id);
CREATE INDEX signal_stage ON signal (stage, id);

CREATE TABLE warning (
  id INTEGER PRIMARY KEY,
  number TEXT UNIQUE,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  notice_id INTEGER REFERENCES trade_notice (id),
  signal_id INTEGER REFERENCES signal (id),
  stage TEXT NOT NULL,
  version INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  level TEXT NOT NULL,
  title TEXT NOT NULL,
  entry_id INTEGER REFERENCES ledger_entry (id),
  created_at INTEGER NOT NULL,
  published_at INTEGER,
  corrected_at INTEGER,
  retracted_at INTEGER,
  retract_reason TEXT NOT NULL
) STRICT;
CREATE INDEX warning_station ON warning (station_id, id);
CREATE INDEX warning_city ON warning (city, id);
CREATE INDEX warning_county ON warning (county, id);
CREATE INDEX warning_published ON warning (published_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX warning_published_station ON warning (station_id, published_at, id) WHERE published_at IS NOT NULL;

-- What a warning says, version by version: the public copy. Notes of the station's own stand apart and are never shown.
CREATE TABLE warning_version (
  warning_id INTEGER NOT NULL REFERENCES warning (id),
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  market TEXT NOT NULL,
  industry TEXT NOT NULL,
  summary TEXT NOT NULL,
  products TEXT NOT NULL,
  hs_codes TEXT NOT NULL,
  advice TEXT NOT NULL,
  respond_on INTEGER,
  source_title TEXT NOT NULL,
  source_url TEXT NOT NULL,
  source_on INTEGER,
  source_sha256 TEXT NOT NULL,
  captured_at INTEGER,
  level TEXT NOT NULL,
  title TEXT NOT NULL,
  notes TEXT NOT NULL,
  reason TEXT NOT NULL,
  published INTEGER NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  PRIMARY KEY (warning_id, version)
) STRICT;

-- How firms of a roster are reached, and their codes one by one, so that a notice finds them by prefix.
ALTER TABLE roster_member ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE roster_member ADD COLUMN muted_at INTEGER;
CREATE INDEX roster_member_by_code ON roster_member (uscc, id);
CREATE TABLE roster_code (
  code TEXT NOT NULL,
  station_id INTEGER NOT NULL,
  member_id INTEGER NOT NULL REFERENCES roster_member (id),
  PRIMARY KEY (code, station_id, member_id)
) STRICT;
CREATE INDEX roster_code_member ON roster_code (member_id);

-- 关注词 of a station.
CREATE TABLE watch_word (
  station_id INTEGER NOT NULL REFERENCES station (id),
  word TEXT NOT NULL,
  PRIMARY KEY (station_id, word)
) STRICT;

-- What is to reach a firm: queued in the transaction that publishes, once per warning, firm and channel.
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  warning_id INTEGER NOT NULL REFERENCES warning (id),
  uscc TEXT NOT NULL,
  member_id INTEGER NOT NULL REFERENCES roster_member (id),
  station_id INTEGER NOT NULL REFERENCES station (id),
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  claimed_at INTEGER,
  sent_at INTEGER,
  receipt TEXT NOT NULL,
  problem TEXT NOT NULL,
  opened_at INTEGER,
  answered_at INTEGER,
  answer TEXT NOT NULL,
  remark TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX delivery_once ON delivery (warning_id, uscc, channel);
CREATE INDEX delivery_waiting ON delivery (next_at, id) WHERE state = 'queued';
CREATE INDEX delivery_claimed ON delivery (claimed_at, id) WHERE state = 'sending';
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';
CREATE INDEX delivery_station ON delivery (warning_id, station_id, id);
CREATE INDEX delivery_firm ON delivery (uscc, id);

-- 咨询 and 反映: what a firm asks behind a warning, and what the station answers.
CREATE TABLE consultation (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES delivery (id),
  warning_id INTEGER NOT NULL REFERENCES warning (id),
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  firm TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  answer TEXT NOT NULL,
  answered_at INTEGER,
  answered_by TEXT NOT NULL
) STRICT;
CREATE INDEX consultation_station ON consultation (station_id, id);
CREATE INDEX consultation_delivery ON consultation (delivery_id, id);

CREATE TRIGGER intake_no_update BEFORE UPDATE ON intake BEGIN SELECT RAISE(ABORT, 'intake is append-only'); END;
CREATE TRIGGER intake_no_delete BEFORE DELETE ON intake BEGIN SELECT RAISE(ABORT, 'intake is append-only'); END;
CREATE TRIGGER intake_refusal_no_update BEFORE UPDATE ON intake_refusal BEGIN SELECT RAISE(ABORT, 'intake_refusal is append-only'); END;
CREATE TRIGGER intake_refusal_no_delete BEFORE DELETE ON intake_refusal BEGIN SELECT RAISE(ABORT, 'intake_refusal is append-only'); END;
-- What was published never changes; a draft is saved over.
CREATE TRIGGER warning_version_kept BEFORE UPDATE ON warning_version WHEN OLD.published = 1 BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER warning_version_no_delete BEFORE DELETE ON warning_version BEGIN SELECT RAISE(ABORT, 'warning_version is append-only'); END;
CREATE TRIGGER warning_no_delete BEFORE DELETE ON warning BEGIN SELECT RAISE(ABORT, 'warnings are retracted, not deleted'); END;

-- Codes of firms already on a roster, taken apart at their commas.
INSERT INTO roster_code (code, station_id, member_id)
WITH RECURSIVE part (station_id, member_id, code, rest) AS (
  SELECT station_id, id, '', replace(hs_codes, '、', ',') || ',' FROM roster_member WHERE removed_at IS NULL AND hs_codes <> ''
  UNION ALL
  SELECT station_id, member_id, substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''
) SELECT DISTINCT code, station_id, member_id FROM part WHERE code <> '';
