//! One name for each constraint: SQLite tells its columns, PostgreSQL its name, callers see the name.

/// A row refers to another that is not there, or another refers to it.
pub const FOREIGN_KEY: &str = "foreign_key";
/// A value lies outside what its column allows.
pub const CHECK: &str = "check";
/// A value that must be there is not.
pub const NOT_NULL: &str = "not_null";
/// A unique constraint that [`UNIQUE`] does not list; a test keeps this from happening.
pub const UNLISTED: &str = "unlisted";

/// Every unique constraint and primary key: its name on PostgreSQL and in the migrations, and what SQLite calls it.
pub const UNIQUE: [(&str, &str); 97] = [
    ("access_point_district_pkey", "access_point_district.access_point_id, access_point_district.district"),
    ("access_point_pkey", "access_point.id"),
    ("account_identity", "account.issuer, account.subject"),
    ("account_pkey", "account.id"),
    ("agreement_default_pkey", "agreement_default.partnership_id, agreement_default.number, agreement_default.service"),
    ("agreement_pkey", "agreement.partnership_id, agreement.number"),
    ("alert_event_pkey", "alert_event.alert_id, alert_event.idx"),
    ("alert_occasion", "alert.account_id, alert.rule, alert.occasion"),
    ("alert_pkey", "alert.id"),
    ("assessment_open", "assessment.child_id, assessment.kind"),
    ("assessment_pkey", "assessment.child_id, assessment.number"),
    ("audit_by_account_pkey", "audit_by_account.key, audit_by_account.idx"),
    ("audit_by_area_pkey", "audit_by_area.key, audit_by_area.idx"),
    ("audit_by_child_pkey", "audit_by_child.key, audit_by_child.idx"),
    ("audit_by_kind_pkey", "audit_by_kind.key, audit_by_kind.idx"),
    ("audit_by_organisation_pkey", "audit_by_organisation.key, audit_by_organisation.idx"),
    ("audit_by_token_pkey", "audit_by_token.key, audit_by_token.idx"),
    ("audit_checkpoint_pkey", "audit_checkpoint.origin, audit_checkpoint.size"),
    ("audit_event_pkey", "audit_event.idx"),
    ("audit_head_pkey", "audit_head.id"),
    ("audit_payload_pkey", "audit_payload.idx"),
    ("audit_tile_pkey", "audit_tile.level, audit_tile.number"),
    ("brokered_contact_open", "brokered_contact.child_id, brokered_contact.asked_by"),
    ("brokered_contact_pkey", "brokered_contact.id"),
    ("budget_child_pkey", "budget_child.account_id, budget_child.day, budget_child.child_id"),
    ("budget_pkey", "budget.owner_id, budget.kind, budget.window_start"),
    ("capability_proposal_open", "capability_proposal.account_id, capability_proposal.capability"),
    ("capability_proposal_pkey", "capability_proposal.id"),
    ("carer_pkey", "carer.child_id, carer.position"),
    ("carer_shield_key_pkey", "carer_shield_key.key, carer_shield_key.shield_id"),
    ("carer_shield_pkey", "carer_shield.id"),
    ("child_case_pkey", "child_case.id"),
    ("child_index_number", "child.index_number"),
    ("child_key_pkey", "child_key.key, child_key.child_id"),
    ("child_name_pkey", "child_name.child_id, child_name.position"),
    ("child_override_case", "child_override.case_id"),
    ("child_override_pkey", "child_override.id"),
    ("child_pkey", "child.id"),
    ("child_pseudonym_pkey", "child_pseudonym.child_id"),
    ("child_pseudonym_value", "child_pseudonym.pseudonym"),
    ("child_purge_pkey", "child_purge.child_id"),
    ("child_restriction_pkey", "child_restriction.child_id, child_restriction.account_id"),
    ("child_source", "child.supplied_by, child.source_key"),
    ("child_team_link_pkey", "child_team_link.child_id, child_team_link.other_id"),
    ("child_team_pkey", "child_team.child_id"),
    ("decoy_pkey", "decoy.child_id"),
    ("enquiry_pkey", "enquiry.id"),
    ("enquiry_step_pkey", "enquiry_step.enquiry_id, enquiry_step.position"),
    ("handle_pkey", "handle.id"),
    ("household_key_pkey", "household_key.key, household_key.child_id"),
    ("household_list_pkey", "household_list.key, household_list.first_child"),
    ("idempotency_pkey", "idempotency.account_id, idempotency.operation, idempotency.key"),
    ("identifier_pkey", "identifier.child_id, identifier.position"),
    ("imported_cell_pkey", "imported_cell.area, imported_cell.period, imported_cell.indicator, imported_cell.locality"),
    (
        "indicator_cell_pkey",
        "indicator_cell.area, indicator_cell.period, indicator_cell.indicator, indicator_cell.locality",
    ),
    ("indicator_period_pkey", "indicator_period.area, indicator_period.period"),
    ("involvement_lead", "involvement.child_id, involvement.lead"),
    ("involvement_pkey", "involvement.child_id, involvement.number"),
    ("lead_proposal_open", "lead_proposal.child_id, lead_proposal.kind, lead_proposal.involvement"),
    ("lead_proposal_pkey", "lead_proposal.child_id, lead_proposal.number"),
    ("lead_term_pkey", "lead_term.child_id, lead_term.kind"),
    ("mother_pkey", "mother.child_id"),
    ("justification_event", "justification.idx"),
    ("justification_pkey", "justification.id"),
    ("key_list_pkey", "key_list.key, key_list.first_child"),
    ("organisation_code", "organisation.code"),
    ("organisation_pkey", "organisation.id"),
    ("panel_item_child", "panel_item.meeting_id, panel_item.child_id"),
    ("panel_item_pkey", "panel_item.meeting_id, panel_item.number"),
    ("panel_meeting_pkey", "panel_meeting.id"),
    ("panel_member_pkey", "panel_member.panel_id, panel_member.account_id"),
    ("panel_pkey", "panel.id"),
    ("partnership_member_open", "partnership_member.partnership_id, partnership_member.organisation_id"),
    (
        "partnership_member_pkey",
        "partnership_member.partnership_id, partnership_member.organisation_id, partnership_member.from_on",
    ),
    ("partnership_pkey", "partnership.id"),
    ("past_ground_pkey", "past_ground.child_id, past_ground.number, past_ground.position"),
    ("past_lead_pkey", "past_lead.child_id, past_lead.position"),
    ("practitioner_name", "practitioner.organisation_id, practitioner.name, practitioner.job_title"),
    ("practitioner_pkey", "practitioner.id"),
    ("route_pkey", "route.owner_id, route.position"),
    ("setting_pkey", "setting.name"),
    ("shield_review_pkey", "shield_review.child_id"),
    ("team_attendance_pkey", "team_attendance.child_id, team_attendance.meeting, team_attendance.involvement"),
    ("team_code", "team.organisation_id, team.code"),
    ("team_district_pkey", "team_district.organisation_id, team_district.district"),
    ("team_meeting_pkey", "team_meeting.child_id, team_meeting.number"),
    ("team_member_pkey", "team_member.team_id, team_member.account_id, team_member.from_at"),
    ("team_pkey", "team.id"),
    ("transfer_open", "transfer.child_id, transfer.from_number"),
    ("transfer_pkey", "transfer.id"),
    ("unsettled_load_pkey", "unsettled_load.first_child"),
    ("unsettled_shield_pkey", "unsettled_shield.child"),
    ("verification_code_pkey", "verification_code.account_id, verification_code.hash"),
    ("watch_day_pkey", "watch_day.account_id, watch_day.day"),
    ("watch_pkey", "watch.id"),
    ("watch_reason_pkey", "watch_reason.account_id, watch_reason.day, watch_reason.reason"),
    // Of the migrations themselves.
    ("__diesel_schema_migrations_pkey", "__diesel_schema_migrations.version"),
];

/// The name of the unique constraint that PostgreSQL names or that SQLite's message lists the columns of.
pub(super) fn unique(name: Option<&str>, message: &str) -> &'static str {
    let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    UNIQUE
        .iter()
        .find(|(known, listed)| name.map_or(*listed == columns, |name| *known == name))
        .map_or(UNLISTED, |(known, _)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_name_a_constraint_alike() {
        let sqlite = unique(None, "UNIQUE constraint failed: child.supplied_by, child.source_key");
        let postgres = unique(Some("child_source"), "duplicate key value violates unique constraint \"child_source\"");
        assert_eq!((sqlite, postgres), ("child_source", "child_source"));
    }

    #[test]
    fn an_unknown_one_is_said_to_be_unlisted() {
        assert_eq!(unique(Some("somebody_elses"), ""), UNLISTED);
        assert_eq!(unique(None, "UNIQUE constraint failed: a.b"), UNLISTED);
        assert_eq!(unique(None, ""), UNLISTED);
    }
}
