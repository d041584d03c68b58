-- 企业自助 (Article 5 (1), reading K95): keys to a firm's own page, sent to the address it is registered with, and firms that
-- ask to be put on a roster.
CREATE TABLE firm_request (
  id INTEGER PRIMARY KEY,
  station_id INTEGER NOT NULL REFERENCES station (id),
  city TEXT NOT NULL,
  county TEXT,
  uscc TEXT NOT NULL,
  name TEXT NOT NULL,
  firm_city TEXT NOT NULL,
  products TEXT NOT NULL,
  hs_codes TEXT NOT NULL,
  markets TEXT NOT NULL,
  contact TEXT NOT NULL,
  phone TEXT NOT NULL,
  email TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  handled_at INTEGER,
  handled_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX firm_request_open ON firm_request (station_id, uscc) WHERE state = 'asked';
CREATE INDEX firm_request_waiting ON firm_request (station_id, asked_at) WHERE state = 'asked';
CREATE INDEX consultation_waiting ON consultation (station_id, asked_at) WHERE answered_at IS NULL;
CREATE INDEX firm_request_station ON firm_request (station_id, id);
CREATE INDEX firm_request_city ON firm_request (city, id);
CREATE INDEX firm_request_county ON firm_request (county, id);

CREATE TABLE firm_key (
  id INTEGER PRIMARY KEY,
  uscc TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  until INTEGER NOT NULL,
  -- The request whose outcome the letter tells; without one it was asked for.
  request_id INTEGER REFERENCES firm_request (id),
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  claimed_at INTEGER,
  sent_at INTEGER,
  receipt TEXT NOT NULL,
  problem TEXT NOT NULL
) STRICT;
CREATE INDEX firm_key_waiting ON firm_key (next_at, id) WHERE state = 'queued';
CREATE INDEX firm_key_claimed ON firm_key (claimed_at, id) WHERE state = 'sending';
CREATE INDEX firm_key_firm ON firm_key (uscc, queued_at);

-- When the firm itself last said that what is registered of it holds.
ALTER TABLE roster_member ADD COLUMN confirmed_at INTEGER;
