//! Which step follows which, and what calendars are told.

use super::*;
use crate::domain::instants::HOUR;

fn planned() -> TeamMeeting {
    TeamMeeting {
        child: ChildId(1),
        number: 7,
        uid: Uuid::nil(),
        starts_at: Instant(HOUR),
        minutes: 90,
        sequence: 0,
        progress: MeetingProgress::Planned,
        changed_at: Instant(0),
        version: 1,
    }
}

fn attendance() -> Attendance {
    Attendance { involvements: vec![2, 5], family: Participants { parents_or_carers: true, young_person: false } }
}

fn closing() -> MeetingClosing {
    MeetingClosing { outcome: MeetingOutcome::SupportEnds, next_review_on: None }
}

fn time() -> MeetingTime {
    MeetingTime { starts_at: Instant(2 * HOUR), minutes: 30 }
}

fn steps() -> [MeetingStep; 4] {
    [
        MeetingStep::Reschedule(time()),
        MeetingStep::Hold(attendance()),
        MeetingStep::Close(closing()),
        MeetingStep::Cancel(MeetingCancelReason::NotNeeded),
    ]
}

fn at(progress: MeetingProgress) -> TeamMeeting {
    TeamMeeting { progress, ..planned() }
}

#[test]
fn each_step_follows_where_it_may_and_nowhere_else() {
    use MeetingState::{Cancelled, Closed, Held, Planned};
    let after = |meeting: &TeamMeeting| {
        steps().map(|step| meeting.after(step, Instant(HOUR)).ok().map(|next| next.progress.state()))
    };
    assert_eq!(after(&planned()), [Some(Planned), Some(Held), None, Some(Cancelled)]);
    assert_eq!(after(&at(MeetingProgress::Held(attendance()))), [None, None, Some(Closed), None]);
    assert_eq!(after(&at(MeetingProgress::Closed(attendance(), closing()))), [None; 4]);
    assert_eq!(after(&at(MeetingProgress::Cancelled(MeetingCancelReason::Replaced))), [None; 4]);
}

#[test]
fn no_meeting_was_held_before_it_began() {
    let held = |now| planned().after(MeetingStep::Hold(attendance()), Instant(now));
    assert_eq!(held(HOUR - 1), Err(OutOfOrder));
    assert_eq!(held(HOUR).unwrap().progress.attendance(), Some(&attendance()));
}

#[test]
fn calendars_are_told_of_another_time_and_of_a_cancellation() {
    let sequences = steps().map(|step| planned().after(step, Instant(HOUR)).ok().map(|next| next.sequence));
    assert_eq!(sequences, [Some(1), Some(0), None, Some(1)]);
    let moved = planned().after(MeetingStep::Reschedule(time()), Instant(5)).unwrap();
    assert_eq!((moved.starts_at, moved.ends_at()), (Instant(2 * HOUR), Instant(2 * HOUR + HOUR / 2)));
    assert_eq!((moved.uid, moved.number, moved.changed_at), (planned().uid, 7, Instant(5)));
    let closed = at(MeetingProgress::Held(attendance())).after(MeetingStep::Close(closing()), Instant(HOUR)).unwrap();
    assert_eq!((closed.sequence, closed.progress.closing()), (0, Some(closing())));
    assert_eq!(closed.progress.attendance(), Some(&attendance()), "who came stays");
}

#[test]
fn only_a_team_that_goes_on_names_a_day() {
    let goes_on = MeetingOutcome::ALL.iter().filter(|outcome| outcome.goes_on()).map(|outcome| outcome.code());
    assert_eq!(goes_on.collect::<Vec<_>>(), ["support-continues"]);
}
