-- Lead professionals: who was asked to lead, who leads since when and who stands in, and who led before.
CREATE TABLE lead_proposal (
  child_id BIGINT NOT NULL REFERENCES child (id),
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  involvement INTEGER NOT NULL,
  led_by INTEGER,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  proposed_by TEXT NOT NULL REFERENCES account (id),
  proposed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  closed_at BIGINT,
  PRIMARY KEY (child_id, number)
) WITHOUT ROWID;
-- The same entry is asked once at a time. Which entry leads is kept by involvement_lead.
CREATE UNIQUE INDEX lead_proposal_open ON lead_proposal (child_id, kind, involvement) WHERE closed_at IS NULL;

-- The lead that runs, where the index saw it begin, and whoever stands in: one for each kind.
CREATE TABLE lead_term (
  child_id BIGINT NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL,
  involvement INTEGER NOT NULL,
  practitioner_id TEXT REFERENCES practitioner (id),
  since BIGINT NOT NULL,
  cover_id TEXT REFERENCES practitioner (id),
  cover_from DATE,
  cover_until DATE,
  PRIMARY KEY (child_id, kind)
) WITHOUT ROWID;

CREATE TABLE past_lead (
  child_id BIGINT NOT NULL REFERENCES child (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  involvement INTEGER NOT NULL,
  team_id TEXT REFERENCES team (id),
  practitioner_id TEXT REFERENCES practitioner (id),
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  ended_as TEXT NOT NULL,
  PRIMARY KEY (child_id, position)
) WITHOUT ROWID;

-- Whoever co-ordinates early help goes through the children of an area.
CREATE INDEX child_area ON child (area, index_number);
