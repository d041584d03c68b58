-- Texts looked up by words: a document is the text of one noun, in one part or, when it is long, in several that
-- overlap. What the tokens are is said in src/general/search/tokens.rs.
CREATE TABLE search_document (
  id INTEGER PRIMARY KEY,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  title TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_document_noun ON search_document (noun, noun_id);

-- One row a part, narrow: counting reads the row of every part that was found.
CREATE TABLE search_text (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES search_document (id),
  noun TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  city TEXT NOT NULL,
  county TEXT,
  station_id INTEGER REFERENCES station (id),
  open INTEGER NOT NULL
) STRICT;
CREATE INDEX search_text_document ON search_text (document_id);

-- The body's words in a part, for excerpts.
CREATE TABLE search_passage (
  text_id INTEGER NOT NULL PRIMARY KEY REFERENCES search_text (id),
  body TEXT NOT NULL
) STRICT;

-- Its row is the part's. The tokenizer splits at spaces: every character of a token is a letter or digit to it.
CREATE VIRTUAL TABLE search_index USING fts5(tokens, content = '', contentless_delete = 1, tokenize = 'ascii');
CREATE TRIGGER search_text_index AFTER DELETE ON search_text BEGIN DELETE FROM search_index WHERE rowid = old.id; END;
