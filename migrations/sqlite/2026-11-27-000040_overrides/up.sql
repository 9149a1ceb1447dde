-- Overrides of a shield: warned of, acknowledged within minutes, seen once, and looked into as a case.
CREATE TABLE child_override (
  id TEXT NOT NULL PRIMARY KEY,
  child_id BIGINT NOT NULL REFERENCES child (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  token BLOB NOT NULL,
  ground TEXT NOT NULL,
  warned_at BIGINT NOT NULL,
  viewed_at BIGINT,
  case_id TEXT REFERENCES child_case (id)
);
CREATE INDEX child_override_child ON child_override (child_id);
-- Each viewing has an investigation of its own.
CREATE UNIQUE INDEX child_override_case ON child_override (case_id);

-- What a manager decided when closing a case, and who that was.
ALTER TABLE child_case ADD COLUMN outcome TEXT;
ALTER TABLE child_case ADD COLUMN closed_by TEXT;
