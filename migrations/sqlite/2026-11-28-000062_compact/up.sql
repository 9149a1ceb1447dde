-- Identifiers of organisations, teams and practitioners become sixteen bytes, days of children and involvements numbers: with
-- twelve million children a sixth of the file. A column keeps what it is given: text columns keep bytes, dates are numeric.
-- Every row is written once, which takes as much room again until it is committed. What is no identifier and no day stays as it
-- is, to be complained of by whoever reads it.
PRAGMA defer_foreign_keys = ON;

UPDATE route SET
  owner_id = coalesce(unhex(replace(owner_id, '-', '')), owner_id);
UPDATE account SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);
UPDATE child SET
  supplied_by = coalesce(unhex(replace(supplied_by, '-', '')), supplied_by),
  address_by = coalesce(unhex(replace(address_by, '-', '')), address_by),
  date_of_birth = coalesce(CAST(julianday(date_of_birth) - 2440587.5 AS INTEGER), date_of_birth),
  expected_on = coalesce(CAST(julianday(expected_on) - 2440587.5 AS INTEGER), expected_on),
  died_on = coalesce(CAST(julianday(died_on) - 2440587.5 AS INTEGER), died_on),
  stays_until = coalesce(CAST(julianday(stays_until) - 2440587.5 AS INTEGER), stays_until),
  archived_on = coalesce(CAST(julianday(archived_on) - 2440587.5 AS INTEGER), archived_on);
UPDATE child_name SET
  supplied_by = coalesce(unhex(replace(supplied_by, '-', '')), supplied_by);
UPDATE carer SET
  supplied_by = coalesce(unhex(replace(supplied_by, '-', '')), supplied_by);
UPDATE identifier SET
  supplied_by = coalesce(unhex(replace(supplied_by, '-', '')), supplied_by);
UPDATE involvement SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id),
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id),
  practitioner_id = coalesce(unhex(replace(practitioner_id, '-', '')), practitioner_id),
  entered_by = coalesce(unhex(replace(entered_by, '-', '')), entered_by),
  started_on = coalesce(CAST(julianday(started_on) - 2440587.5 AS INTEGER), started_on),
  ended_on = coalesce(CAST(julianday(ended_on) - 2440587.5 AS INTEGER), ended_on),
  ground_on = coalesce(CAST(julianday(ground_on) - 2440587.5 AS INTEGER), ground_on),
  ground_until = coalesce(CAST(julianday(ground_until) - 2440587.5 AS INTEGER), ground_until);
UPDATE mother SET
  supplied_by = coalesce(unhex(replace(supplied_by, '-', '')), supplied_by);
UPDATE team_member SET
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id);
UPDATE assessment SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id),
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id),
  practitioner_id = coalesce(unhex(replace(practitioner_id, '-', '')), practitioner_id);
UPDATE transfer SET
  sender_id = coalesce(unhex(replace(sender_id, '-', '')), sender_id),
  receiver_id = coalesce(unhex(replace(receiver_id, '-', '')), receiver_id),
  receiver_team_id = coalesce(unhex(replace(receiver_team_id, '-', '')), receiver_team_id),
  desk_id = coalesce(unhex(replace(desk_id, '-', '')), desk_id);
UPDATE access_point SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);
UPDATE enquiry SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id),
  receiver_id = coalesce(unhex(replace(receiver_id, '-', '')), receiver_id);
UPDATE enquiry_step SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id),
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id);
UPDATE lead_proposal SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);
UPDATE lead_term SET
  practitioner_id = coalesce(unhex(replace(practitioner_id, '-', '')), practitioner_id),
  cover_id = coalesce(unhex(replace(cover_id, '-', '')), cover_id);
UPDATE past_lead SET
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id),
  practitioner_id = coalesce(unhex(replace(practitioner_id, '-', '')), practitioner_id);
UPDATE team_district SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id),
  team_id = coalesce(unhex(replace(team_id, '-', '')), team_id);
UPDATE panel_item SET
  receiver_id = coalesce(unhex(replace(receiver_id, '-', '')), receiver_id);
