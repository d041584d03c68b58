-- What entries counted by the month say was published (readings K62, K101, K99). Derived from the ledger and moved with it: a
-- row goes when its entry is corrected or withdrawn. One that repeats another of its month does not count.
CREATE TABLE published_entry (
  entry_id BIGINT PRIMARY KEY REFERENCES ledger_entry (id),
  station_id BIGINT NOT NULL REFERENCES station (id),
  year BIGINT NOT NULL,
  month BIGINT NOT NULL,
  minute BIGINT NOT NULL,
  repeats BIGINT REFERENCES ledger_entry (id)
);
CREATE INDEX published_entry_month ON published_entry (station_id, year, month, entry_id);
CREATE INDEX published_entry_repeats ON published_entry (repeats) WHERE repeats IS NOT NULL;
CREATE INDEX published_entry_uncounted ON published_entry (year, station_id) WHERE repeats IS NOT NULL;

-- By what such entries are looked up: those that are the same share a band, those alike mostly do.
CREATE TABLE entry_band (
  band BIGINT NOT NULL,
  entry_id BIGINT NOT NULL REFERENCES ledger_entry (id),
  PRIMARY KEY (band, entry_id)
);
