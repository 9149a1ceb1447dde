-- An auditor of an area reads what is theirs and nothing else: what an event is looked up by has the area of its caller
-- behind it, and there is a table by area and kind. All look-up tables are filled anew from the log.
DELETE FROM audit_by_child;
DELETE FROM audit_by_account;
DELETE FROM audit_by_organisation;
DELETE FROM audit_by_token;
DELETE FROM audit_by_kind;
UPDATE audit_head SET derived_to = 0;

ALTER TABLE audit_by_child RENAME COLUMN pseudonym TO key;
ALTER TABLE audit_by_account RENAME COLUMN account_id TO key;
ALTER TABLE audit_by_organisation RENAME COLUMN organisation_id TO key;
ALTER TABLE audit_by_token RENAME COLUMN token TO key;
ALTER TABLE audit_by_kind RENAME COLUMN kind TO key;

CREATE TABLE audit_by_area (
  key TEXT NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (key, idx)
) WITHOUT ROWID;
