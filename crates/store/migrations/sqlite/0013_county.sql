-- A county's opinion on an application of its area, before the city concludes (Article 3, reading K13). A further one
-- stands beside those before it.
CREATE TABLE county_opinion (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  given_by TEXT NOT NULL
) STRICT;
CREATE INDEX county_opinion_application ON county_opinion (application_id, id);

CREATE TRIGGER county_opinion_no_update BEFORE UPDATE ON county_opinion BEGIN SELECT RAISE(ABORT, 'county_opinion is append-only'); END;
CREATE TRIGGER county_opinion_no_delete BEFORE DELETE ON county_opinion BEGIN SELECT RAISE(ABORT, 'county_opinion is append-only'); END;
