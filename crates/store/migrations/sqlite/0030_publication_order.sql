-- What is published is listed by its instant: what was brought in from elsewhere has a later key than its day.
DROP INDEX publication_kind;
CREATE INDEX publication_published ON publication (published_at, id);
