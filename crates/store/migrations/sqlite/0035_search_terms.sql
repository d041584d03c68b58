-- Texts are looked up by terms that need no places (src/general/search/tokens.rs): all are indexed again, from the queue.
DROP TRIGGER search_text_index;
DROP TABLE search_index;
DROP TABLE search_passage;
DROP TABLE search_text;
INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT d.noun, d.noun_id, 1, 0 FROM search_document d
  WHERE NOT EXISTS (SELECT 1 FROM search_waiting w WHERE w.noun = d.noun AND w.noun_id = d.noun_id) ORDER BY d.id;
-- Their parts get keys anew.
UPDATE search_batch SET first_text = 0;

-- One row a part, narrow: counting reads the row of every part that was found. The noun is one bit of the kind.
CREATE TABLE search_text (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES search_document (id),
  kind INTEGER NOT NULL,
  on_day INTEGER NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  station_id INTEGER REFERENCES station (id),
  open INTEGER NOT NULL
) STRICT;
CREATE INDEX search_text_document ON search_text (document_id);

-- What the terms leave in doubt is looked for here.
CREATE TABLE search_folded (
  text_id INTEGER NOT NULL PRIMARY KEY REFERENCES search_text (id),
  folded TEXT NOT NULL
) STRICT;

-- The body's words in a part, for excerpts.
CREATE TABLE search_passage (
  text_id INTEGER NOT NULL PRIMARY KEY REFERENCES search_text (id),
  body TEXT NOT NULL
) STRICT;

-- Its row is the part's. The tokenizer splits at spaces: every character of a term is a letter or digit to it.
CREATE VIRTUAL TABLE search_index
  USING fts5(terms, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '-+'");
CREATE TRIGGER search_text_index AFTER DELETE ON search_text BEGIN DELETE FROM search_index WHERE rowid = old.id; END;
