//! Planning a meeting.

use chrono::Days;
use uuid::Uuid;

use super::room::Room;
use super::showing::{ShownMeeting, tell};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::numbers::free_number;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::child_teams::LONGEST_AHEAD_DAYS;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::policy::{PlanTeamMeeting, Refusal, Violation, may_take_meeting_step};
use crate::domain::team_meetings::{MeetingProgress, MeetingTime, TeamMeeting};
use crate::domain::visits::Visit;
use crate::store::team_meetings;

/// Plans a meeting.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn plan_team_meeting(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    time: MeetingTime,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownMeeting>, Failure> {
    index.change(visit, move |session| plan(session, child, time, key.as_ref())).await
}

fn plan(
    session: &mut Session<'_>,
    child: ChildRef,
    time: MeetingTime,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownMeeting>, Failure> {
    let (file, permit) = match open::<PlanTeamMeeting>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let earlier = match replays::find(session, key)? {
        Ok(earlier) => earlier.and_then(|replay| replay.reference),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    if let Err(refusal) = may_take_meeting_step(&session.actor, &room.subject, permit.visibility()) {
        return Ok(session.refuse(refusal));
    }
    if let Some(reference) = earlier {
        let number = reference.parse().unwrap_or_default();
        return Ok(match room.meeting(number) {
            Some(meeting) => tell(session, permit, &room, meeting, Outcome::Unchanged),
            None => session.refuse(Refusal::NotFound),
        });
    }
    if let Some(violation) = wrong_time(session, time) {
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let meeting = TeamMeeting {
        child: permit.child(),
        number: free_number(team_meetings::list(session.conn, &permit)?.iter().map(|meeting| meeting.number)),
        uid: Uuid::new_v4(),
        starts_at: time.starts_at,
        minutes: time.minutes,
        sequence: 0,
        progress: MeetingProgress::Planned,
        changed_at: session.now,
        version: 1,
    };
    team_meetings::insert(session.conn, &permit, &meeting)?;
    replays::remember(session, key, "planned", Some(meeting.number.to_string()))?;
    Ok(tell(session, permit, &room, &meeting, Outcome::Changed))
}

/// What is wrong with when a meeting is to be.
pub(super) fn wrong_time(session: &Session<'_>, time: MeetingTime) -> Option<Violation> {
    let latest = session.day.checked_add_days(Days::new(LONGEST_AHEAD_DAYS));
    let wrong = time.starts_at < session.now || latest.is_none_or(|latest| time.starts_at.day() > latest);
    wrong.then_some(Violation { pointer: "/starts_at", message: "must be still to come, within a year" })
}
