-- 订阅 (Article 5 (1) and (3)): who hears of warnings without standing on a roster, an e-mail address or a group or system of a
-- station's own, and what is to reach each. An address and a key are secrets: they stand here and nowhere else.
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  station_id INTEGER REFERENCES station (id),
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  secret TEXT NOT NULL,
  mark TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  industry TEXT NOT NULL,
  markets TEXT NOT NULL,
  codes TEXT NOT NULL,
  least TEXT NOT NULL,
  quiet_from INTEGER NOT NULL,
  quiet_to INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  confirmed_at INTEGER,
  paused_at INTEGER,
  ended_at INTEGER,
  tried_at INTEGER,
  tried_taken INTEGER NOT NULL,
  tried TEXT NOT NULL
) STRICT;
CREATE INDEX subscription_live ON subscription (industry, id) WHERE confirmed_at IS NOT NULL AND paused_at IS NULL AND ended_at IS NULL;
CREATE INDEX subscription_listed ON subscription (id) WHERE channel <> 'mail' AND ended_at IS NULL;
CREATE INDEX subscription_station ON subscription (station_id, id);
CREATE INDEX subscription_mark ON subscription (mark, id);
CREATE UNIQUE INDEX subscription_group ON subscription (mark) WHERE channel <> 'mail' AND ended_at IS NULL;
CREATE INDEX subscription_unconfirmed ON subscription (created_at) WHERE confirmed_at IS NULL;

-- 投递: one message to one subscriber; without a warning it asks an address to confirm. Queued once per warning and
-- subscription, and once per warning and address.
CREATE TABLE posting (
  id INTEGER PRIMARY KEY,
  warning_id INTEGER REFERENCES warning (id),
  subscription_id INTEGER NOT NULL REFERENCES subscription (id),
  channel TEXT NOT NULL,
  mark TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  claimed_at INTEGER,
  sent_at INTEGER,
  receipt TEXT NOT NULL,
  problem TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX posting_once ON posting (warning_id, subscription_id);
CREATE UNIQUE INDEX posting_address ON posting (warning_id, mark);
CREATE INDEX posting_waiting ON posting (next_at, id) WHERE state = 'queued';
CREATE INDEX posting_claimed ON posting (claimed_at, id) WHERE state = 'sending';
CREATE INDEX posting_dead ON posting (id) WHERE state = 'dead';
CREATE INDEX posting_subscription ON posting (subscription_id, id);
CREATE INDEX posting_request ON posting (queued_at) WHERE warning_id IS NULL;

-- When a group's robot will have borne what it was sent: held here, so that servers on one database keep its pace together.
CREATE TABLE channel_pace (
  mark TEXT NOT NULL,
  full_at INTEGER NOT NULL,
  PRIMARY KEY (mark)
) STRICT;
