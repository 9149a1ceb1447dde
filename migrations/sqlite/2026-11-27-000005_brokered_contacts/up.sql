-- Brokered contact: who asked to be put in touch, what for, and how far it has come. Area and manager are the case's.
CREATE TABLE brokered_contact (
  id TEXT NOT NULL PRIMARY KEY,
  child_id BIGINT NOT NULL REFERENCES child (id),
  case_id TEXT NOT NULL REFERENCES child_case (id),
  need TEXT NOT NULL,
  asked_by TEXT NOT NULL REFERENCES account (id),
  state TEXT NOT NULL,
  entry INTEGER,
  decline_reason TEXT,
  outcome TEXT,
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX brokered_contact_child ON brokered_contact (child_id);
CREATE INDEX brokered_contact_due ON brokered_contact (due_at) WHERE closed_at IS NULL;
-- One open request of an account about a child.
CREATE UNIQUE INDEX brokered_contact_open ON brokered_contact (child_id, asked_by) WHERE closed_at IS NULL;
