//! Meetings of the team around a child: when, whether they were held, who came, and with what they were closed. Nothing of
//! what was said has a place here.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::domain::child_teams::Participants;
use crate::domain::codes::codes;
use crate::domain::ids::ChildId;
use crate::domain::instants::{Instant, SECOND};

codes! {
    /// How a meeting stands.
    pub enum MeetingState {
        /// It is to be held.
        Planned => "planned",
        /// It was held, and has still to be closed.
        Held => "held",
        /// It was held, and what follows is said.
        Closed => "closed",
        /// It is not held.
        Cancelled => "cancelled",
    }
}

codes! {
    /// What follows from a meeting: a code, and nothing of what was said.
    pub enum MeetingOutcome {
        /// The team goes on, and looks again on a day.
        SupportContinues => "support-continues",
        /// The team is not needed any more.
        SupportEnds => "support-ends",
        /// Social care goes on from here.
        SteppedUp => "stepped-up",
        /// Universal services go on from here.
        SteppedDown => "stepped-down",
    }
}

impl MeetingOutcome {
    /// Whether the team looks again, and so names the day.
    #[must_use]
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::SupportContinues)
    }
}

codes! {
    /// Why a meeting is not held: a code, and nothing about the family.
    pub enum MeetingCancelReason {
        /// The family cannot come.
        FamilyUnavailable => "family-unavailable",
        /// Members of the team cannot come.
        MembersUnavailable => "members-unavailable",
        /// It is not needed any more.
        NotNeeded => "not-needed",
        /// Another meeting takes its place.
        Replaced => "replaced",
    }
}

/// Who came to a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attendance {
    /// Involvements whose practitioners came, by their numbers within the child, in ascending order, each once.
    pub involvements: Vec<i32>,
    /// Who of the family came.
    pub family: Participants,
}

/// How far a meeting has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeetingProgress {
    /// It is to be held.
    Planned,
    /// It was held.
    Held(Attendance),
    /// It was held and closed.
    Closed(Attendance, MeetingClosing),
    /// It is not held.
    Cancelled(MeetingCancelReason),
}

/// With what a meeting was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingClosing {
    /// What follows.
    pub outcome: MeetingOutcome,
    /// The day on which the team looks again, where it does.
    pub next_review_on: Option<NaiveDate>,
}

/// A meeting, by its child and its random number within the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMeeting {
    /// The child.
    pub child: ChildId,
    /// Random within the child, so that gaps count nothing.
    pub number: i32,
    /// What calendars know it by: random, so that it leads to nobody.
    pub uid: Uuid,
    /// When it begins.
    pub starts_at: Instant,
    /// How long it lasts, in minutes.
    pub minutes: i32,
    /// How often calendars were told of a change of it.
    pub sequence: i32,
    /// How far it has come.
    pub progress: MeetingProgress,
    /// When that last changed.
    pub changed_at: Instant,
    /// Counts changes, from 1.
    pub version: i64,
}

impl MeetingProgress {
    /// How the meeting stands.
    #[must_use]
    pub const fn state(&self) -> MeetingState {
        match self {
            Self::Planned => MeetingState::Planned,
            Self::Held(_) => MeetingState::Held,
            Self::Closed(..) => MeetingState::Closed,
            Self::Cancelled(_) => MeetingState::Cancelled,
        }
    }

    /// Who came, where it was held.
    #[must_use]
    pub const fn attendance(&self) -> Option<&Attendance> {
        match self {
            Self::Held(attendance) | Self::Closed(attendance, _) => Some(attendance),
            Self::Planned | Self::Cancelled(_) => None,
        }
    }

    /// With what it was closed.
    #[must_use]
    pub const fn closing(&self) -> Option<MeetingClosing> {
        match self {
            Self::Closed(_, closing) => Some(*closing),
            _ => None,
        }
    }

    /// Why it is not held.
    #[must_use]
    pub const fn cancelled(&self) -> Option<MeetingCancelReason> {
        match self {
            Self::Cancelled(reason) => Some(*reason),
            _ => None,
        }
    }
}

/// What becomes of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeetingStep {
    /// It is held at another time.
    Reschedule(MeetingTime),
    /// It was held.
    Hold(Attendance),
    /// What follows from it is said.
    Close(MeetingClosing),
    /// It is not held.
    Cancel(MeetingCancelReason),
}

/// When a meeting is, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeetingTime {
    /// When it begins.
    pub starts_at: Instant,
    /// How long it lasts, in minutes.
    pub minutes: i32,
}

/// The step cannot follow where the meeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfOrder;

impl TeamMeeting {
    /// When it ends.
    #[must_use]
    pub fn ends_at(&self) -> Instant {
        self.starts_at.plus(i64::from(self.minutes).saturating_mul(60 * SECOND))
    }

    /// The meeting after `step` at `now`; its version stays, which whoever keeps it counts on. Calendars are told of another
    /// time and of a cancellation, and of nothing else.
    ///
    /// # Errors
    /// [`OutOfOrder`]: only a planned meeting is moved, cancelled or held, and held no sooner than it begins; only one that
    /// was held is closed.
    pub fn after(&self, step: MeetingStep, now: Instant) -> Result<Self, OutOfOrder> {
        let mut next = Self { changed_at: now, ..self.clone() };
        next.progress = match (&self.progress, step) {
            (MeetingProgress::Planned, MeetingStep::Reschedule(MeetingTime { starts_at, minutes })) => {
                (next.starts_at, next.minutes) = (starts_at, minutes);
                MeetingProgress::Planned
            }
            (MeetingProgress::Planned, MeetingStep::Hold(attendance)) if self.starts_at <= now => {
                MeetingProgress::Held(attendance)
            }
            (MeetingProgress::Planned, MeetingStep::Cancel(reason)) => MeetingProgress::Cancelled(reason),
            (MeetingProgress::Held(attendance), MeetingStep::Close(closing)) => {
                MeetingProgress::Closed(attendance.clone(), closing)
            }
            _ => return Err(OutOfOrder),
        };
        if matches!(next.progress, MeetingProgress::Planned | MeetingProgress::Cancelled(_)) {
            next.sequence = next.sequence.saturating_add(1);
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests;
