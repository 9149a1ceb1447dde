-- Identifiers of organisations, teams and practitioners become sixteen bytes, days of children and involvements numbers: with
-- twelve million children a sixth of the file. A column keeps what it is given: text columns keep bytes, dates are numeric.
-- Every row is written once; with twelve million children that takes minutes, and as much room again until it is committed.
PRAGMA defer_foreign_keys = ON;

UPDATE organisation SET
  id = unhex(replace(id, '-', ''));
UPDATE team SET
  id = unhex(replace(id, '-', '')),
  organisation_id = unhex(replace(organisation_id, '-', ''));
UPDATE practitioner SET
  id = unhex(replace(id, '-', '')),
  organisation_id = unhex(replace(organisation_id, '-', ''));
UPDATE route SET
  owner_id = unhex(replace(owner_id, '-', ''));
UPDATE account SET
  organisation_id = unhex(replace(organisation_id, '-', ''));
UPDATE child SET
  supplied_by = unhex(replace(supplied_by, '-', '')),
  address_by = unhex(replace(address_by, '-', '')),
  date_of_birth = CAST(julianday(date_of_birth) - 2440587.5 AS INTEGER),
  expected_on = CAST(julianday(expected_on) - 2440587.5 AS INTEGER),
  died_on = CAST(julianday(died_on) - 2440587.5 AS INTEGER),
  stays_until = CAST(julianday(stays_until) - 2440587.5 AS INTEGER),
  archived_on = CAST(julianday(archived_on) - 2440587.5 AS INTEGER);
UPDATE child_name SET
  supplied_by = unhex(replace(supplied_by, '-', ''));
UPDATE carer SET
  supplied_by = unhex(replace(supplied_by, '-', ''));
UPDATE identifier SET
  supplied_by = unhex(replace(supplied_by, '-', ''));
UPDATE involvement SET
  organisation_id = unhex(replace(organisation_id, '-', '')),
  team_id = unhex(replace(team_id, '-', '')),
  practitioner_id = unhex(replace(practitioner_id, '-', '')),
  entered_by = unhex(replace(entered_by, '-', '')),
  started_on = CAST(julianday(started_on) - 2440587.5 AS INTEGER),
  ended_on = CAST(julianday(ended_on) - 2440587.5 AS INTEGER),
  ground_on = CAST(julianday(ground_on) - 2440587.5 AS INTEGER),
  ground_until = CAST(julianday(ground_until) - 2440587.5 AS INTEGER);
UPDATE mother SET
  supplied_by = unhex(replace(supplied_by, '-', ''));
UPDATE team_member SET
  team_id = unhex(replace(team_id, '-', ''));
UPDATE assessment SET
  organisation_id = unhex(replace(organisation_id, '-', '')),
  team_id = unhex(replace(team_id, '-', '')),
  practitioner_id = unhex(replace(practitioner_id, '-', ''));
UPDATE transfer SET
  sender_id = unhex(replace(sender_id, '-', '')),
  receiver_id = unhex(replace(receiver_id, '-', '')),
  receiver_team_id = unhex(replace(receiver_team_id, '-', '')),
  desk_id = unhex(replace(desk_id, '-', ''));
UPDATE access_point SET
  organisation_id = unhex(replace(organisation_id, '-', ''));
UPDATE enquiry SET
  organisation_id = unhex(replace(organisation_id, '-', '')),
  receiver_id = unhex(replace(receiver_id, '-', ''));
UPDATE enquiry_step SET
  organisation_id = unhex(replace(organisation_id, '-', '')),
  team_id = unhex(replace(team_id, '-', ''));
UPDATE lead_proposal SET
  organisation_id = unhex(replace(organisation_id, '-', ''));
UPDATE lead_term SET
  practitioner_id = unhex(replace(practitioner_id, '-', '')),
  cover_id = unhex(replace(cover_id, '-', ''));
UPDATE past_lead SET
  team_id = unhex(replace(team_id, '-', '')),
  practitioner_id = unhex(replace(practitioner_id, '-', ''));
UPDATE team_district SET
  organisation_id = unhex(replace(organisation_id, '-', '')),
  team_id = unhex(replace(team_id, '-', ''));
UPDATE panel_item SET
  receiver_id = unhex(replace(receiver_id, '-', ''));
UPDATE partnership_member SET
  organisation_id = unhex(replace(organisation_id, '-', ''));
