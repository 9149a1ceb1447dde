-- Hand-overs of a child from one service to another: proposed, answered, and linked on one pathway. Codes alone; why a
-- child needs more help or less is not kept here.
CREATE TABLE transfer (
  id TEXT NOT NULL PRIMARY KEY,
  child_id BIGINT NOT NULL REFERENCES child (id),
  pathway TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  from_number INTEGER NOT NULL,
  sender_id TEXT NOT NULL REFERENCES organisation (id),
  receiver_id TEXT NOT NULL REFERENCES organisation (id),
  receiver_team_id TEXT REFERENCES team (id),
  service TEXT NOT NULL,
  to_number INTEGER,
  access_point_id TEXT NOT NULL REFERENCES access_point (id),
  desk_id TEXT NOT NULL REFERENCES organisation (id),
  area TEXT NOT NULL,
  basis TEXT,
  basis_given_by TEXT,
  basis_on DATE,
  gaps TEXT NOT NULL,
  declined TEXT,
  withdrawn TEXT,
  proposed_by TEXT NOT NULL REFERENCES account (id),
  proposed_at BIGINT NOT NULL,
  due_at BIGINT,
  closed_at BIGINT,
  under_shield BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);
-- An involvement is on its way to one place at a time.
CREATE UNIQUE INDEX transfer_open ON transfer (child_id, from_number) WHERE closed_at IS NULL;
CREATE INDEX transfer_child ON transfer (child_id);
CREATE INDEX transfer_receiver ON transfer (receiver_id, id) WHERE closed_at IS NULL;
CREATE INDEX transfer_sender ON transfer (sender_id, id) WHERE closed_at IS NULL;
CREATE INDEX transfer_desk ON transfer (desk_id, id) WHERE closed_at IS NULL;
CREATE INDEX transfer_area ON transfer (area, id) WHERE closed_at IS NULL;
