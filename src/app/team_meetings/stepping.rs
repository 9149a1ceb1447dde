//! The steps of a meeting: another time, that it was held and who came, what follows, and that it is not held.

use super::planning::wrong_time;
use super::room::Room;
use super::showing::{ShownMeeting, tell};
use crate::app::child_teams::wrong_review;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::child_teams::ChildTeam;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::policy::{
    Action, CancelTeamMeeting, CloseTeamMeeting, Conflict, HoldTeamMeeting, Permit, Refusal, RescheduleTeamMeeting,
    Violation, may_take_meeting_step,
};
use crate::domain::team_meetings::{MeetingClosing, MeetingStep};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{child_teams, team_meetings};

/// Takes a step of a meeting.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_team_meeting(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    step: MeetingStep,
) -> Result<Answer<ShownMeeting>, Failure> {
    index
        .change(visit, move |session| match step {
            MeetingStep::Reschedule(_) => apply::<RescheduleTeamMeeting>(session, child, number, step),
            MeetingStep::Hold(_) => apply::<HoldTeamMeeting>(session, child, number, step),
            MeetingStep::Close(_) => apply::<CloseTeamMeeting>(session, child, number, step),
            MeetingStep::Cancel(_) => apply::<CancelTeamMeeting>(session, child, number, step),
        })
        .await
}

fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    step: MeetingStep,
) -> Result<Sealed<ShownMeeting>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    if let Err(refusal) = may_take_meeting_step(&session.actor, &room.subject, permit.visibility()) {
        return Ok(session.refuse(refusal));
    }
    let Some(meeting) = room.meeting(number) else { return Ok(session.refuse(Refusal::NotFound)) };
    if let Some(violation) = wrong(session, &room, &step) {
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let out_of_order = Refusal::Conflict(Conflict::OutOfOrder);
    let Ok(next) = meeting.after(step, session.now) else { return Ok(session.refuse(out_of_order)) };
    let updated = team_meetings::update(session.conn, &permit, &next);
    match updated.and_then(|()| follow(session, &permit, next.progress.closing())) {
        Ok(()) => Ok(tell(session, permit, &room, &next, Outcome::Changed)),
        // Somebody on another node was first.
        Err(StoreError::NotFound) => Ok(session.refuse(out_of_order)),
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with a step, whatever the meeting it is of.
fn wrong(session: &Session<'_>, room: &Room, step: &MeetingStep) -> Option<Violation> {
    match step {
        MeetingStep::Reschedule(time) => wrong_time(session, *time),
        MeetingStep::Hold(attendance) => {
            let unseen = attendance.involvements.iter().any(|number| !room.sees(*number));
            let message = "has the number of no involvement of this child that you may see";
            unseen.then_some(Violation { pointer: "/involvements", message })
        }
        MeetingStep::Close(MeetingClosing { outcome, next_review_on }) => {
            let message = match (outcome.goes_on(), next_review_on) {
                (true, Some(on)) => return wrong_review(session, *on),
                (true, None) => "is needed where the support continues",
                (false, Some(_)) => "has a place only where the support continues",
                (false, None) => return None,
            };
            Some(Violation { pointer: "/next_review_on", message })
        }
        MeetingStep::Cancel(_) => None,
    }
}

/// Has the team look again on the day that a closed meeting named, or not at all.
fn follow<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    closing: Option<MeetingClosing>,
) -> Result<(), StoreError> {
    let Some(MeetingClosing { next_review_on, .. }) = closing else { return Ok(()) };
    let team = child_teams::get(session.conn, permit)?;
    let settled = ChildTeam { next_review_on, ..team };
    if settled == team { Ok(()) } else { child_teams::save(session.conn, permit, &settled) }
}
