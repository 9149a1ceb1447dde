//! The meetings of panels: planned, held and closed. That there is one says nothing of a child.

use chrono::{Days, NaiveDate};

use super::room::{MeetingRef, Room, about, about_meeting, refuse, refuse_meeting};
use crate::app::index::Answer;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{PanelId, PanelMeetingId};
use crate::domain::panels::{LONGEST_AHEAD_DAYS, PanelMeeting, PanelMeetingState, PanelMeetingStep};
use crate::domain::policy::{Conflict, Refusal, Violation, may_run_panel};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::panels;

/// Lists the meetings of a panel, the latest first.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_panel_meetings(
    index: &Index,
    visit: Visit,
    id: PanelId,
) -> Result<Answer<Vec<PanelMeeting>>, Failure> {
    index
        .disclose(visit, move |session| {
            if Room::find(session, id)?.is_none() {
                return Ok(refuse(session, id, Refusal::NotFound));
            }
            let forgotten = Days::new(session.settings.ended_visible_days);
            let since = session.day.checked_sub_days(forgotten).unwrap_or(session.day);
            let meetings = panels::list_meetings(session.conn, id, since)?;
            Ok(Disclosure::with(about(session, id, Outcome::Disclosed), meetings))
        })
        .await
}

/// Plans a meeting of a panel; once for each idempotency key.
///
/// # Errors
/// As [`list_panel_meetings`].
pub async fn plan_panel_meeting(
    index: &Index,
    visit: Visit,
    id: PanelId,
    meets_on: NaiveDate,
    key: Option<IdempotencyKey>,
) -> Result<Answer<PanelMeeting>, Failure> {
    index.change(visit, move |session| plan(session, id, meets_on, key.as_ref())).await
}

/// Says that a meeting was held, or closes it.
///
/// # Errors
/// As [`list_panel_meetings`].
pub async fn move_panel_meeting(
    index: &Index,
    visit: Visit,
    at: MeetingRef,
    step: PanelMeetingStep,
) -> Result<Answer<PanelMeeting>, Failure> {
    index.change(visit, move |session| take(session, at, step)).await
}

fn plan(
    session: &mut Session<'_>,
    id: PanelId,
    meets_on: NaiveDate,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<PanelMeeting>, Failure> {
    let Some(room) = Room::find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = may_run_panel(&session.actor, &room.panel, &room.members) {
        return Ok(refuse(session, id, refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(refuse(session, id, refusal)),
        Ok(Some(replay)) => {
            let meeting = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            return Ok(match Room::find_meeting(session, MeetingRef { panel: id, meeting })? {
                Some((_, meeting)) => tell(session, meeting, Outcome::Unchanged),
                None => refuse(session, id, Refusal::KeyReused),
            });
        }
        Ok(None) => {}
    }
    let latest = session.day.checked_add_days(Days::new(LONGEST_AHEAD_DAYS));
    if meets_on < session.day || latest.is_none_or(|latest| meets_on > latest) {
        let message = "must be today or later, within a year";
        return Ok(refuse(session, id, Refusal::Invalid(Violation { pointer: "/meets_on", message })));
    }
    let state = PanelMeetingState::Planned;
    let meeting = PanelMeeting { id: PanelMeetingId::new(), panel: id, meets_on, state, version: 1 };
    panels::insert_meeting(session.conn, &meeting)?;
    replays::remember(session, key, "planned", Some(meeting.id.to_string()))?;
    Ok(tell(session, meeting, Outcome::Changed))
}

fn take(session: &mut Session<'_>, at: MeetingRef, step: PanelMeetingStep) -> Result<Sealed<PanelMeeting>, Failure> {
    let Some((room, meeting)) = Room::find_meeting(session, at)? else {
        return Ok(refuse_meeting(session, at, Refusal::NotFound));
    };
    if let Err(refusal) = may_run_panel(&session.actor, &room.panel, &room.members) {
        return Ok(refuse_meeting(session, at, refusal));
    }
    let early = step == PanelMeetingStep::Hold && meeting.meets_on > session.day;
    let Some(state) = meeting.state.after(step).filter(|_| !early) else {
        return Ok(refuse_meeting(session, at, Refusal::Conflict(Conflict::OutOfOrder)));
    };
    match panels::move_meeting(session.conn, &meeting, state) {
        Ok(()) => {}
        Err(StoreError::NotFound) => return Ok(refuse_meeting(session, at, Refusal::Conflict(Conflict::OutOfOrder))),
        Err(error) => return Err(error.into()),
    }
    let version = meeting.version.saturating_add(1);
    Ok(tell(session, PanelMeeting { state, version, ..meeting }, Outcome::Changed))
}

fn tell(session: &Session<'_>, meeting: PanelMeeting, outcome: Outcome) -> Sealed<PanelMeeting> {
    let at = MeetingRef { panel: meeting.panel, meeting: meeting.id };
    Disclosure::with(about_meeting(session, at, outcome), meeting)
}
