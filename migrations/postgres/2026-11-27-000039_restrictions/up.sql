-- Staff and relatives: accounts for which a child does not exist.
CREATE TABLE child_restriction (
  child_id BIGINT NOT NULL REFERENCES child (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  ground TEXT NOT NULL,
  since BIGINT NOT NULL,
  decided_by TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (child_id, account_id)
);
