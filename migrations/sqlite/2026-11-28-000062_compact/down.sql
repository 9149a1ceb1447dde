-- Back into text.
PRAGMA defer_foreign_keys = ON;

UPDATE route SET
  owner_id = CASE WHEN length(owner_id) = 0 THEN '' WHEN owner_id IS NOT NULL THEN
    substr(lower(hex(owner_id)), 1, 8) || '-' || substr(lower(hex(owner_id)), 9, 4) || '-' || substr(lower(hex(owner_id)), 13, 4) || '-' ||
    substr(lower(hex(owner_id)), 17, 4) || '-' || substr(lower(hex(owner_id)), 21, 12) END;
UPDATE account SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;
UPDATE child SET
  supplied_by = CASE WHEN length(supplied_by) = 0 THEN '' WHEN supplied_by IS NOT NULL THEN
    substr(lower(hex(supplied_by)), 1, 8) || '-' || substr(lower(hex(supplied_by)), 9, 4) || '-' || substr(lower(hex(supplied_by)), 13, 4) || '-' ||
    substr(lower(hex(supplied_by)), 17, 4) || '-' || substr(lower(hex(supplied_by)), 21, 12) END,
  address_by = CASE WHEN length(address_by) = 0 THEN '' WHEN address_by IS NOT NULL THEN
    substr(lower(hex(address_by)), 1, 8) || '-' || substr(lower(hex(address_by)), 9, 4) || '-' || substr(lower(hex(address_by)), 13, 4) || '-' ||
    substr(lower(hex(address_by)), 17, 4) || '-' || substr(lower(hex(address_by)), 21, 12) END,
  date_of_birth = date(date_of_birth * 86400, 'unixepoch'),
  expected_on = date(expected_on * 86400, 'unixepoch'),
  died_on = date(died_on * 86400, 'unixepoch'),
  stays_until = date(stays_until * 86400, 'unixepoch'),
  archived_on = date(archived_on * 86400, 'unixepoch');
UPDATE child_name SET
  supplied_by = CASE WHEN length(supplied_by) = 0 THEN '' WHEN supplied_by IS NOT NULL THEN
    substr(lower(hex(supplied_by)), 1, 8) || '-' || substr(lower(hex(supplied_by)), 9, 4) || '-' || substr(lower(hex(supplied_by)), 13, 4) || '-' ||
    substr(lower(hex(supplied_by)), 17, 4) || '-' || substr(lower(hex(supplied_by)), 21, 12) END;
UPDATE carer SET
  supplied_by = CASE WHEN length(supplied_by) = 0 THEN '' WHEN supplied_by IS NOT NULL THEN
    substr(lower(hex(supplied_by)), 1, 8) || '-' || substr(lower(hex(supplied_by)), 9, 4) || '-' || substr(lower(hex(supplied_by)), 13, 4) || '-' ||
    substr(lower(hex(supplied_by)), 17, 4) || '-' || substr(lower(hex(supplied_by)), 21, 12) END;
UPDATE identifier SET
  supplied_by = CASE WHEN length(supplied_by) = 0 THEN '' WHEN supplied_by IS NOT NULL THEN
    substr(lower(hex(supplied_by)), 1, 8) || '-' || substr(lower(hex(supplied_by)), 9, 4) || '-' || substr(lower(hex(supplied_by)), 13, 4) || '-' ||
    substr(lower(hex(supplied_by)), 17, 4) || '-' || substr(lower(hex(supplied_by)), 21, 12) END;
