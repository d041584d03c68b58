-- What a published warning is like, band by band (reading K101): texts that share a band may be alike.
CREATE TABLE warning_band (
  band INTEGER NOT NULL,
  warning_id INTEGER NOT NULL REFERENCES warning (id),
  PRIMARY KEY (band, warning_id)
) STRICT;
CREATE INDEX warning_band_warning ON warning_band (warning_id);
