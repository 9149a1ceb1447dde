-- What the management team does about a shield: when it looks again, and who has proposed to lift it.
CREATE TABLE shield_review (
  child_id BIGINT NOT NULL PRIMARY KEY REFERENCES child (id),
  review_on DATE,
  lift_proposed_by TEXT REFERENCES account (id),
  lift_proposed_at BIGINT
);

-- The work-list of an area's management team, oldest first.
CREATE INDEX child_case_open ON child_case (area, opened_at, id) WHERE closed_at IS NULL;
