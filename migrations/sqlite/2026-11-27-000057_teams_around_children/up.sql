-- Teams around children: what was settled of each, the brothers and sisters who share one, and meetings. Members are the
-- child's involvements.
CREATE TABLE child_team (
  child_id INTEGER NOT NULL PRIMARY KEY REFERENCES child (id),
  chair INTEGER,
  next_review_on DATE,
  parents_or_carers BOOLEAN NOT NULL,
  young_person BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);
-- Whoever co-ordinates early help looks for teams that should have looked again.
CREATE INDEX child_team_review ON child_team (next_review_on);

-- Each pair stands here both ways round, so that both sides find it and it goes with either.
CREATE TABLE child_team_link (
  child_id BIGINT NOT NULL REFERENCES child (id),
  other_id BIGINT NOT NULL REFERENCES child (id),
  PRIMARY KEY (child_id, other_id)
) WITHOUT ROWID;
CREATE INDEX child_team_link_other ON child_team_link (other_id);

CREATE TABLE team_meeting (
  child_id BIGINT NOT NULL REFERENCES child (id),
  number INTEGER NOT NULL,
  uid TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  minutes INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  state TEXT NOT NULL,
  parents_or_carers BOOLEAN,
  young_person BOOLEAN,
  outcome TEXT,
  next_review_on DATE,
  reason TEXT,
  changed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (child_id, number)
) WITHOUT ROWID;

CREATE TABLE team_attendance (
  child_id BIGINT NOT NULL REFERENCES child (id),
  meeting INTEGER NOT NULL,
  involvement INTEGER NOT NULL,
  PRIMARY KEY (child_id, meeting, involvement)
) WITHOUT ROWID;
