-- Grounds of sensitive services: how a consent was judged, until when it counts, and which grounds it replaced.
ALTER TABLE involvement ADD COLUMN ground_judged TEXT;
ALTER TABLE involvement ADD COLUMN ground_until DATE;
CREATE TABLE past_ground (
  child_id BIGINT NOT NULL REFERENCES child (id),
  number INTEGER NOT NULL,
  position INTEGER NOT NULL,
  ground TEXT NOT NULL,
  given_by TEXT,
  judged TEXT,
  given_on DATE,
  until DATE,
  ended_at BIGINT NOT NULL,
  ended_by TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (child_id, number, position)
) WITHOUT ROWID;
