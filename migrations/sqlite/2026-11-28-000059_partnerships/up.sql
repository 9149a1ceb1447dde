-- Partnerships: an area's member organisations and their information-sharing agreements, as data. Nothing here is about a
-- child. The stamp is a new random text whenever members or adopted agreements change: nodes compare it with what they
-- remember.
CREATE TABLE partnership (
  id TEXT NOT NULL PRIMARY KEY,
  area TEXT NOT NULL,
  name TEXT NOT NULL,
  stamp TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX partnership_area ON partnership (area, id);
CREATE TABLE partnership_member (
  partnership_id TEXT NOT NULL REFERENCES partnership (id),
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  from_on DATE NOT NULL,
  until_on DATE,
  PRIMARY KEY (partnership_id, organisation_id, from_on),
  CHECK (until_on IS NULL OR until_on >= from_on)
) WITHOUT ROWID;
-- An organisation is a member once at a time.
CREATE UNIQUE INDEX partnership_member_open ON partnership_member (partnership_id, organisation_id)
  WHERE until_on IS NULL;
CREATE TABLE agreement (
  partnership_id TEXT NOT NULL REFERENCES partnership (id),
  number INTEGER NOT NULL,
  lawful_basis TEXT NOT NULL,
  from_on DATE NOT NULL,
  until_on DATE,
  review_on DATE NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'adopted', 'ended')),
  ended_on DATE,
  version BIGINT NOT NULL,
  PRIMARY KEY (partnership_id, number),
  CHECK (until_on IS NULL OR until_on >= from_on),
  CHECK ((state = 'ended') = (ended_on IS NOT NULL))
) WITHOUT ROWID;
CREATE TABLE agreement_default (
  partnership_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  service TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('withheld', 'brokered', 'shown')),
  outside TEXT NOT NULL CHECK (outside IN ('withheld', 'brokered', 'shown')),
  PRIMARY KEY (partnership_id, number, service),
  FOREIGN KEY (partnership_id, number) REFERENCES agreement (partnership_id, number)
) WITHOUT ROWID;
