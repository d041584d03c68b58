-- Firms no message reached, and who told them: a warning finds firms of every roster, and each station tells its own.
ALTER TABLE delivery ADD COLUMN told_at BIGINT;
ALTER TABLE delivery ADD COLUMN told_by TEXT NOT NULL DEFAULT '';
CREATE INDEX delivery_untold ON delivery (station_id, id)
  WHERE opened_at IS NULL AND told_at IS NULL AND (channel = 'site' OR state = 'dead');