UPDATE partnership_member SET
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);

-- Whoever is referred to comes last. Both of their names are looked for in every table that refers to them, which without an
-- index reads each such table twice for each organisation.
CREATE INDEX compact_account_organisation_id ON account (organisation_id);
CREATE INDEX compact_child_supplied_by ON child (supplied_by);
CREATE INDEX compact_involvement_organisation_id ON involvement (organisation_id);
CREATE INDEX compact_involvement_team_id ON involvement (team_id);
CREATE INDEX compact_access_point_organisation_id ON access_point (organisation_id);
CREATE INDEX compact_enquiry_receiver_id ON enquiry (receiver_id);
CREATE INDEX compact_enquiry_organisation_id ON enquiry (organisation_id);
CREATE INDEX compact_enquiry_step_team_id ON enquiry_step (team_id);
CREATE INDEX compact_enquiry_step_organisation_id ON enquiry_step (organisation_id);
CREATE INDEX compact_assessment_practitioner_id ON assessment (practitioner_id);
CREATE INDEX compact_assessment_team_id ON assessment (team_id);
CREATE INDEX compact_assessment_organisation_id ON assessment (organisation_id);
CREATE INDEX compact_lead_proposal_organisation_id ON lead_proposal (organisation_id);
CREATE INDEX compact_lead_term_cover_id ON lead_term (cover_id);
CREATE INDEX compact_lead_term_practitioner_id ON lead_term (practitioner_id);
CREATE INDEX compact_past_lead_practitioner_id ON past_lead (practitioner_id);
CREATE INDEX compact_past_lead_team_id ON past_lead (team_id);
CREATE INDEX compact_transfer_desk_id ON transfer (desk_id);
CREATE INDEX compact_transfer_receiver_team_id ON transfer (receiver_team_id);
CREATE INDEX compact_transfer_receiver_id ON transfer (receiver_id);
CREATE INDEX compact_transfer_sender_id ON transfer (sender_id);
CREATE INDEX compact_partnership_member_organisation_id ON partnership_member (organisation_id);
CREATE INDEX compact_panel_item_receiver_id ON panel_item (receiver_id);
CREATE INDEX compact_team_organisation_id ON team (organisation_id);
CREATE INDEX compact_practitioner_organisation_id ON practitioner (organisation_id);
UPDATE team SET
  id = coalesce(unhex(replace(id, '-', '')), id),
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);
UPDATE practitioner SET
  id = coalesce(unhex(replace(id, '-', '')), id),
  organisation_id = coalesce(unhex(replace(organisation_id, '-', '')), organisation_id);
UPDATE organisation SET
  id = coalesce(unhex(replace(id, '-', '')), id);
DROP INDEX compact_account_organisation_id;
DROP INDEX compact_child_supplied_by;
DROP INDEX compact_involvement_organisation_id;
DROP INDEX compact_involvement_team_id;
DROP INDEX compact_access_point_organisation_id;
DROP INDEX compact_enquiry_receiver_id;
DROP INDEX compact_enquiry_organisation_id;
DROP INDEX compact_enquiry_step_team_id;
DROP INDEX compact_enquiry_step_organisation_id;
DROP INDEX compact_assessment_practitioner_id;
DROP INDEX compact_assessment_team_id;
DROP INDEX compact_assessment_organisation_id;
DROP INDEX compact_lead_proposal_organisation_id;
DROP INDEX compact_lead_term_cover_id;
DROP INDEX compact_lead_term_practitioner_id;
DROP INDEX compact_past_lead_practitioner_id;
DROP INDEX compact_past_lead_team_id;
DROP INDEX compact_transfer_desk_id;
DROP INDEX compact_transfer_receiver_team_id;
DROP INDEX compact_transfer_receiver_id;
DROP INDEX compact_transfer_sender_id;
DROP INDEX compact_partnership_member_organisation_id;
DROP INDEX compact_panel_item_receiver_id;
DROP INDEX compact_team_organisation_id;
DROP INDEX compact_practitioner_organisation_id;
