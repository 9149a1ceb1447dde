//! The operations on meetings of the team around a child: when, who came, and what follows; nothing of what was said.

mod bodies;
mod calendars;
mod views;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use super::answers;
use super::extract::{ChildOf, EntryOf, HashedJson, IdempotencyKey, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath, IdempotencyKeyHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::team_meetings;
use crate::domain::audit::actions::AuditAction;
use crate::domain::team_meetings::MeetingStep;
use crate::domain::visits::Visit;

pub use bodies::{CancelMeetingBody, CloseMeetingBody, HoldMeetingBody, MeetingPath, MeetingTimeBody};
pub use views::{AttendanceView, TeamMeetingView, TeamMeetingsView};

/// List a child's meetings
///
/// For those who have a relationship with the child, the area's co-ordinators and its management team: planned, held and
/// called off, the latest first, and for a time once they are over.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The meetings.", body = TeamMeetingsView))
)]
#[get("/children/{child_id}/team/meetings")]
pub async fn list_team_meetings(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_team_meetings", AuditAction::TeamMeetingRead);
    let answer = answers::open(team_meetings::list_team_meetings(&state.index, visit, path.child).await)?;
    Ok(answer.map(TeamMeetingsView::from).ok())
}

/// Plan a meeting
///
/// For those who may read of the child's meetings and settle its team.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = MeetingTimeBody,
    responses(
        (status = 201, description = "Planned.", body = TeamMeetingView, headers(
            ("Location" = String, description = "Where the meeting is."),
        )),
    )
)]
#[post("/children/{child_id}/team/meetings")]
pub async fn plan_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<MeetingTimeBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| crate::app::replays::IdempotencyKey { key, body_hash });
    let time = value.try_into()?;
    let visit = visitor.to("plan_team_meeting", AuditAction::TeamMeetingPlan);
    let outcome = team_meetings::plan_team_meeting(&state.index, visit, path.child, time, key).await;
    let answer = answers::open(outcome)?;
    let location = format!("/v1/children/{}/team/meetings/{}", path.sent, answer.value().number);
    Ok(answer.map(TeamMeetingView::from).created(&location))
}

/// Read a meeting
///
/// For those who may read of the child's meetings.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    responses((status = 200, description = "The meeting.", body = TeamMeetingView))
)]
#[get("/children/{child_id}/team/meetings/{number}")]
pub async fn read_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_team_meeting", AuditAction::TeamMeetingRead);
    let outcome = team_meetings::read_team_meeting(&state.index, visit, path.child, path.number).await;
    Ok(answers::open(outcome)?.map(TeamMeetingView::from).ok())
}

/// Give a meeting another time
///
/// One that is planned. Calendars that took its invitation and take it again move it.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    request_body = MeetingTimeBody,
    responses(
        (status = 200, description = "The meeting as it is now.", body = TeamMeetingView),
        (
            status = 409,
            description = "It was held or called off.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/team/meetings/{number}/reschedule")]
pub async fn reschedule_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<MeetingTimeBody>,
) -> Result<HttpResponse, Problem> {
    let time = body.into_inner().try_into()?;
    let visit = visitor.to("reschedule_team_meeting", AuditAction::TeamMeetingReschedule);
    step(&state, visit, path, MeetingStep::Reschedule(time)).await
}

/// Say that a meeting was held
///
/// And who came: members by their involvements, and that parents or carers and the young person did. Of one that is
/// planned, no sooner than it began.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    request_body = HoldMeetingBody,
    responses(
        (status = 200, description = "The meeting as it is now.", body = TeamMeetingView),
        (
            status = 409,
            description = "It has not begun, was held already, or was called off.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/team/meetings/{number}/hold")]
pub async fn hold_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<HoldMeetingBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("hold_team_meeting", AuditAction::TeamMeetingHold);
    step(&state, visit, path, body.into_inner().into()).await
}

/// Close a meeting
///
/// One that was held, with a code for what follows. The day on which the team looks again is settled with it.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    request_body = CloseMeetingBody,
    responses(
        (status = 200, description = "The meeting as it is now.", body = TeamMeetingView),
        (
            status = 409,
            description = "It was not held, or is closed.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/team/meetings/{number}/close")]
pub async fn close_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<CloseMeetingBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("close_team_meeting", AuditAction::TeamMeetingClose);
    step(&state, visit, path, body.into_inner().into()).await
}

/// Call a meeting off
///
/// One that is planned, with a code. Calendars that took its invitation and take it again strike it out.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    request_body = CancelMeetingBody,
    responses(
        (status = 200, description = "The meeting as it is now.", body = TeamMeetingView),
        (
            status = 409,
            description = "It was held or called off.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/team/meetings/{number}/cancel")]
pub async fn cancel_team_meeting(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<CancelMeetingBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("cancel_team_meeting", AuditAction::TeamMeetingCancel);
    step(&state, visit, path, body.into_inner().into()).await
}

/// Fetch a meeting for a calendar
///
/// As iCalendar (RFC 5545): when it is, and whether it was called off. It names neither the child nor anybody else, neither
/// a place nor a number, so that it may lie in a calendar which others read. Taken again after a change it replaces what the
/// calendar has.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, MeetingPath, AccessHeaders),
    responses((
        status = 200,
        description = "The meeting.",
        body = String,
        content_type = "text/calendar",
        headers(("Content-Disposition" = String, description = "A file, `meeting.ics`."))
    ))
)]
#[get("/children/{child_id}/team/meetings/{number}/invitation")]
pub async fn read_team_invitation(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_team_invitation", AuditAction::TeamMeetingInvite);
    let outcome = team_meetings::read_team_invitation(&state.index, visit, path.child, path.number).await;
    let file = HeaderValue::from_static("attachment; filename=\"meeting.ics\"");
    let answer = answers::open(outcome)?.map(|invitation| calendars::write(&invitation));
    Ok(answer.with(header::CONTENT_DISPOSITION, file).text(calendars::MEDIA_TYPE))
}

async fn step(state: &ApiState, visit: Visit, path: EntryOf, step: MeetingStep) -> Result<HttpResponse, Problem> {
    let outcome = team_meetings::change_team_meeting(&state.index, visit, path.child, path.number, step).await;
    Ok(answers::open(outcome)?.map(TeamMeetingView::from).ok())
}
