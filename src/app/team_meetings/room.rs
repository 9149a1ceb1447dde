//! All that is recorded of a child's meetings, and which part of it a permit shows: of those who came, whoever is seen, and
//! nobody counts who is not.

use std::collections::BTreeSet;

use chrono::Days;

use super::showing::ShownMeeting;
use crate::app::involvements::{directory_for, party_of, show_from};
use crate::app::{Failure, Session};
use crate::domain::policy::{Action, Permit, Subject};
use crate::domain::team_meetings::{Attendance, TeamMeeting};
use crate::store::files::ChildFile;
use crate::store::team_meetings;

/// What is recorded of a child's meetings, hidden parts among it.
pub(super) struct Room {
    /// The facts of the decision.
    pub subject: Subject,
    /// The meetings, the latest first; for a time only, once they are over.
    pub meetings: Vec<TeamMeeting>,
    /// The involvements that the caller sees, by their numbers.
    seen: BTreeSet<i32>,
    /// Whether any running entry is sensitive, shown or not.
    pub any_sensitive: bool,
}

impl Room {
    /// Reads it. As many statements are run whatever there is to hide.
    pub(super) fn enter<A: Action>(
        session: &mut Session<'_>,
        file: ChildFile,
        permit: &Permit<A>,
    ) -> Result<Self, Failure> {
        let subject = file.subject().clone();
        let (record, entries) = file.open(permit)?;
        let mut meetings = team_meetings::list(session.conn, permit)?;
        let forgotten = session.now.to_utc().checked_sub_days(Days::new(session.settings.ended_visible_days));
        meetings.retain(|meeting| forgotten.is_none_or(|forgotten| meeting.ends_at().to_utc() >= forgotten));
        let directory = directory_for(session, entries.iter().map(party_of))?;
        let seen = show_from(session, &directory, permit, record.shield.is_some(), &entries);
        let any_sensitive = seen.any_sensitive;
        let seen = seen.involvements.into_iter().map(|entry| entry.number).collect();
        Ok(Self { subject, meetings, seen, any_sensitive })
    }

    /// The meeting with a number.
    pub(super) fn meeting(&self, number: i32) -> Option<&TeamMeeting> {
        self.meetings.iter().find(|meeting| meeting.number == number)
    }

    /// Whether the caller sees the involvement with a number.
    pub(super) fn sees(&self, number: i32) -> bool {
        self.seen.contains(&number)
    }

    /// A meeting as the permit shows it; that it may be shown is decided before.
    pub(super) fn show(&self, meeting: &TeamMeeting) -> ShownMeeting {
        let progress = &meeting.progress;
        let attendance = progress.attendance().map(|came| Attendance {
            involvements: came.involvements.iter().copied().filter(|number| self.sees(*number)).collect(),
            family: came.family,
        });
        ShownMeeting {
            number: meeting.number,
            state: progress.state(),
            starts_at: meeting.starts_at,
            minutes: meeting.minutes,
            attendance,
            closing: progress.closing(),
            cancelled: progress.cancelled(),
        }
    }
}
