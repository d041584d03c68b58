-- 委托代办 (readings K82, K83): who stands in for whom on which days, and in whose place an act was done.
CREATE TABLE delegation (
  id INTEGER PRIMARY KEY,
  delegator_id INTEGER NOT NULL REFERENCES account (id),
  deputy_id INTEGER NOT NULL REFERENCES account (id),
  from_on INTEGER NOT NULL,
  until_on INTEGER NOT NULL,
  reason TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT,
  end_reason TEXT
) STRICT;
CREATE INDEX delegation_delegator ON delegation (delegator_id, id);
CREATE INDEX delegation_deputy ON delegation (deputy_id, id);
CREATE INDEX delegation_open ON delegation (until_on, id) WHERE ended_at IS NULL;
CREATE INDEX account_unit ON account (role, city, county, station_id);

CREATE TRIGGER delegation_no_delete BEFORE DELETE ON delegation BEGIN SELECT RAISE(ABORT, 'delegation is append-only'); END;
-- It ends once; nothing else of it ever changes.
CREATE TRIGGER delegation_end_once BEFORE UPDATE ON delegation
WHEN OLD.ended_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.delegator_id <> OLD.delegator_id OR NEW.deputy_id <> OLD.deputy_id
  OR NEW.from_on <> OLD.from_on OR NEW.until_on <> OLD.until_on OR NEW.reason <> OLD.reason OR NEW.given_at <> OLD.given_at
BEGIN SELECT RAISE(ABORT, 'delegation is append-only'); END;

-- The delegation a browser acts under; whether it still runs is seen at every request.
ALTER TABLE session ADD COLUMN delegation_id INTEGER REFERENCES delegation (id);

-- The account in whose place an act was done; part of the row's hash where there is one.
ALTER TABLE audit ADD COLUMN instead_of INTEGER;
CREATE INDEX audit_account ON audit (account_id, id);
CREATE INDEX audit_instead_of ON audit (instead_of, id) WHERE instead_of IS NOT NULL;
CREATE INDEX audit_delegated ON audit (id) WHERE instead_of IS NOT NULL;
DROP TRIGGER audit_seal_once;
CREATE TRIGGER audit_seal_once BEFORE UPDATE ON audit
WHEN OLD.hash IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.account_id <> OLD.account_id
  OR NEW.actor <> OLD.actor OR NEW.role <> OLD.role OR NEW.verb <> OLD.verb OR NEW.noun <> OLD.noun
  OR NEW.noun_id <> OLD.noun_id OR NEW.station_id IS NOT OLD.station_id OR NEW.basis <> OLD.basis OR NEW.detail <> OLD.detail
  OR NEW.instead_of IS NOT OLD.instead_of
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
