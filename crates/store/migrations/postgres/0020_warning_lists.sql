-- What the lists of early warning are asked for: the stations of a notice, the notices of a document, of a kind or with a
-- code, and the questions of an area or still open.
CREATE INDEX signal_notice ON signal (notice_id, id);
CREATE INDEX trade_notice_intake ON trade_notice (intake_id, id);
CREATE INDEX trade_notice_kind ON trade_notice (kind, id);
CREATE INDEX trade_notice_code_by_code ON trade_notice_code (code, notice_id);
CREATE INDEX consultation_city ON consultation (city, id);
CREATE INDEX consultation_county ON consultation (county, id);
CREATE INDEX consultation_open ON consultation (id) WHERE answered_at IS NULL;
