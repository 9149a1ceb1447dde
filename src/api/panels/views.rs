//! Panels as they are shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::children::IdentityView;
use crate::api::codes::{PanelDecisionCode, PanelKindCode, PanelMeetingStateCode, ServiceCode};
use crate::api::involvements::OrganisationNameView;
use crate::app::panels::{ShownItem, ShownPanel, ShownPanelMember, ShownReceiver};
use crate::domain::pages::{After, Page};
use crate::domain::panels::{AfterItem, Panel, PanelDecision, PanelKind, PanelMeeting, PanelMeetingState};
use crate::domain::services::Service;

/// A panel of an area, without who sits on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelSummaryView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789b0")]
    id: Uuid,
    /// The area it is of (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// What it is for.
    #[schema(value_type = PanelKindCode)]
    kind: PanelKind,
    /// Its name.
    #[schema(example = "Early help panel, west")]
    name: String,
}

/// A page of panels, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelsView {
    /// The panels.
    panels: Vec<PanelSummaryView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

/// Somebody who sits on a panel.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelMemberView {
    /// The account.
    account: Uuid,
    /// Its name.
    #[schema(example = "Joanna Whitfield")]
    name: String,
    /// Its organisation; `null` where that does not exist for you.
    #[schema(required = true)]
    organisation: Option<OrganisationNameView>,
    /// Whether they chair.
    chairs: bool,
}

/// A panel of an area.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789b0")]
    id: Uuid,
    /// The area it is of (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// What it is for.
    #[schema(value_type = PanelKindCode)]
    kind: PanelKind,
    /// Its name.
    #[schema(example = "Early help panel, west")]
    name: String,
    /// Who sits on it.
    members: Vec<PanelMemberView>,
}

/// A meeting of a panel.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelMeetingView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789b1")]
    id: Uuid,
    /// The day.
    meets_on: NaiveDate,
    /// How it stands.
    #[schema(value_type = PanelMeetingStateCode)]
    state: PanelMeetingState,
}

/// The meetings of a panel.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelMeetingsView {
    /// They, the latest first.
    panel_meetings: Vec<PanelMeetingView>,
}

/// Who is to receive a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelReceiverView {
    /// The organisation.
    organisation: OrganisationNameView,
    /// What it is to do for the child.
    #[schema(value_type = ServiceCode)]
    service: Service,
}

/// A child on an agenda.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelItemView {
    /// The item's number within the meeting.
    #[schema(example = 417_233)]
    number: i32,
    /// Who it is.
    child: IdentityView,
    /// What was decided; `null` while nothing is.
    #[schema(required = true, value_type = Option<PanelDecisionCode>)]
    decision: Option<PanelDecision>,
    /// The day it was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decided_on: Option<NaiveDate>,
    /// Who is to receive the child, where they exist for you.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receiver: Option<PanelReceiverView>,
}

/// The children on an agenda whom you have a permit for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PanelAgendaView {
    /// They.
    items: Vec<PanelItemView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Panel> for PanelSummaryView {
    fn from(panel: Panel) -> Self {
        let Panel { id, area, kind, name, .. } = panel;
        Self { id: id.0, area, kind, name }
    }
}

impl From<Page<Panel, After>> for PanelsView {
    fn from(page: Page<Panel, After>) -> Self {
        Self { panels: page.items.into_iter().map(Into::into).collect(), next: page.next.map(|next| next.to_string()) }
    }
}

impl From<ShownPanel> for PanelView {
    fn from(shown: ShownPanel) -> Self {
        let ShownPanel { panel, members } = shown;
        let member = |member: ShownPanelMember| PanelMemberView {
            account: member.account.0,
            chairs: member.account == panel.chair,
            name: member.name,
            organisation: member.organisation.map(|(id, name)| OrganisationNameView::new(id, name)),
        };
        let members = members.into_iter().map(member).collect();
        Self { id: panel.id.0, area: panel.area, kind: panel.kind, name: panel.name, members }
    }
}

impl From<PanelMeeting> for PanelMeetingView {
    fn from(meeting: PanelMeeting) -> Self {
        Self { id: meeting.id.0, meets_on: meeting.meets_on, state: meeting.state }
    }
}

impl From<Vec<PanelMeeting>> for PanelMeetingsView {
    fn from(meetings: Vec<PanelMeeting>) -> Self {
        Self { panel_meetings: meetings.into_iter().map(Into::into).collect() }
    }
}

impl From<ShownReceiver> for PanelReceiverView {
    fn from(receiver: ShownReceiver) -> Self {
        let ShownReceiver { organisation, organisation_name, service } = receiver;
        Self { organisation: OrganisationNameView::new(organisation, organisation_name), service }
    }
}

impl From<ShownItem> for PanelItemView {
    fn from(shown: ShownItem) -> Self {
        Self {
            number: shown.number,
            child: shown.child.into(),
            decision: shown.decided.map(|(decision, _)| decision),
            decided_on: shown.decided.map(|(_, on)| on),
            receiver: shown.receiver.map(Into::into),
        }
    }
}

impl From<Page<ShownItem, AfterItem>> for PanelAgendaView {
    fn from(page: Page<ShownItem, AfterItem>) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), next: page.next.map(|next| next.to_string()) }
    }
}

/// The entity tag of a panel: of what is shown of it, who sits there included.
pub(super) fn etag(shown: &ShownPanel) -> String {
    let members: Vec<Uuid> = shown.members.iter().map(|member| member.account.0).collect();
    etag_of(&(shown.panel.id, shown.panel.version, members))
}

/// The entity tag of a child on an agenda.
pub(super) fn etag_of_item(shown: &ShownItem) -> String {
    etag_of(&(shown.number, shown.version))
}
