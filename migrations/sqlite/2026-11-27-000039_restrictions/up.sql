-- Staff and relatives: accounts for which a child does not exist.
CREATE TABLE child_restriction (
  child_id BIGINT NOT NULL REFERENCES child (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  ground TEXT NOT NULL,
  since BIGINT NOT NULL,
  decided_by TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (child_id, account_id)
) WITHOUT ROWID;
-- A leaver's caseload.
CREATE INDEX involvement_practitioner ON involvement (practitioner_id, child_id, number) WHERE practitioner_id IS NOT NULL;
