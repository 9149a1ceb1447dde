//! Lead professionals as they are shown: who leads, who was asked to, who led before, and the lists of an area.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::children::IdentityView;
use crate::api::codes::{
    FreshnessCode, LeadDeclineReasonCode, LeadEndCode, LeadKindCode, LeadProposalStateCode, LeadWarningCode,
};
use crate::api::involvements::{OrganisationNameView, PractitionerView};
use crate::api::routes::RouteView;
use crate::app::leads::{LeadWork, Leads, ShownCover, ShownLead, ShownLeadProposal, ShownPastLead};
use crate::domain::instants::Instant;
use crate::domain::involvements::LeadKind;
use crate::domain::leads::{AfterChild, LeadDeclineReason, LeadEnd, LeadProposalState, LeadWarning};
use crate::domain::pages::Page;
use crate::domain::services::Freshness;

/// The lead professionals of a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadProfessionalsView {
    /// Who leads: at most one of each kind.
    leads: Vec<LeadView>,
    /// Who was asked to, newest first: what waits, and for a time what was answered.
    proposals: Vec<LeadProposalView>,
    /// Who led before, the latest first.
    history: Vec<PastLeadView>,
}

/// A lead professional.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadView {
    /// Of what they are the lead.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// The number of the involvement by which they lead.
    #[schema(example = 417_233)]
    involvement: i32,
    /// Who it is; `null` where the entry names no person.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// The organisation they work for.
    organisation: OrganisationNameView,
    /// Their team's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Early help, Trowbridge")]
    team: Option<String>,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
    /// Since when they lead, as far as the index knows.
    since: DateTime<Utc>,
    /// When somebody last said that the entry is still right.
    last_confirmed_at: DateTime<Utc>,
    /// How much that is worth today.
    #[schema(value_type = FreshnessCode)]
    freshness: Freshness,
    /// Who stands in, now or later; `null` where nobody does.
    #[schema(required = true)]
    cover: Option<LeadCoverView>,
}

/// Whoever stands in for a lead professional who is away.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadCoverView {
    /// Their name.
    #[schema(example = "Samuel Adeyemi")]
    name: String,
    /// Their job title.
    #[schema(example = "Family support worker")]
    job_title: String,
    /// The first day.
    from: NaiveDate,
    /// The last day.
    until: NaiveDate,
    /// Whether they stand in today.
    today: bool,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
}

/// That somebody was asked to lead, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadProposalView {
    /// The number within the child. Numbers are random: gaps say nothing.
    #[schema(example = 417_233)]
    number: i32,
    /// Of what they are to lead.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// How it stands: `superseded` once somebody else leads, `expired` once it has waited too long.
    #[schema(value_type = LeadProposalStateCode)]
    state: LeadProposalState,
    /// The number of the involvement whose practitioner was asked.
    #[schema(example = 417_234)]
    involvement: i32,
    /// Who was asked.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// The organisation they work for, which answers.
    organisation: OrganisationNameView,
    /// The organisation that asked, where you may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proposed_by: Option<OrganisationNameView>,
    /// When it was asked.
    proposed_at: DateTime<Utc>,
    /// From when on it counts no more.
    expires_at: DateTime<Utc>,
    /// When it was answered or taken back; `null` where it was not.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeadDeclineReasonCode>, nullable = false)]
    reason: Option<LeadDeclineReason>,
}

/// A lead that ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct PastLeadView {
    /// Of what they were the lead.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// The number of the involvement by which they led.
    #[schema(example = 417_233)]
    involvement: i32,
    /// Who it was.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// The organisation.
    organisation: OrganisationNameView,
    /// The team's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    team: Option<String>,
    /// Since when they led, as far as the index knows.
    since: DateTime<Utc>,
    /// Until when.
    until: DateTime<Utc>,
    /// With what it ended.
    #[schema(value_type = LeadEndCode)]
    ended_as: LeadEnd,
}

