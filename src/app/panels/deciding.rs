//! Putting a child on an agenda, taking it off, and settling what was decided of it: each under the caller's own permit for
//! that child. The database lets nothing be written beside the closing of a meeting.

use super::agendas::{Opened, find_item, is_sensitive, open_agenda, tell};
use super::room::{MeetingRef, ShownItem, refuse_meeting};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::organisations::find_visible;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::ids::PanelMeetingId;
use crate::domain::panels::{
    HIGHEST_ITEM, PanelDecision, PanelItem, PanelMeeting, PanelMeetingState, PanelReceiver, SettledDecision,
};
use crate::domain::policy::{
    Action, AddPanelItem, Conflict, DecidePanelItem, Refusal, Violation, WithdrawPanelItem, may_settle_team,
};
use crate::domain::services::{Service, Tier};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{panel_items, panels};

/// A child to put on an agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPanelItem {
    /// The meeting.
    pub at: MeetingRef,
    /// The child.
    pub child: ChildRef,
}

/// What to do with a child on an agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStep {
    /// Take it off.
    Withdraw,
    /// Settle what was decided.
    Decide {
        /// The decision.
        decision: PanelDecision,
        /// Who is to receive the child.
        receiver: Option<PanelReceiver>,
    },
}

/// Puts a child on an agenda; once for each idempotency key.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn add_panel_item(
    index: &Index,
    visit: Visit,
    new: NewPanelItem,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownItem>, Failure> {
    index.change(visit, move |session| add(session, new, key.as_ref())).await
}

/// Takes a child off an agenda or settles what was decided of it, where the precondition holds of what the caller would be
/// shown now.
///
/// # Errors
/// As [`add_panel_item`].
pub async fn change_panel_item(
    index: &Index,
    visit: Visit,
    at: MeetingRef,
    number: i32,
    precondition: Precondition<ShownItem>,
    step: ItemStep,
) -> Result<Answer<ShownItem>, Failure> {
    index
        .change(visit, move |session| match step {
            ItemStep::Withdraw => change::<WithdrawPanelItem>(session, at, number, precondition, step),
            ItemStep::Decide { .. } => change::<DecidePanelItem>(session, at, number, precondition, step),
        })
        .await
}

