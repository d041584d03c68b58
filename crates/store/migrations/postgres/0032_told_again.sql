-- What subscribers are told of a warning besides its publication: corrections and the retraction, once each.
ALTER TABLE posting ADD COLUMN occasion TEXT NOT NULL DEFAULT '';
DROP INDEX posting_once;
DROP INDEX posting_address;
CREATE UNIQUE INDEX posting_once ON posting (warning_id, subscription_id, occasion);
CREATE UNIQUE INDEX posting_address ON posting (warning_id, mark, occasion);
