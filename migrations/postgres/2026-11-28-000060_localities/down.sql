DROP INDEX involvement_team;
DROP TABLE team_district;