fn add(
    session: &mut Session<'_>,
    new: NewPanelItem,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownItem>, Failure> {
    let NewPanelItem { at, child } = new;
    let meeting = match open_agenda(session, at)? {
        Ok(meeting) => meeting,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    let (file, permit) = match open::<AddPanelItem>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    // Under a shield everybody who does not see the whole is told the same, and before anything of the agenda.
    if let Err(refusal) = may_settle_team(&session.actor, file.subject(), permit.visibility()) {
        return Ok(refuse_meeting(session, at, refusal));
    }
    let opened = Opened::of(session, file, permit)?;
    match replays::find(session, key)? {
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
        Ok(Some(replay)) => {
            let number = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            let found = panel_items::find(session.conn, meeting.id, number)?;
            return match found.filter(|item| item.child == opened.permit.child()) {
                Some(item) => tell(session, at, &item, &opened, Outcome::Unchanged),
                None => Ok(refuse_meeting(session, at, Refusal::NotFound)),
            };
        }
        Ok(None) => {}
    }
    if let Err(refusal) = stays(session, &meeting, PanelMeetingState::Planned)? {
        return Ok(refuse_meeting(session, at, refusal));
    }
    let number = free_number(session, meeting.id)?;
    let item = PanelItem {
        meeting: meeting.id,
        number,
        child: opened.permit.child(),
        added_by: session.actor.account,
        settled: None,
        version: 1,
    };
    match panel_items::insert(session.conn, &opened.permit, &item) {
        Ok(()) => {}
        Err(StoreError::Conflict("panel_item_child")) => {
            return Ok(refuse_meeting(session, at, Refusal::Conflict(Conflict::OnAgenda)));
        }
        Err(error) => return Err(error.into()),
    }
    replays::remember(session, key, "added", Some(number.to_string()))?;
    tell(session, at, &item, &opened, Outcome::Changed)
}

fn change<A: Action>(
    session: &mut Session<'_>,
    at: MeetingRef,
    number: i32,
    precondition: Precondition<ShownItem>,
    step: ItemStep,
) -> Result<Sealed<ShownItem>, Failure> {
    let meeting = match open_agenda(session, at)? {
        Ok(meeting) => meeting,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    let Some((item, opened)) = find_item::<A>(session, &meeting, number)? else {
        return Ok(refuse_meeting(session, at, Refusal::NotFound));
    };
    if !precondition.holds(&opened.show(session, &item)?) {
        return Ok(refuse_meeting(session, at, Refusal::Stale));
    }
    let in_state = match step {
        ItemStep::Withdraw => PanelMeetingState::Planned,
        ItemStep::Decide { .. } => PanelMeetingState::Held,
    };
    if let Err(refusal) = stays(session, &meeting, in_state)? {
        return Ok(refuse_meeting(session, at, refusal));
    }
    let (written, next) = match step {
        ItemStep::Withdraw => (panel_items::delete(session.conn, &opened.permit, &item), item),
        ItemStep::Decide { decision, receiver } => {
            if let Err(violation) = check_receiver(session, decision, receiver)? {
                return Ok(refuse_meeting(session, at, Refusal::Invalid(violation)));
            }
            let settled = Some(SettledDecision { decision, receiver, on: session.day });
            let changed = PanelItem { settled, ..item };
            let version = changed.version.saturating_add(1);
            (panel_items::update(session.conn, &opened.permit, &changed), PanelItem { version, ..changed })
        }
    };
    match written {
        Ok(()) => tell(session, at, &next, &opened, Outcome::Changed),
        Err(StoreError::NotFound) => Ok(refuse_meeting(session, at, Refusal::Stale)),
        Err(error) => Err(error.into()),
    }
}

/// Keeps a meeting in the state that a step needs until it is done; of two the database lets one.
fn stays(
    session: &mut Session<'_>,
    meeting: &PanelMeeting,
    state: PanelMeetingState,
) -> Result<Result<(), Refusal>, Failure> {
    if meeting.state != state {
        return Ok(Err(Refusal::Conflict(Conflict::OutOfOrder)));
    }
    match panels::hold_state(session.conn, meeting) {
        Ok(()) => Ok(Ok(())),
        Err(StoreError::NotFound) => Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))),
        Err(error) => Err(error.into()),
    }
}

/// Checks who is to receive a child: somebody where the decision hands it on, and nobody of a sensitive service, whom an
/// agenda would tell of.
fn check_receiver(
    session: &mut Session<'_>,
    decision: PanelDecision,
    receiver: Option<PanelReceiver>,
) -> Result<Result<(), Violation>, Failure> {
    let wrong = |pointer, message| Ok(Err(Violation { pointer, message }));
    let Some(receiver) = receiver else {
        return if decision.names_receiver() { wrong("/receiver", "is needed with this decision") } else { Ok(Ok(())) };
    };
    if !decision.names_receiver() {
        return wrong("/receiver", "has no place with this decision");
    }
    if find_visible(session, receiver.organisation)?.is_none() {
        return wrong("/receiver/organisation", "is not registered here");
    }
    if is_sensitive(session, receiver)? {
        return wrong("/receiver", "is of a sensitive service: propose a transfer, which tells nobody else");
    }
    if !fits(decision, receiver.service) {
        return wrong("/receiver/service", "does not answer to the need that this decision names");
    }
    Ok(Ok(()))
}

/// Whether a service is one for more or for less need, as a decision says.
fn fits(decision: PanelDecision, service: Service) -> bool {
    match decision {
        PanelDecision::StepUp => service.tier() > Tier::Universal,
        PanelDecision::StepDown => service.tier() < Tier::Specialist,
        _ => true,
    }
}

/// A number no item of the agenda has; random, so that gaps count nothing.
fn free_number(session: &mut Session<'_>, meeting: PanelMeetingId) -> Result<i32, Failure> {
    loop {
        let number = rand::random_range(1..=HIGHEST_ITEM);
        if panel_items::find(session.conn, meeting, number)?.is_none() {
            return Ok(number);
        }
    }
}
