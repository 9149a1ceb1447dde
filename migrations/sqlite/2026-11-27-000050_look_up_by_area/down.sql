DROP TABLE audit_by_area;
DELETE FROM audit_by_child;
DELETE FROM audit_by_account;
DELETE FROM audit_by_organisation;
DELETE FROM audit_by_token;
DELETE FROM audit_by_kind;
UPDATE audit_head SET derived_to = 0;

ALTER TABLE audit_by_child RENAME COLUMN key TO pseudonym;
ALTER TABLE audit_by_account RENAME COLUMN key TO account_id;
ALTER TABLE audit_by_organisation RENAME COLUMN key TO organisation_id;
ALTER TABLE audit_by_token RENAME COLUMN key TO token;
ALTER TABLE audit_by_kind RENAME COLUMN key TO kind;
