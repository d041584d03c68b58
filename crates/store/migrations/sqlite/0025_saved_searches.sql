-- When a text became findable, as a number that only grows; empty until one was given (see search_batch), 0 for texts
-- that were on record before their noun was looked up by words.
ALTER TABLE search_document ADD COLUMN batch INTEGER;
UPDATE search_document SET batch = 0;
CREATE INDEX search_document_batch ON search_document (batch);

-- A number given to all texts that were committed and had none: whatever comes later has a greater one, in whatever order
-- transactions began. No part of its texts has a key under first_text.
CREATE TABLE search_batch (
  batch INTEGER NOT NULL PRIMARY KEY,
  first_text INTEGER NOT NULL
) STRICT;

-- What is still to be made findable: attachments, whose text is read after the upload, and what was on record before.
CREATE TABLE search_waiting (
  id INTEGER PRIMARY KEY,
  noun TEXT NOT NULL,
  noun_id INTEGER NOT NULL,
  old INTEGER NOT NULL,
  tries INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_waiting_noun ON search_waiting (noun, noun_id);
INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'publication', p.id, 1, 0 FROM publication p ORDER BY p.id;
INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'attachment', l.id, 1, 0 FROM attachment_link l
  WHERE l.noun = 'ledger_entry' ORDER BY l.id;
INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'entry', e.id, 1, 0 FROM ledger_entry e
  WHERE e.void = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entry n WHERE n.supersedes = e.id) ORDER BY e.id;
INSERT INTO search_waiting (noun, noun_id, old, tries) SELECT 'notice', n.id, 1, 0 FROM trade_notice n ORDER BY n.id;

-- Attachments whose text could not be read.
CREATE TABLE unread_attachment (
  link_id INTEGER NOT NULL PRIMARY KEY REFERENCES attachment_link (id),
  reason TEXT NOT NULL,
  found_at INTEGER NOT NULL
) STRICT;

-- 保存的检索: up to which batch its owner has seen what it finds, and up to which the owner was told of it.
CREATE TABLE saved_search (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  words TEXT NOT NULL,
  noun TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  notified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_search_account ON saved_search (account_id, noun, words);
CREATE INDEX saved_search_notified ON saved_search (notified);

CREATE TABLE search_notice (
  id INTEGER PRIMARY KEY,
  search_id INTEGER NOT NULL REFERENCES saved_search (id),
  account_id INTEGER NOT NULL REFERENCES account (id),
  after_batch INTEGER NOT NULL,
  until_batch INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_notice_search ON search_notice (search_id, after_batch);
CREATE INDEX search_notice_account ON search_notice (account_id, made_at);
