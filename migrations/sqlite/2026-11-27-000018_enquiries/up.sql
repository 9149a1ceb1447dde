-- The single point of access: desks by area, postcode district and need, and the enquiries that come to them.

CREATE TABLE access_point (
  id TEXT NOT NULL PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  area TEXT NOT NULL,
  needs TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX access_point_area ON access_point (area, name);

CREATE TABLE access_point_district (
  access_point_id TEXT NOT NULL REFERENCES access_point (id),
  district TEXT NOT NULL,
  PRIMARY KEY (access_point_id, district)
) WITHOUT ROWID;

-- Codes alone: who called, about what need, and what became of it; never what was said.
CREATE TABLE enquiry (
  id TEXT NOT NULL PRIMARY KEY,
  access_point_id TEXT NOT NULL REFERENCES access_point (id),
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  area TEXT NOT NULL,
  child_id BIGINT REFERENCES child (id),
  caller TEXT NOT NULL,
  need TEXT NOT NULL,
  known BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  receiver_id TEXT REFERENCES organisation (id),
  recorded_by TEXT NOT NULL REFERENCES account (id),
  recorded_at BIGINT NOT NULL,
  due_at BIGINT,
  closed_at BIGINT,
  quality TEXT,
  quality_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX enquiry_child ON enquiry (child_id) WHERE closed_at IS NULL;
CREATE INDEX enquiry_area ON enquiry (area, id);
CREATE INDEX enquiry_organisation ON enquiry (organisation_id, id);
CREATE INDEX enquiry_receiver ON enquiry (receiver_id, id);

CREATE TABLE enquiry_step (
  enquiry_id TEXT NOT NULL REFERENCES enquiry (id),
  position INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT,
  organisation_id TEXT REFERENCES organisation (id),
  team_id TEXT REFERENCES team (id),
  account_id TEXT NOT NULL REFERENCES account (id),
  at BIGINT NOT NULL,
  PRIMARY KEY (enquiry_id, position)
) WITHOUT ROWID;