UPDATE involvement SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END,
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END,
  practitioner_id = CASE WHEN length(practitioner_id) = 0 THEN '' WHEN practitioner_id IS NOT NULL THEN
    substr(lower(hex(practitioner_id)), 1, 8) || '-' || substr(lower(hex(practitioner_id)), 9, 4) || '-' || substr(lower(hex(practitioner_id)), 13, 4) || '-' ||
    substr(lower(hex(practitioner_id)), 17, 4) || '-' || substr(lower(hex(practitioner_id)), 21, 12) END,
  entered_by = CASE WHEN length(entered_by) = 0 THEN '' WHEN entered_by IS NOT NULL THEN
    substr(lower(hex(entered_by)), 1, 8) || '-' || substr(lower(hex(entered_by)), 9, 4) || '-' || substr(lower(hex(entered_by)), 13, 4) || '-' ||
    substr(lower(hex(entered_by)), 17, 4) || '-' || substr(lower(hex(entered_by)), 21, 12) END,
  started_on = date(started_on * 86400, 'unixepoch'),
  ended_on = date(ended_on * 86400, 'unixepoch'),
  ground_on = date(ground_on * 86400, 'unixepoch'),
  ground_until = date(ground_until * 86400, 'unixepoch');
UPDATE mother SET
  supplied_by = CASE WHEN length(supplied_by) = 0 THEN '' WHEN supplied_by IS NOT NULL THEN
    substr(lower(hex(supplied_by)), 1, 8) || '-' || substr(lower(hex(supplied_by)), 9, 4) || '-' || substr(lower(hex(supplied_by)), 13, 4) || '-' ||
    substr(lower(hex(supplied_by)), 17, 4) || '-' || substr(lower(hex(supplied_by)), 21, 12) END;
UPDATE team_member SET
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END;
UPDATE assessment SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END,
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END,
  practitioner_id = CASE WHEN length(practitioner_id) = 0 THEN '' WHEN practitioner_id IS NOT NULL THEN
    substr(lower(hex(practitioner_id)), 1, 8) || '-' || substr(lower(hex(practitioner_id)), 9, 4) || '-' || substr(lower(hex(practitioner_id)), 13, 4) || '-' ||
    substr(lower(hex(practitioner_id)), 17, 4) || '-' || substr(lower(hex(practitioner_id)), 21, 12) END;
UPDATE transfer SET
  sender_id = CASE WHEN length(sender_id) = 0 THEN '' WHEN sender_id IS NOT NULL THEN
    substr(lower(hex(sender_id)), 1, 8) || '-' || substr(lower(hex(sender_id)), 9, 4) || '-' || substr(lower(hex(sender_id)), 13, 4) || '-' ||
    substr(lower(hex(sender_id)), 17, 4) || '-' || substr(lower(hex(sender_id)), 21, 12) END,
  receiver_id = CASE WHEN length(receiver_id) = 0 THEN '' WHEN receiver_id IS NOT NULL THEN
    substr(lower(hex(receiver_id)), 1, 8) || '-' || substr(lower(hex(receiver_id)), 9, 4) || '-' || substr(lower(hex(receiver_id)), 13, 4) || '-' ||
    substr(lower(hex(receiver_id)), 17, 4) || '-' || substr(lower(hex(receiver_id)), 21, 12) END,
  receiver_team_id = CASE WHEN length(receiver_team_id) = 0 THEN '' WHEN receiver_team_id IS NOT NULL THEN
    substr(lower(hex(receiver_team_id)), 1, 8) || '-' || substr(lower(hex(receiver_team_id)), 9, 4) || '-' || substr(lower(hex(receiver_team_id)), 13, 4) || '-' ||
    substr(lower(hex(receiver_team_id)), 17, 4) || '-' || substr(lower(hex(receiver_team_id)), 21, 12) END,
  desk_id = CASE WHEN length(desk_id) = 0 THEN '' WHEN desk_id IS NOT NULL THEN
    substr(lower(hex(desk_id)), 1, 8) || '-' || substr(lower(hex(desk_id)), 9, 4) || '-' || substr(lower(hex(desk_id)), 13, 4) || '-' ||
    substr(lower(hex(desk_id)), 17, 4) || '-' || substr(lower(hex(desk_id)), 21, 12) END;
