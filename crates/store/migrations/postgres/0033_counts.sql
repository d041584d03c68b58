-- A notice that names a whole chapter counts its firms station by station from this index alone.
CREATE INDEX roster_code_chapter ON roster_code (substr(code, 1, 2), station_id, member_id, code);
-- How many warnings anyone may read is told by this one.
CREATE INDEX warning_public ON warning (published_at, id, level) WHERE published_at IS NOT NULL AND stage = 'published';
