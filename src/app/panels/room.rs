//! A panel with who sits on it, as somebody comes to it, and what they are shown.

use crate::app::contacts::Identity;
use crate::app::organisations::find_visible;
use crate::app::{Failure, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{AccountId, OrganisationId, PanelId, PanelMeetingId};
use crate::domain::panels::{Panel, PanelDecision, PanelMeeting};
use crate::domain::policy::{Refusal, sees_panel};
use crate::domain::services::Service;
use crate::store::{accounts, panels};

/// A meeting, by its panel and its own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingRef {
    /// The panel.
    pub panel: PanelId,
    /// The meeting.
    pub meeting: PanelMeetingId,
}

/// Somebody who sits on a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPanelMember {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its organisation, where that exists for the reader.
    pub organisation: Option<(OrganisationId, String)>,
}

/// A panel as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPanel {
    /// The panel.
    pub panel: Panel,
    /// Who sits on it; nobody in a list of panels.
    pub members: Vec<ShownPanelMember>,
}

/// Who is to receive a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownReceiver {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// What it is to do.
    pub service: Service,
}

/// A child on an agenda as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownItem {
    /// Its number within the meeting.
    pub number: i32,
    /// Who it is.
    pub child: Identity,
    /// What was decided, and on which day.
    pub decided: Option<(PanelDecision, chrono::NaiveDate)>,
    /// Who is to receive the child, where they exist for the reader.
    pub receiver: Option<ShownReceiver>,
    /// The item's version.
    pub version: i64,
}

/// A panel that exists for the caller.
pub(super) struct Room {
    /// The panel.
    pub panel: Panel,
    /// Who sits on it.
    pub members: Vec<AccountId>,
}

impl Room {
    /// Comes to a panel; nothing where it does not exist for the caller.
    pub(super) fn find(session: &mut Session<'_>, id: PanelId) -> Result<Option<Self>, Failure> {
        let found = panels::find(session.conn, id)?;
        let members = panels::list_members(session.conn, id)?;
        let seen = found.filter(|panel| sees_panel(&session.actor, panel, &members));
        Ok(seen.map(|panel| Self { panel, members }))
    }

    /// Comes to a meeting of a panel.
    pub(super) fn find_meeting(
        session: &mut Session<'_>,
        at: MeetingRef,
    ) -> Result<Option<(Self, PanelMeeting)>, Failure> {
        let Some(room) = Self::find(session, at.panel)? else { return Ok(None) };
        let meeting = panels::find_meeting(session.conn, at.meeting)?.filter(|meeting| meeting.panel == at.panel);
        Ok(meeting.map(|meeting| (room, meeting)))
    }

    /// The panel as it is shown, with who sits on it.
    pub(super) fn show(&self, session: &mut Session<'_>) -> Result<ShownPanel, Failure> {
        let mut members = Vec::with_capacity(self.members.len());
        for id in &self.members {
            let Some(account) = accounts::find(session.conn, *id)? else { continue };
            let organisation = find_visible(session, account.organisation)?;
            members.push(ShownPanelMember {
                account: account.id,
                name: account.name,
                organisation: organisation.map(|organisation| (organisation.id, organisation.name)),
            });
        }
        Ok(ShownPanel { panel: self.panel.clone(), members })
    }

    /// Answers with the panel as it is now.
    pub(super) fn tell(&self, session: &mut Session<'_>, outcome: Outcome) -> Result<Sealed<ShownPanel>, Failure> {
        let shown = self.show(session)?;
        Ok(Disclosure::with(about(session, self.panel.id, outcome), shown))
    }
}

pub(super) fn about(session: &Session<'_>, id: PanelId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Panel, id)
}

pub(super) fn refuse<T>(session: &Session<'_>, id: PanelId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}

pub(super) fn about_meeting(session: &Session<'_>, at: MeetingRef, outcome: Outcome) -> Event {
    about(session, at.panel, outcome).on(TargetKind::PanelMeeting, at.meeting)
}

pub(super) fn refuse_meeting<T>(session: &Session<'_>, at: MeetingRef, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about_meeting(session, at, refusal.outcome()))
}