UPDATE access_point SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;
UPDATE enquiry SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END,
  receiver_id = CASE WHEN length(receiver_id) = 0 THEN '' WHEN receiver_id IS NOT NULL THEN
    substr(lower(hex(receiver_id)), 1, 8) || '-' || substr(lower(hex(receiver_id)), 9, 4) || '-' || substr(lower(hex(receiver_id)), 13, 4) || '-' ||
    substr(lower(hex(receiver_id)), 17, 4) || '-' || substr(lower(hex(receiver_id)), 21, 12) END;
UPDATE enquiry_step SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END,
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END;
UPDATE lead_proposal SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;
UPDATE lead_term SET
  practitioner_id = CASE WHEN length(practitioner_id) = 0 THEN '' WHEN practitioner_id IS NOT NULL THEN
    substr(lower(hex(practitioner_id)), 1, 8) || '-' || substr(lower(hex(practitioner_id)), 9, 4) || '-' || substr(lower(hex(practitioner_id)), 13, 4) || '-' ||
    substr(lower(hex(practitioner_id)), 17, 4) || '-' || substr(lower(hex(practitioner_id)), 21, 12) END,
  cover_id = CASE WHEN length(cover_id) = 0 THEN '' WHEN cover_id IS NOT NULL THEN
    substr(lower(hex(cover_id)), 1, 8) || '-' || substr(lower(hex(cover_id)), 9, 4) || '-' || substr(lower(hex(cover_id)), 13, 4) || '-' ||
    substr(lower(hex(cover_id)), 17, 4) || '-' || substr(lower(hex(cover_id)), 21, 12) END;
UPDATE past_lead SET
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END,
  practitioner_id = CASE WHEN length(practitioner_id) = 0 THEN '' WHEN practitioner_id IS NOT NULL THEN
    substr(lower(hex(practitioner_id)), 1, 8) || '-' || substr(lower(hex(practitioner_id)), 9, 4) || '-' || substr(lower(hex(practitioner_id)), 13, 4) || '-' ||
    substr(lower(hex(practitioner_id)), 17, 4) || '-' || substr(lower(hex(practitioner_id)), 21, 12) END;
UPDATE team_district SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END,
  team_id = CASE WHEN length(team_id) = 0 THEN '' WHEN team_id IS NOT NULL THEN
    substr(lower(hex(team_id)), 1, 8) || '-' || substr(lower(hex(team_id)), 9, 4) || '-' || substr(lower(hex(team_id)), 13, 4) || '-' ||
    substr(lower(hex(team_id)), 17, 4) || '-' || substr(lower(hex(team_id)), 21, 12) END;
UPDATE panel_item SET
  receiver_id = CASE WHEN length(receiver_id) = 0 THEN '' WHEN receiver_id IS NOT NULL THEN
    substr(lower(hex(receiver_id)), 1, 8) || '-' || substr(lower(hex(receiver_id)), 9, 4) || '-' || substr(lower(hex(receiver_id)), 13, 4) || '-' ||
    substr(lower(hex(receiver_id)), 17, 4) || '-' || substr(lower(hex(receiver_id)), 21, 12) END;
UPDATE partnership_member SET
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;

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
  id = CASE WHEN length(id) = 0 THEN '' WHEN id IS NOT NULL THEN
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' ||
    substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END,
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;
UPDATE practitioner SET
  id = CASE WHEN length(id) = 0 THEN '' WHEN id IS NOT NULL THEN
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' ||
    substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END,
  organisation_id = CASE WHEN length(organisation_id) = 0 THEN '' WHEN organisation_id IS NOT NULL THEN
    substr(lower(hex(organisation_id)), 1, 8) || '-' || substr(lower(hex(organisation_id)), 9, 4) || '-' || substr(lower(hex(organisation_id)), 13, 4) || '-' ||
    substr(lower(hex(organisation_id)), 17, 4) || '-' || substr(lower(hex(organisation_id)), 21, 12) END;
UPDATE organisation SET
  id = CASE WHEN length(id) = 0 THEN '' WHEN id IS NOT NULL THEN
    substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-' || substr(lower(hex(id)), 13, 4) || '-' ||
    substr(lower(hex(id)), 17, 4) || '-' || substr(lower(hex(id)), 21, 12) END;
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
