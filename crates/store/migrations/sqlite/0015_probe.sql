-- Looks at a website (Articles 5 (3) and 6 (4), readings K60, K84, K85): a station's, or that of an application under
-- review. Opened by the worker once a day, or by hand.
CREATE TABLE site_probe (
  id INTEGER PRIMARY KEY,
  station_id INTEGER REFERENCES station (id),
  application_id INTEGER REFERENCES application (id),
  url TEXT NOT NULL,
  origin TEXT NOT NULL,
  looked_at INTEGER NOT NULL,
  on_day INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  status INTEGER,
  final_url TEXT NOT NULL,
  took_ms INTEGER,
  title TEXT NOT NULL,
  size INTEGER,
  sha256 TEXT NOT NULL,
  reason TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by TEXT NOT NULL,
  CHECK ((station_id IS NULL) <> (application_id IS NULL))
) STRICT;
CREATE INDEX site_probe_station ON site_probe (station_id, looked_at, id);
CREATE INDEX site_probe_application ON site_probe (application_id, looked_at, id);
-- The worker looks once a day, however many servers there are.
CREATE UNIQUE INDEX site_probe_station_day ON site_probe (station_id, on_day) WHERE origin = 'machine';
CREATE UNIQUE INDEX site_probe_application_day ON site_probe (application_id, on_day) WHERE origin = 'machine';

-- Days looked at since a station's website last opened, written with each look: lists do not count the log.
CREATE TABLE site_standing (
  station_id INTEGER NOT NULL PRIMARY KEY REFERENCES station (id),
  failing INTEGER NOT NULL,
  last_on INTEGER NOT NULL
) STRICT;
CREATE INDEX site_standing_failing ON site_standing (failing, station_id);

-- A unit registered outside the province, let through with reasons (Article 6 (1), readings K22, K86).
CREATE TABLE region_override (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  version INTEGER NOT NULL,
  region_code TEXT NOT NULL,
  desk TEXT NOT NULL,
  reason TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX region_override_application ON region_override (application_id, id);

CREATE TRIGGER site_probe_no_update BEFORE UPDATE ON site_probe BEGIN SELECT RAISE(ABORT, 'site_probe is append-only'); END;
CREATE TRIGGER site_probe_no_delete BEFORE DELETE ON site_probe BEGIN SELECT RAISE(ABORT, 'site_probe is append-only'); END;
CREATE TRIGGER region_override_no_update BEFORE UPDATE ON region_override BEGIN SELECT RAISE(ABORT, 'region_override is append-only'); END;
CREATE TRIGGER region_override_no_delete BEFORE DELETE ON region_override BEGIN SELECT RAISE(ABORT, 'region_override is append-only'); END;
