//! Meetings of teams around children, with who came to each.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{team_attendance, team_meeting};
use crate::domain::child_teams::Participants;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::policy::{Action, Permit};
use crate::domain::team_meetings::{Attendance, MeetingClosing, MeetingProgress, MeetingState, TeamMeeting};

/// A row of `team_meeting`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = team_meeting, treat_none_as_null = true, treat_none_as_default_value = false)]
struct MeetingRow {
    child_id: i64,
    number: i32,
    uid: String,
    starts_at: i64,
    minutes: i32,
    sequence: i32,
    state: String,
    parents_or_carers: Option<bool>,
    young_person: Option<bool>,
    outcome: Option<String>,
    next_review_on: Option<NaiveDate>,
    reason: Option<String>,
    changed_at: i64,
    version: i64,
}

/// A row of `team_attendance`.
#[derive(Debug, Clone, Copy, Insertable)]
#[diesel(table_name = team_attendance, treat_none_as_default_value = false)]
struct AttendanceRow {
    child_id: i64,
    meeting: i32,
    involvement: i32,
}

impl From<&TeamMeeting> for MeetingRow {
    fn from(meeting: &TeamMeeting) -> Self {
        let progress = &meeting.progress;
        let family = progress.attendance().map(|attendance| attendance.family);
        let closing = progress.closing();
        Self {
            child_id: meeting.child.0,
            number: meeting.number,
            uid: meeting.uid.to_string(),
            starts_at: meeting.starts_at.0,
            minutes: meeting.minutes,
            sequence: meeting.sequence,
            state: progress.state().code().into(),
            parents_or_carers: family.map(|family| family.parents_or_carers),
            young_person: family.map(|family| family.young_person),
            outcome: closing.map(|closing| closing.outcome.code().into()),
            next_review_on: closing.and_then(|closing| closing.next_review_on),
            reason: progress.cancelled().map(|reason| reason.code().into()),
            changed_at: meeting.changed_at.0,
            version: meeting.version,
        }
    }
}

impl MeetingRow {
    /// The meeting to which these came.
    fn attended_by(self, involvements: Vec<i32>) -> StoreResult<TeamMeeting> {
        let family = self.parents_or_carers.zip(self.young_person);
        let family = family.map(|(parents_or_carers, young_person)| Participants { parents_or_carers, young_person });
        let attendance = family.map(|family| Attendance { involvements, family });
        let next_review_on = self.next_review_on;
        let closing = optional_code(self.outcome.as_deref())?.map(|outcome| MeetingClosing { outcome, next_review_on });
        let reason = optional_code(self.reason.as_deref())?;
        let progress = match (code(&self.state)?, attendance, closing, reason) {
            (MeetingState::Planned, None, None, None) => MeetingProgress::Planned,
            (MeetingState::Held, Some(attendance), None, None) => MeetingProgress::Held(attendance),
            (MeetingState::Closed, Some(attendance), Some(closing), None) => {
                MeetingProgress::Closed(attendance, closing)
            }
            (MeetingState::Cancelled, None, None, Some(reason)) => MeetingProgress::Cancelled(reason),
            _ => return Err(StoreError::broken("a meeting contradicts itself")),
        };
        Ok(TeamMeeting {
            child: ChildId(self.child_id),
            number: self.number,
            uid: text(&self.uid)?,
            starts_at: Instant(self.starts_at),
            minutes: self.minutes,
            sequence: self.sequence,
            progress,
            changed_at: Instant(self.changed_at),
            version: self.version,
        })
    }
}

/// Every meeting about the child that `permit` was given for, the latest first, with everybody who came, hidden or not.
///
/// # Errors
/// As the database's.
pub fn list<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<TeamMeeting>> {
    let child = permit.child().0;
    let rows: Vec<MeetingRow> = on_each!(conn, |c| team_meeting::table
        .filter(team_meeting::child_id.eq(child))
        .order((team_meeting::starts_at.desc(), team_meeting::number))
        .select(MeetingRow::as_select())
        .load(c))?;
    let came: Vec<(i32, i32)> = on_each!(conn, |c| team_attendance::table
        .filter(team_attendance::child_id.eq(child))
        .order((team_attendance::meeting, team_attendance::involvement))
        .select((team_attendance::meeting, team_attendance::involvement))
        .load(c))?;
    let mut of: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (meeting, involvement) in came {
        of.entry(meeting).or_default().push(involvement);
    }
    rows.into_iter()
        .map(|row| {
            let came = of.remove(&row.number).unwrap_or_default();
            row.attended_by(came)
        })
        .collect()
}

/// Inserts a meeting about the child that `permit` was given for.
///
/// # Errors
/// `Conflict` of `team_meeting_pkey` where the number is taken.
pub fn insert<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, new: &TeamMeeting) -> StoreResult<()> {
    check(permit, new)?;
    insert_row(conn, new)
}

/// Inserts a meeting that was made up.
///
/// # Errors
/// As [`insert`].
pub(super) fn insert_row(conn: &mut AnyConnection, new: &TeamMeeting) -> StoreResult<()> {
    let row = MeetingRow::from(new);
    on_each!(conn, |c| diesel::insert_into(team_meeting::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces a meeting about the child that `permit` was given for; `changed` carries the version that was read, and the
/// row gets the next. Of two who take a step at once the database lets one. Who came is added once, where it was held.
///
/// # Errors
/// `NotFound` where that version is no longer there: somebody else was first.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, changed: &TeamMeeting) -> StoreResult<()> {
    check(permit, changed)?;
    let mut row = MeetingRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = team_meeting::table
        .filter(team_meeting::child_id.eq(row.child_id))
        .filter(team_meeting::number.eq(row.number))
        .filter(team_meeting::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated != 1 {
        return Err(StoreError::NotFound);
    }
    let MeetingProgress::Held(attendance) = &changed.progress else { return Ok(()) };
    let (child_id, meeting) = (row.child_id, row.number);
    let came = attendance.involvements.iter().map(|involvement| AttendanceRow {
        child_id,
        meeting,
        involvement: *involvement,
    });
    let came: Vec<AttendanceRow> = came.collect();
    insert_all!(conn, team_attendance::table, &came)?;
    Ok(())
}

fn check<A: Action>(permit: &Permit<A>, meeting: &TeamMeeting) -> StoreResult<()> {
    if meeting.child == permit.child() {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}
