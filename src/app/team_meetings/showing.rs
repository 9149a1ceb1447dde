//! A child's meetings as a permit shows them, and what a calendar is told of one.

use uuid::Uuid;

use super::room::Room;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::instants::Instant;
use crate::domain::policy::{
    Action, Block, InviteToMeeting, Permit, ReadTeamMeetings, Refusal, may_read_team_meetings,
};
use crate::domain::team_meetings::{Attendance, MeetingCancelReason, MeetingClosing, MeetingState, TeamMeeting};
use crate::domain::visits::Visit;

/// A meeting as a permit shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMeeting {
    /// Its number within the child.
    pub number: i32,
    /// How it stands.
    pub state: MeetingState,
    /// When it begins.
    pub starts_at: Instant,
    /// How long it lasts, in minutes.
    pub minutes: i32,
    /// Who came, where it was held.
    pub attendance: Option<Attendance>,
    /// With what it was closed.
    pub closing: Option<MeetingClosing>,
    /// Why it is not held.
    pub cancelled: Option<MeetingCancelReason>,
}

/// What a calendar is told of a meeting: nothing that leads to the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// What calendars know it by.
    pub uid: Uuid,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// How often calendars were told of a change of it.
    pub sequence: i32,
    /// When it last changed.
    pub changed_at: Instant,
    /// Whether it is not held.
    pub cancelled: bool,
}

impl From<&TeamMeeting> for Invitation {
    fn from(meeting: &TeamMeeting) -> Self {
        Self {
            uid: meeting.uid,
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at(),
            sequence: meeting.sequence,
            changed_at: meeting.changed_at,
            cancelled: meeting.progress.cancelled().is_some(),
        }
    }
}

/// Lists a child's meetings, the latest first.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_team_meetings(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownMeeting>>, Failure> {
    index
        .disclose_about(visit, child, move |session| {
            let (room, permit, alerts) = match look::<ReadTeamMeetings>(session, child)? {
                Ok(looked) => looked,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let shown = room.meetings.iter().map(|meeting| room.show(meeting)).collect();
            let event = session.event(session.visit.action, Outcome::Disclosed);
            let sealed = Disclosure::under(permit, &[Block::Involvements], event, shown);
            Ok(alerts.into_iter().fold(sealed, Disclosure::also))
        })
        .await
}

/// Reads one meeting.
///
/// # Errors
/// As [`list_team_meetings`].
pub async fn read_team_meeting(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
) -> Result<Answer<ShownMeeting>, Failure> {
    let work = move |session: &mut Session<'_>| {
        one::<ReadTeamMeetings, _>(session, child, number, |room, meeting| room.show(meeting))
    };
    index.disclose_about(visit, child, work).await
}

/// Fetches one meeting for a calendar.
///
/// # Errors
/// As [`list_team_meetings`].
pub async fn read_team_invitation(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
) -> Result<Answer<Invitation>, Failure> {
    let work = move |session: &mut Session<'_>| {
        one::<InviteToMeeting, _>(session, child, number, |_, meeting| Invitation::from(meeting))
    };
    index.disclose_about(visit, child, work).await
}

fn one<A: Action, T>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    show: fn(&Room, &TeamMeeting) -> T,
) -> Result<Sealed<T>, Failure> {
    let (room, permit, alerts) = match look::<A>(session, child)? {
        Ok(looked) => looked,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let Some(shown) = room.meeting(number).map(|meeting| show(&room, meeting)) else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    let event = session.event(session.visit.action, Outcome::Disclosed).on(TargetKind::TeamMeeting, number);
    let sealed = Disclosure::under(permit, &[Block::Involvements], event, shown);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// A room, leave to look into it, and the alerts to record with the answer.
type Looked<A> = (Room, Permit<A>, Vec<Event>);

fn look<A: Action>(session: &mut Session<'_>, child: ChildRef) -> Result<Result<Looked<A>, Refusal>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    if let Err(refusal) = may_read_team_meetings(&session.actor, &room.subject, permit.visibility()) {
        return Ok(Err(refusal));
    }
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let permit = permit.with_sensitive_services(room.any_sensitive);
    Ok(Ok((room, permit, alerts)))
}

/// Answers with one meeting as it is now.
pub(super) fn tell<A: Action>(
    session: &Session<'_>,
    permit: Permit<A>,
    room: &Room,
    meeting: &TeamMeeting,
    outcome: Outcome,
) -> Sealed<ShownMeeting> {
    let event = session.event(session.visit.action, outcome).on(TargetKind::TeamMeeting, meeting.number);
    let permit = permit.with_sensitive_services(room.any_sensitive);
    Disclosure::under(permit, &[Block::Involvements], event, room.show(meeting))
}
