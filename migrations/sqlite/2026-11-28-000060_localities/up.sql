-- The postcode districts that a team serves: each at most one team's of an organisation.
CREATE TABLE team_district (
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  district TEXT NOT NULL,
  team_id TEXT NOT NULL REFERENCES team (id),
  PRIMARY KEY (organisation_id, district)
) WITHOUT ROWID;
CREATE INDEX team_district_team ON team_district (team_id);

-- Where a boundary moves, a team's children are looked through.
CREATE INDEX involvement_team ON involvement (team_id, child_id) WHERE team_id IS NOT NULL AND ended_on IS NULL;
