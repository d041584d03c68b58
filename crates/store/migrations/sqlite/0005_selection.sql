-- From accepted applications to a confirmed station (Article 8 (3) and (4), readings K31, K32, K80).

-- 专家库: who may be drawn onto a panel. An expert signs in by invitation, to an account nobody has a password of.
CREATE TABLE expert (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL UNIQUE REFERENCES account (id),
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  uscc TEXT NOT NULL,
  speciality TEXT NOT NULL,
  industries TEXT NOT NULL,
  phone TEXT NOT NULL,
  email TEXT NOT NULL,
  active INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX expert_name ON expert (name, id);

-- A conflict of interest with a unit, declared by the province or by the expert.
CREATE TABLE expert_tie (
  id INTEGER PRIMARY KEY,
  expert_id INTEGER NOT NULL REFERENCES expert (id),
  unit TEXT NOT NULL,
  uscc TEXT NOT NULL,
  reason TEXT NOT NULL,
  declared_at INTEGER NOT NULL,
  declared_by TEXT NOT NULL
) STRICT;
CREATE INDEX expert_tie_expert ON expert_tie (expert_id, id);

-- 专家组: drawn for some applications of a round.
CREATE TABLE panel (
  id INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES admission_round (id),
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  closed_at INTEGER,
  closed_by TEXT
) STRICT;
CREATE INDEX panel_round ON panel (round_id, id);

CREATE TABLE panel_application (
  id INTEGER PRIMARY KEY,
  panel_id INTEGER NOT NULL REFERENCES panel (id),
  application_id INTEGER NOT NULL UNIQUE REFERENCES application (id)
) STRICT;
CREATE INDEX panel_application_panel ON panel_application (panel_id, id);

-- A draw as it was made: seed, candidates, outcome, and who was left out with why. Anyone can repeat it.
CREATE TABLE panel_draw (
  id INTEGER PRIMARY KEY,
  panel_id INTEGER NOT NULL REFERENCES panel (id),
  seed TEXT NOT NULL,
  candidates TEXT NOT NULL,
  drawn TEXT NOT NULL,
  excluded TEXT NOT NULL,
  reason TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL
) STRICT;
CREATE INDEX panel_draw_panel ON panel_draw (panel_id, id);

-- A drawn expert's seat. The invitation's token is kept as its hash, and goes when it is used.
CREATE TABLE panel_seat (
  id INTEGER PRIMARY KEY,
  panel_id INTEGER NOT NULL REFERENCES panel (id),
  expert_id INTEGER NOT NULL REFERENCES expert (id),
  draw_id INTEGER NOT NULL REFERENCES panel_draw (id),
  state TEXT NOT NULL,
  token_hash TEXT UNIQUE,
  until_day INTEGER,
  invited_at INTEGER,
  entered_at INTEGER,
  answered_at INTEGER,
  reason TEXT NOT NULL,
  UNIQUE (panel_id, expert_id)
) STRICT;
CREATE INDEX panel_seat_expert ON panel_seat (expert_id, id);

-- One expert's review of one application: saved as it is typed, then locked for good.
CREATE TABLE review (
  id INTEGER PRIMARY KEY,
  seat_id INTEGER NOT NULL REFERENCES panel_seat (id),
  application_id INTEGER NOT NULL REFERENCES application (id),
  marks TEXT NOT NULL,
  agree INTEGER,
  opinion TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  total INTEGER,
  locked_at INTEGER,
  UNIQUE (seat_id, application_id)
) STRICT;
CREATE INDEX review_application ON review (application_id, id);

-- 实地考察记录.
CREATE TABLE site_visit (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  on_day INTEGER NOT NULL,
  at_time TEXT NOT NULL,
  place TEXT NOT NULL,
  people TEXT NOT NULL,
  found TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL
) STRICT;
CREATE INDEX site_visit_application ON site_visit (application_id, id);

-- Whether the province shortlisted an application, at which place, and why where it left the order or left one out.
CREATE TABLE shortlisting (
  id INTEGER PRIMARY KEY,
  round_id INTEGER NOT NULL REFERENCES admission_round (id),
  application_id INTEGER NOT NULL UNIQUE REFERENCES application (id),
  chosen INTEGER NOT NULL,
  place INTEGER NOT NULL,
  reason TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL
) STRICT;
CREATE INDEX shortlisting_round ON shortlisting (round_id, id);

-- What stands on a public notice.
CREATE TABLE notice_entry (
  id INTEGER PRIMARY KEY,
  publication_id INTEGER NOT NULL REFERENCES publication (id),
  application_id INTEGER NOT NULL UNIQUE REFERENCES application (id)
) STRICT;
CREATE INDEX notice_entry_publication ON notice_entry (publication_id, id);

-- 公示异议, by anyone with a name and a contact; the code is the objector's receipt.
CREATE TABLE objection (
  id INTEGER PRIMARY KEY,
  publication_id INTEGER NOT NULL REFERENCES publication (id),
  application_id INTEGER REFERENCES application (id),
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  contact TEXT NOT NULL,
  text TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  due_day INTEGER NOT NULL
) STRICT;
CREATE INDEX objection_publication ON objection (publication_id, id);

CREATE TABLE objection_ruling (
  id INTEGER PRIMARY KEY,
  objection_id INTEGER NOT NULL UNIQUE REFERENCES objection (id),
  ruling TEXT NOT NULL,
  reason TEXT NOT NULL,
  paper_id INTEGER NOT NULL REFERENCES paper (id),
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL
) STRICT;

-- 确认: an application became a station, after which notice.
CREATE TABLE station_confirmation (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL UNIQUE REFERENCES application (id),
  station_id INTEGER NOT NULL UNIQUE REFERENCES station (id),
  notice_id INTEGER NOT NULL REFERENCES publication (id),
  announcement_id INTEGER NOT NULL REFERENCES publication (id),
  confirmed_at INTEGER NOT NULL,
  confirmed_by TEXT NOT NULL
) STRICT;
CREATE INDEX station_confirmation_notice ON station_confirmation (notice_id, id);

CREATE TRIGGER expert_tie_no_update BEFORE UPDATE ON expert_tie BEGIN SELECT RAISE(ABORT, 'expert_tie is append-only'); END;
CREATE TRIGGER expert_tie_no_delete BEFORE DELETE ON expert_tie BEGIN SELECT RAISE(ABORT, 'expert_tie is append-only'); END;
CREATE TRIGGER panel_application_no_update BEFORE UPDATE ON panel_application BEGIN SELECT RAISE(ABORT, 'panel_application is append-only'); END;
CREATE TRIGGER panel_application_no_delete BEFORE DELETE ON panel_application BEGIN SELECT RAISE(ABORT, 'panel_application is append-only'); END;
CREATE TRIGGER panel_draw_no_update BEFORE UPDATE ON panel_draw BEGIN SELECT RAISE(ABORT, 'panel_draw is append-only'); END;
CREATE TRIGGER panel_draw_no_delete BEFORE DELETE ON panel_draw BEGIN SELECT RAISE(ABORT, 'panel_draw is append-only'); END;
CREATE TRIGGER site_visit_no_update BEFORE UPDATE ON site_visit BEGIN SELECT RAISE(ABORT, 'site_visit is append-only'); END;
CREATE TRIGGER site_visit_no_delete BEFORE DELETE ON site_visit BEGIN SELECT RAISE(ABORT, 'site_visit is append-only'); END;
CREATE TRIGGER shortlisting_no_update BEFORE UPDATE ON shortlisting BEGIN SELECT RAISE(ABORT, 'shortlisting is append-only'); END;
CREATE TRIGGER shortlisting_no_delete BEFORE DELETE ON shortlisting BEGIN SELECT RAISE(ABORT, 'shortlisting is append-only'); END;
CREATE TRIGGER notice_entry_no_update BEFORE UPDATE ON notice_entry BEGIN SELECT RAISE(ABORT, 'notice_entry is append-only'); END;
CREATE TRIGGER notice_entry_no_delete BEFORE DELETE ON notice_entry BEGIN SELECT RAISE(ABORT, 'notice_entry is append-only'); END;
CREATE TRIGGER objection_no_update BEFORE UPDATE ON objection BEGIN SELECT RAISE(ABORT, 'objection is append-only'); END;
CREATE TRIGGER objection_no_delete BEFORE DELETE ON objection BEGIN SELECT RAISE(ABORT, 'objection is append-only'); END;
CREATE TRIGGER objection_ruling_no_update BEFORE UPDATE ON objection_ruling BEGIN SELECT RAISE(ABORT, 'objection_ruling is append-only'); END;
CREATE TRIGGER objection_ruling_no_delete BEFORE DELETE ON objection_ruling BEGIN SELECT RAISE(ABORT, 'objection_ruling is append-only'); END;
CREATE TRIGGER station_confirmation_no_update BEFORE UPDATE ON station_confirmation BEGIN SELECT RAISE(ABORT, 'station_confirmation is append-only'); END;
CREATE TRIGGER station_confirmation_no_delete BEFORE DELETE ON station_confirmation BEGIN SELECT RAISE(ABORT, 'station_confirmation is append-only'); END;
CREATE TRIGGER review_locked BEFORE UPDATE ON review WHEN OLD.locked_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
CREATE TRIGGER review_no_delete BEFORE DELETE ON review BEGIN SELECT RAISE(ABORT, 'review is append-only'); END;
