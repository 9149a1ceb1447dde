//! The HTTP rim: routes, DTOs, token check and problem documents.
//!
//! [`Operations`] is the one route table: the router and the OpenAPI document are both made from it. An operation is a
//! handler with `#[utoipa::path]` above its method and path, named `<verb>_<noun>`, in the module of its noun:
//!
//! ```text
//! /// Who is involved with a child, and how to reach them
//! #[utoipa::path(tag = "children", params(("Access-Reason" = AccessReasonCode, Header)), responses((status = 200, body = ContactsView)))]
//! #[get("/children/{child_id}/contacts")]
//! pub async fn get_contacts(
//!     state: Data<ApiState>,
//!     token: VerifiedToken,
//!     reason: AccessReason,
//!     child: PathOf<String>,
//!     _: NoQuery,
//! ) -> Result<impl Responder, Problem> { … }
//! ```
//!
//! It takes [`extract`] types and never the framework's own, answers with `HttpResponse::Ok().json(…)`, and it fails with a [`problems::Problem`]. What every
//! operation shares (token, refusals of the rim, headers) is added to the document by [`openapi::document`].

mod accepts;
pub mod access_logs;
pub mod access_points;
pub mod accounts;
pub mod alerts;
pub mod answers;
pub mod assessments;
pub mod audits;
pub mod auth;
pub mod brokered_contacts;
pub mod capability_proposals;
pub mod carer_shields;
pub mod cases;
pub mod certifications;
pub mod checkpoints;
pub mod child_teams;
pub mod children;
pub mod codes;
pub mod contacts;
pub mod dates;
pub mod districts;
pub mod enquiries;
pub mod extract;
pub mod headers;
pub mod health;
pub mod indicators;
pub mod involvements;
pub mod leads;
pub mod leavers;
pub mod localities;
pub mod metrics;
pub mod openapi;
pub mod organisations;
pub mod overrides;
mod pages;
pub mod panels;
pub mod parameters;
pub mod partnerships;
pub mod paths;
mod problem_codes;
pub mod problems;
pub mod refusals;
pub mod restrictions;
pub mod routes;
pub mod shields;
pub mod state;
pub mod tables;
pub mod team_meetings;
pub mod teams;
pub mod texts;
pub mod transfers;
pub mod verification_codes;
pub mod visits;
pub mod watch;
pub mod workforces;

use self::tables::{RouteTable, Routes};

/// The operations of the service.
pub struct Operations;

impl RouteTable for Operations {
    fn write(routes: &mut impl Routes) {
        routes
            .service(health::get_health_live)
            .service(health::get_health_ready)
            .service(metrics::get_metrics)
            .service(openapi::get_openapi_document)
            // Before the tiles, among which it would be one of level "entries".
            .guarded::<Entries>("/v1/audit/tile/entries")
            .service(checkpoints::read_audit_checkpoint)
            .service(checkpoints::read_audit_tile)
            .service(checkpoints::prove_audit_consistency)
            .service(checkpoints::check_audit_receipt)
            .guarded::<Guarded>("/v1");
    }
}

/// What is read of the log's entries.
struct Entries;

impl RouteTable for Entries {
    fn write(routes: &mut impl Routes) {
        routes.service(checkpoints::read_audit_entries);
    }
}

/// The operations behind the token check, below `/v1`.
struct Guarded;

impl RouteTable for Guarded {
    fn write(routes: &mut impl Routes) {
        about_children(routes);
        about_assessments(routes);
        about_transfers(routes);
        about_leads(routes);
        about_child_teams(routes);
        about_localities(routes);
        about_panels(routes);
        about_staff(routes);
        about_partnerships(routes);
        about_the_work(routes);
    }
}

/// Children, who may know of them, and who is involved.
fn about_children(config: &mut impl Routes) {
    config
        // Paths are tried one after the other in this order, so what is asked most comes first.
        .service(contacts::read_contacts)
        .service(children::search_children)
        .service(children::explain_match)
        .service(children::register_child)
        .service(children::read_child)
        .service(children::change_child)
        .service(children::record_birth)
        .service(shields::shield_child)
        .service(shields::read_shield)
        .service(shields::confirm_shield)
        .service(shields::lift_shield)
        .service(shields::seal_record)
        .service(carer_shields::shield_carer)
        .service(carer_shields::list_carer_shields)
        .service(carer_shields::confirm_carer_shield)
        .service(carer_shields::lift_carer_shield)
        .service(access_logs::read_access_log)
        .service(restrictions::list_restrictions)
        .service(restrictions::restrict_child)
        .service(restrictions::lift_restriction)
        .service(cases::list_cases)
        .service(cases::take_case)
        .service(cases::close_case)
        .service(overrides::override_shield)
        .service(brokered_contacts::list_brokered_contact_work)
        .service(brokered_contacts::request_brokered_contact)
        .service(brokered_contacts::list_brokered_contacts)
        .service(brokered_contacts::read_brokered_contact)
        .service(brokered_contacts::move_brokered_contact)
        .service(involvements::list_involvements)
        .service(involvements::register_involvement)
        .service(involvements::change_involvement)
        .service(involvements::end_involvement)
        .service(involvements::confirm_involvement)
        .service(involvements::withdraw_consent)
        .service(involvements::list_consents)
        .service(involvements::record_consent);
}

