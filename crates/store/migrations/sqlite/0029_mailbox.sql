-- 企业自助 (Article 5 (1), reading K95): another mailbox a firm gives for a row of a roster becomes the row's once it is
-- confirmed from that mailbox; one waits for a row at most.
ALTER TABLE firm_key ADD COLUMN member_id INTEGER REFERENCES roster_member (id);
CREATE UNIQUE INDEX firm_key_mailbox ON firm_key (member_id) WHERE member_id IS NOT NULL;

-- What became of the letters on requests, and how many requests there were lately.
CREATE INDEX firm_key_request ON firm_key (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX firm_request_asked ON firm_request (asked_at);
