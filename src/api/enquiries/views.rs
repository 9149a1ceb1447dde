//! Enquiries as they are shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::children::IdentityView;
use crate::api::codes::{
    CallerKindCode, DeclineReasonCode, EnquiryOutcomeCode, EnquiryStateCode, NeedCode, QualityOutcomeCode,
};
use crate::api::contacts::ContactsView;
use crate::app::enquiries::{ShownEnquiry, ShownStep};
use crate::domain::enquiries::{CallerKind, DeclineReason, EnquiryOutcome, EnquiryState, Need, QualityOutcome};
use crate::domain::ids::EnquiryId;
use crate::domain::instants::Instant;
use crate::domain::pages::Page;

/// Something named by its id.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    id: Uuid,
    /// Its name.
    #[schema(example = "Single point of access, west")]
    name: String,
}

impl NamedView {
    /// Something of this id and name.
    pub(in crate::api) fn new(id: Uuid, name: String) -> Self {
        Self { id, name }
    }
}

/// When the next decision is due.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// One working day after the last step.
    due_at: DateTime<Utc>,
    /// Whether that has passed.
    overdue: bool,
}

impl ClockView {
    /// A clock that runs out at `due`.
    pub(in crate::api) fn new(due: Instant, overdue: bool) -> Self {
        Self { due_at: due.to_utc(), overdue }
    }
}

/// A link of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnquiryStepView {
    /// What was decided.
    #[schema(value_type = EnquiryOutcomeCode)]
    outcome: EnquiryOutcome,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DeclineReasonCode>, nullable = false)]
    reason: Option<DeclineReason>,
    /// To whom it was allocated, where you may know of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organisation: Option<NamedView>,
    /// To which team.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    team: Option<NamedView>,
    /// When.
    at: DateTime<Utc>,
}

/// An enquiry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnquiryView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    id: Uuid,
    /// The access point it came to; `null` where it is none for you.
    #[schema(required = true)]
    access_point: Option<NamedView>,
    /// Who called.
    #[schema(value_type = CallerKindCode)]
    caller: CallerKind,
    /// What is needed.
    #[schema(value_type = NeedCode)]
    need: Need,
    /// Where it stands.
    #[schema(value_type = EnquiryStateCode)]
    state: EnquiryState,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// When the next decision is due; `null` once it is closed.
    #[schema(required = true)]
    clock: Option<ClockView>,
    /// When it was closed.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
    /// The child it is about; `null` where there is none, or none that you may see.
    #[schema(required = true)]
    child: Option<IdentityView>,
    /// With a new enquiry about a child: whether other services that you may see are involved already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    already_known: Option<bool>,
    /// With a new enquiry about a child: who is involved, as a look-up of contacts says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    contacts: Option<ContactsView>,
    /// What was decided, first to last.
    outcomes: Vec<EnquiryStepView>,
    /// What a co-ordinator found of how it was handled; `null` until one has looked.
    #[schema(required = true, value_type = Option<QualityOutcomeCode>)]
    quality: Option<QualityOutcome>,
}

impl From<ShownStep> for EnquiryStepView {
    fn from(shown: ShownStep) -> Self {
        let ShownStep { step, organisation_name, team_name } = shown;
        let named = |id: Option<Uuid>, name: Option<String>| Some(NamedView { id: id?, name: name? });
        Self {
            outcome: step.outcome,
            reason: step.reason,
            organisation: named(step.organisation.map(|id| id.0), organisation_name),
            team: named(step.team.map(|id| id.0), team_name),
            at: step.at.to_utc(),
        }
    }
}

impl From<ShownEnquiry> for EnquiryView {
    fn from(shown: ShownEnquiry) -> Self {
        let ShownEnquiry { enquiry, access_point_name, child, contacts, steps, at } = shown;
        let overdue = enquiry.is_overdue_at(at);
        Self {
            id: enquiry.id.0,
            access_point: access_point_name.map(|name| NamedView { id: enquiry.access_point.0, name }),
            caller: enquiry.caller,
            need: enquiry.need,
            state: enquiry.state,
            recorded_at: enquiry.recorded_at.to_utc(),
            clock: enquiry.due_at.map(|due| ClockView::new(due, overdue)),
            closed_at: enquiry.closed_at.map(Instant::to_utc),
            child: child.map(IdentityView::from),
            already_known: contacts.as_ref().map(|_| enquiry.known),
            contacts: contacts.map(|contacts| ContactsView::at(contacts, at)),
            outcomes: steps.into_iter().map(Into::into).collect(),
            quality: enquiry.quality.map(|(quality, _)| quality),
        }
    }
}

/// A page of enquiries, in the order they were recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnquiriesView {
    /// The enquiries.
    enquiries: Vec<EnquiryView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownEnquiry, EnquiryId>> for EnquiriesView {
    fn from(page: Page<ShownEnquiry, EnquiryId>) -> Self {
        let enquiries = page.items.into_iter().map(Into::into).collect();
        Self { enquiries, next: page.next.map(|next| next.to_string()) }
    }
}
