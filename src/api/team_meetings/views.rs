//! Meetings as they are shown.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::child_teams::ParticipantsView;
use crate::api::codes::{MeetingCancelReasonCode, MeetingOutcomeCode, MeetingStateCode};
use crate::app::team_meetings::ShownMeeting;
use crate::domain::team_meetings::{Attendance, MeetingCancelReason, MeetingOutcome, MeetingState};

/// A meeting of the team around a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMeetingView {
    /// The number within the child. Numbers are random: gaps say nothing.
    #[schema(example = 417_233)]
    number: i32,
    /// How it stands.
    #[schema(value_type = MeetingStateCode)]
    state: MeetingState,
    /// When it begins.
    starts_at: DateTime<Utc>,
    /// How long it lasts, in minutes.
    #[schema(example = 90)]
    minutes: i32,
    /// Who came; `null` where it was not held, or not yet.
    #[schema(required = true)]
    attendance: Option<AttendanceView>,
    /// What follows from it, where it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MeetingOutcomeCode>, nullable = false)]
    outcome: Option<MeetingOutcome>,
    /// The day on which the team looks again, where it was closed with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_review_on: Option<NaiveDate>,
    /// Why it is not held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MeetingCancelReasonCode>, nullable = false)]
    reason: Option<MeetingCancelReason>,
}

/// Who came to a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceView {
    /// The involvements whose practitioners came and that you may see, by their numbers.
    involvements: Vec<i32>,
    /// Who of the family came.
    participants: ParticipantsView,
}

/// The meetings of a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMeetingsView {
    /// The latest first.
    meetings: Vec<TeamMeetingView>,
}

impl From<ShownMeeting> for TeamMeetingView {
    fn from(shown: ShownMeeting) -> Self {
        let closing = shown.closing;
        Self {
            number: shown.number,
            state: shown.state,
            starts_at: shown.starts_at.to_utc(),
            minutes: shown.minutes,
            attendance: shown.attendance.map(AttendanceView::from),
            outcome: closing.map(|closing| closing.outcome),
            next_review_on: closing.and_then(|closing| closing.next_review_on),
            reason: shown.cancelled,
        }
    }
}

impl From<Attendance> for AttendanceView {
    fn from(came: Attendance) -> Self {
        Self { involvements: came.involvements, participants: came.family.into() }
    }
}

impl From<Vec<ShownMeeting>> for TeamMeetingsView {
    fn from(shown: Vec<ShownMeeting>) -> Self {
        Self { meetings: shown.into_iter().map(Into::into).collect() }
    }
}
