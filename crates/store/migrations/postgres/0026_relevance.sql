-- What a code is touched by: codes of published warnings one by one, and codes of foreign notices, found by prefix.
CREATE TABLE warning_code (
  code TEXT NOT NULL,
  warning_id BIGINT NOT NULL REFERENCES warning (id),
  PRIMARY KEY (code, warning_id)
);
CREATE INDEX warning_code_warning ON warning_code (warning_id);
CREATE INDEX trade_notice_code_code ON trade_notice_code (code, notice_id);

-- Codes of warnings already published, taken apart at their commas.
INSERT INTO warning_code (code, warning_id)
SELECT DISTINCT code, e.id FROM warning e JOIN warning_version v ON v.warning_id = e.id AND v.version = e.version,
  unnest(string_to_array(v.hs_codes, ',')) AS code
WHERE e.published_at IS NOT NULL AND code <> '';