/// That assessments exist, and who holds them.
fn about_assessments(config: &mut impl Routes) {
    config
        .service(assessments::list_assessments)
        .service(assessments::start_assessment)
        .service(assessments::change_assessment)
        .service(assessments::complete_assessment)
        .service(assessments::confirm_assessment)
        .service(assessments::link_assessment);
}

/// Children on the way from one service to another.
fn about_transfers(config: &mut impl Routes) {
    config
        .service(transfers::list_transfers)
        .service(transfers::propose_transfer)
        .service(transfers::read_transfer)
        .service(transfers::accept_transfer)
        .service(transfers::decline_transfer)
        .service(transfers::withdraw_transfer)
        .service(transfers::place_transfer)
        .service(transfers::close_transfer_gap)
        .service(transfers::list_transfer_work)
        .service(transfers::propose_transfers)
        .service(transfers::accept_transfers);
}

/// Who leads, and who looks after that.
fn about_leads(config: &mut impl Routes) {
    config
        .service(leads::read_lead_professional)
        .service(leads::propose_lead_professional)
        .service(leads::read_lead_proposal)
        .service(leads::accept_lead_proposal)
        .service(leads::decline_lead_proposal)
        .service(leads::withdraw_lead_proposal)
        .service(leads::cover_lead_professional)
        .service(leads::end_lead_cover)
        .service(leads::list_lead_work);
}

/// The team around a child, and its meetings.
fn about_child_teams(config: &mut impl Routes) {
    config
        .service(child_teams::read_child_team)
        .service(child_teams::settle_child_team)
        .service(child_teams::join_child_team)
        .service(child_teams::leave_child_team)
        .service(child_teams::list_team_reviews)
        .service(team_meetings::list_team_meetings)
        .service(team_meetings::plan_team_meeting)
        .service(team_meetings::read_team_meeting)
        .service(team_meetings::reschedule_team_meeting)
        .service(team_meetings::hold_team_meeting)
        .service(team_meetings::close_team_meeting)
        .service(team_meetings::cancel_team_meeting)
        .service(team_meetings::read_team_invitation);
}

/// Which team serves a child, and moving boundaries.
fn about_localities(config: &mut impl Routes) {
    config.service(localities::read_locality).service(localities::reassign_team);
}

/// Panels of an area, and what they decide.
fn about_panels(config: &mut impl Routes) {
    config
        .service(panels::list_panels)
        .service(panels::register_panel)
        .service(panels::read_panel)
        .service(panels::change_panel)
        .service(panels::change_panel_member)
        .service(panels::list_panel_meetings)
        .service(panels::plan_panel_meeting)
        .service(panels::hold_panel_meeting)
        .service(panels::close_panel_meeting)
        .service(panels::list_panel_items)
        .service(panels::add_panel_item)
        .service(panels::read_panel_item)
        .service(panels::decide_panel_item)
        .service(panels::withdraw_panel_item);
}

/// Organisations, and who may do what.
fn about_staff(config: &mut impl Routes) {
    config
        .service(organisations::list_organisations)
        .service(organisations::register_organisation)
        .service(organisations::read_organisation)
        .service(organisations::change_organisation)
        .service(teams::list_teams)
        .service(teams::register_team)
        .service(teams::read_team)
        .service(teams::change_team)
        .service(teams::list_team_members)
        .service(teams::change_team_member)
        .service(accounts::list_accounts)
        .service(accounts::register_account)
        .service(accounts::read_account)
        .service(accounts::change_account)
        .service(certifications::certify_accounts)
        .service(workforces::list_workforces)
        .service(leavers::close_account)
        .service(verification_codes::issue_verification_code)
        .service(capability_proposals::list_capability_proposals)
        .service(capability_proposals::propose_capability)
        .service(capability_proposals::agree_to_capability)
        .service(capability_proposals::decline_capability);
}

/// Partnerships, their members and their agreements.
fn about_partnerships(config: &mut impl Routes) {
    config
        .service(partnerships::list_partnerships)
        .service(partnerships::register_partnership)
        .service(partnerships::read_partnership)
        .service(partnerships::change_partnership)
        .service(partnerships::list_partnership_members)
        .service(partnerships::add_partnership_member)
        .service(partnerships::end_partnership_member)
        .service(partnerships::agreements::list_agreements)
        .service(partnerships::agreements::draft_agreement)
        .service(partnerships::agreements::read_agreement)
        .service(partnerships::agreements::change_agreement)
        .service(partnerships::agreements::dry_run_agreement);
}

/// Desks and enquiries, what is counted, and the log.
fn about_the_work(config: &mut impl Routes) {
    config
        .service(access_points::list_access_points)
        .service(access_points::register_access_point)
        .service(access_points::read_access_point)
        .service(access_points::change_access_point)
        .service(enquiries::record_enquiry)
        .service(enquiries::list_enquiries)
        .service(enquiries::read_enquiry)
        .service(enquiries::decide_enquiry)
        .service(enquiries::judge_enquiry)
        .service(indicators::read_indicators)
        .service(indicators::import_indicator)
        .service(audits::search_audit_events)
        .service(audits::search_breach_scope)
        .service(audits::search_complaints)
        .service(audits::read_audit_event)
        .service(alerts::list_alerts)
        .service(alerts::read_alert)
        .service(alerts::change_alert)
        .service(alerts::list_justifications)
        .service(alerts::answer_justification);
}