/// A child whose lead professional needs looking after.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadWorkView {
    /// Who the child is.
    child: IdentityView,
    /// How many additional services run that you may see, each counted once.
    #[schema(minimum = 0)]
    additional_services: usize,
    /// Who leads.
    leads: Vec<LeadView>,
    /// Who was asked to and has not answered.
    proposals: Vec<LeadProposalView>,
    /// What there is to be warned of about those who lead.
    warnings: Vec<LeadWarningView>,
}

/// A warning about somebody who leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadWarningView {
    /// Of what they are the lead.
    #[schema(value_type = LeadKindCode)]
    lead: LeadKind,
    /// What there is to be warned of.
    #[schema(value_type = LeadWarningCode)]
    code: LeadWarning,
}

/// A page of children, in the order of their numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadWorkPageView {
    /// The children.
    children: Vec<LeadWorkView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl LeadView {
    /// Whoever leads, as it stands at `at`.
    pub(in crate::api) fn at(lead: ShownLead, at: Instant) -> Self {
        let ShownLead { kind, entry, since, cover } = lead;
        Self {
            kind,
            involvement: entry.number,
            practitioner: entry.practitioner.map(person),
            organisation: OrganisationNameView::new(entry.organisation, entry.organisation_name),
            team: entry.team_name,
            routes: RouteView::all_at(&entry.routes, at),
            since: since.to_utc(),
            last_confirmed_at: entry.last_confirmed_at.to_utc(),
            freshness: entry.freshness,
            cover: cover.map(|cover| LeadCoverView::at(cover, at)),
        }
    }
}

impl LeadCoverView {
    /// Whoever stands in, as it stands at `at`.
    pub(in crate::api) fn at(cover: ShownCover, at: Instant) -> Self {
        let ShownCover { name, job_title, from, until, runs, routes } = cover;
        Self { name, job_title, from, until, today: runs, routes: RouteView::all_at(&routes, at) }
    }
}

impl From<ShownLeadProposal> for LeadProposalView {
    fn from(shown: ShownLeadProposal) -> Self {
        Self {
            number: shown.number,
            kind: shown.kind,
            state: shown.state,
            involvement: shown.involvement,
            practitioner: shown.practitioner.map(person),
            organisation: OrganisationNameView::new(shown.organisation, shown.organisation_name),
            proposed_by: shown.proposed_by.map(|(id, name)| OrganisationNameView::new(id, name)),
            proposed_at: shown.proposed_at.to_utc(),
            expires_at: shown.expires_at.to_utc(),
            closed_at: shown.closed_at.map(Instant::to_utc),
            reason: shown.reason,
        }
    }
}

impl From<ShownPastLead> for PastLeadView {
    fn from(shown: ShownPastLead) -> Self {
        Self {
            kind: shown.kind,
            involvement: shown.involvement,
            practitioner: shown.practitioner.map(person),
            organisation: OrganisationNameView::new(shown.organisation, shown.organisation_name),
            team: shown.team_name,
            since: shown.since.to_utc(),
            until: shown.until.to_utc(),
            ended_as: shown.ended_as,
        }
    }
}

impl LeadProfessionalsView {
    /// Lead professionals as they stand at `at`.
    pub(super) fn at(leads: Leads, at: Instant) -> Self {
        Self {
            leads: leads.leads.into_iter().map(|lead| LeadView::at(lead, at)).collect(),
            proposals: leads.proposals.into_iter().map(Into::into).collect(),
            history: leads.history.into_iter().map(Into::into).collect(),
        }
    }
}

impl LeadWorkPageView {
    /// A page as it stands at `at`.
    pub(super) fn at(page: Page<LeadWork, AfterChild>, at: Instant) -> Self {
        let item = |item: LeadWork| LeadWorkView {
            child: item.child.into(),
            additional_services: item.additional_services,
            leads: item.leads.into_iter().map(|lead| LeadView::at(lead, at)).collect(),
            proposals: item.proposals.into_iter().map(Into::into).collect(),
            warnings: item.warnings.into_iter().map(|(lead, code)| LeadWarningView { lead, code }).collect(),
        };
        let next = page.next.map(|next| next.to_string());
        Self { children: page.items.into_iter().map(item).collect(), next }
    }
}

fn person((name, job_title): (String, String)) -> PractitionerView {
    PractitionerView::new(name, job_title)
}
