//! Who may see and do what: one table, one decision, and the permit that carries it.

mod access_points;
mod accounts;
mod actors;
mod agreements;
mod blocks;
mod child_teams;
mod decisions;
mod leads;
mod localities;
mod organisations;
mod panels;
mod permits;
mod refusals;
mod rights;
mod settings;
mod subjects;
#[cfg(test)]
mod tests;
mod transfers;
mod workforces;

pub use access_points::{
    decide_access_point_change, decide_enquiry_list, may_decide_enquiry, may_judge_enquiry, may_record_enquiry,
    sees_enquiry, works_area_list,
};
pub use accounts::{
    AccountExtent, AccountScope, decide_account_change, decide_account_list, decide_account_registration,
    decide_capability_grant, decide_certification, extent_of_account, may_certify,
};
pub use actors::{Actor, LegalPurpose};
pub use agreements::{Bounds, decide_partnership_change};
pub use blocks::{Block, Column, Extent, View, Visibility, cell, shielded_cell};
pub use child_teams::{
    decide_team_reviews, may_read_team_meetings, may_settle_team, may_take_meeting_step, shows_family, shows_relative,
    shows_team,
};
pub use decisions::{decide, decide_override, decide_registration, decide_search, visibility_of};
pub use leads::{
    decide_lead_work, is_listed_by_area, may_answer_lead_proposal, may_propose_lead, may_take_lead,
    may_withdraw_lead_proposal,
};
pub use localities::{decide_reassignment, district_seen, shows_districts, shows_home};
pub use organisations::{
    Authority, Reach, authority_over, decide_organisation_change, decide_organisation_registration, decide_team_change,
    decide_team_registration, reaches, reaches_short_of, sees_organisation, sees_team,
};
pub use panels::{
    decide_panel_change, decide_panel_list, is_on_agenda, may_open_agenda, may_run_panel, may_sit, sees_panel,
};
pub use permits::{
    AcceptLead, AcceptTransfer, Action, AddPanelItem, AskForContact, CancelTeamMeeting, ChangeAssessment, ChangeChild,
    ChangeInvolvement, CloseTeamMeeting, CloseTransferGap, CompleteAssessment, ConfirmAssessment, ConfirmInvolvement,
    CoverLead, DecideHeld, DecidePanelItem, DeclineLead, DeclineTransfer, EndInvolvement, ExplainMatch,
    HoldTeamMeeting, InviteToMeeting, JoinChildTeam, LeaveChildTeam, LinkAssessment, ListAssessments, ListInvolvements,
    ListLeadWork, ListTeamReviews, MoveBrokeredContact, OverrideShield, Permit, PlaceTransfer, PlanTeamMeeting,
    ProposeLead, ProposeTransfer, ReadAccessLog, ReadAgenda, ReadBrokeredContacts, ReadChild, ReadChildTeam,
    ReadConsents, ReadContacts, ReadLead, ReadLocality, ReadRestrictions, ReadShield, ReadTeamMeetings, ReadTransfers,
    ReassignInvolvement, RecordBirth, RecordConsent, RecordEnquiry, RegisterInvolvement, RescheduleTeamMeeting,
    RestrictChild, SearchPermit, SettleChildTeam, ShieldChild, StartAssessment, TryAgreement, WithdrawConsent,
    WithdrawLead, WithdrawPanelItem, WithdrawTransfer,
};
pub use refusals::{Conflict, Forbidden, Refusal, Violation};
pub use rights::{
    may_change_child, may_change_entry, may_decide_held, may_explain, may_issue_code, may_look_at_children,
    may_manage_shield, may_mediate, may_override, may_record_birth, may_request_shield, may_restrict, may_search_by,
    may_search_by_mother, may_work_cases,
};
pub use settings::{IdentifierRule, PolicySettings};
pub use subjects::{CaseKind, OpenCase, Subject, Tie, is_public};
pub use transfers::{
    TransferBlocks, TransferSight, may_answer_transfer, may_close_gap, may_place_transfer, may_propose_from,
    may_withdraw_transfer, sight_of_transfer,
};
pub use workforces::{WorkforceScope, decide_workforces};

/// The version of these rules, kept with every disclosure, so that "what could they see that day" has an answer.
pub const POLICY_VERSION: &str = "2026-11";
