-- 审定总分, in tenths: carried by every step from the settlement on, so that a change behind it shows (reading K81).
ALTER TABLE inspection_step ADD COLUMN points BIGINT;

-- What the province chose when it opened the year (readings K43, K48).
ALTER TABLE cycle ADD COLUMN first_year TEXT NOT NULL DEFAULT 'exempt';
ALTER TABLE cycle ADD COLUMN counts TEXT NOT NULL DEFAULT 'participating';
