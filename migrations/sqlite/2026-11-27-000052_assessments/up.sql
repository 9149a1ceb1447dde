-- Assessments: that one exists, of what kind, how it stands and who holds it. What it says is not kept here.
CREATE TABLE assessment (
  child_id BIGINT NOT NULL REFERENCES child (id),
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  team_id TEXT REFERENCES team (id),
  practitioner_id TEXT REFERENCES practitioner (id),
  started_on DATE NOT NULL,
  ended_on DATE,
  outcome TEXT,
  consent_given_by TEXT,
  consent_on DATE,
  linked_to INTEGER,
  last_confirmed_at BIGINT NOT NULL,
  entered_under_shield BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (child_id, number)
) WITHOUT ROWID;
-- At most one open assessment per child and kind.
CREATE UNIQUE INDEX assessment_open ON assessment (child_id, kind) WHERE ended_on IS NULL;
