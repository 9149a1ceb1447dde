-- Rights on an index in PostgreSQL, to be given after each migration by the role that migrates and owns the tables:
--
--   CREATE ROLE child_index_service LOGIN …; CREATE ROLE child_index_auditor LOGIN …;   -- once
--   psql -f scripts/postgres_roles.sql
--
-- The service adds to the audit log and can neither change nor remove anything in it. Migrating and `audit redact` are the
-- owner's work. Who verifies the log needs to read it and nothing else.

GRANT USAGE ON SCHEMA public TO child_index_service, child_index_auditor;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO child_index_service;
REVOKE INSERT, UPDATE, DELETE ON __diesel_schema_migrations FROM child_index_service;

REVOKE UPDATE, DELETE ON audit_event, audit_payload, audit_tile FROM child_index_service;
REVOKE UPDATE, DELETE ON audit_by_child, audit_by_account, audit_by_organisation, audit_by_token, audit_by_kind,
  audit_by_area FROM child_index_service;
-- A checkpoint of the same size takes new cosignatures; the one row of the head moves on.
REVOKE DELETE ON audit_checkpoint FROM child_index_service;
REVOKE INSERT, DELETE ON audit_head FROM child_index_service;

GRANT SELECT ON audit_event, audit_payload, audit_tile, audit_checkpoint, audit_head, audit_by_child, audit_by_account,
  audit_by_organisation, audit_by_token, audit_by_kind, audit_by_area TO child_index_auditor;
