//! The operations on the meetings of panels.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use super::bodies::{PanelMeetingPath, PanelPath, PlanPanelMeetingBody};
use super::views::{PanelMeetingView, PanelMeetingsView};
use crate::api::answers;
use crate::api::extract::{HashedJson, IdempotencyKey, NoQuery, PathOf};
use crate::api::parameters::{IdempotencyKeyHeader, ReasonHeader};
use crate::api::problems::{Problem, ProblemBody};
use crate::api::state::ApiState;
use crate::api::visits::Visitor;
use crate::app::panels::{self, MeetingRef};
use crate::app::replays;
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{PanelId, PanelMeetingId};
use crate::domain::panels::PanelMeetingStep;
use crate::domain::visits::Visit;

/// List the meetings of a panel
///
/// The latest first, for those for whom the panel exists. Nothing of them tells how many children are on the agenda.
#[utoipa::path(
    tag = "panels",
    params(PanelPath, ReasonHeader),
    responses((status = 200, description = "The meetings.", body = PanelMeetingsView))
)]
#[get("/panels/{id}/meetings")]
pub async fn list_panel_meetings(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_panel_meetings", AuditAction::PanelMeetingRead);
    let answer = panels::list_panel_meetings(&state.index, visit, PanelId(id.into_inner())).await;
    Ok(answers::open(answer)?.map(PanelMeetingsView::from).ok())
}

/// Plan a meeting of a panel
///
/// For the chair and the management team of its area.
#[utoipa::path(
    tag = "panels",
    params(PanelPath, IdempotencyKeyHeader, ReasonHeader),
    request_body = PlanPanelMeetingBody,
    responses((status = 201, description = "Planned.", body = PanelMeetingView, headers(
        ("Location" = String, description = "Where its agenda is."),
    )))
)]
#[post("/panels/{id}/meetings")]
pub async fn plan_panel_meeting(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<PlanPanelMeetingBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("plan_panel_meeting", AuditAction::PanelMeetingPlan);
    let id = PanelId(id.into_inner());
    let answer = answers::open(panels::plan_panel_meeting(&state.index, visit, id, value.meets_on(), key).await)?;
    let location = format!("/v1/panels/{id}/meetings/{}/items", answer.value().id);
    Ok(answer.map(PanelMeetingView::from).created(&location))
}

/// Say that a panel met
///
/// Of a meeting that is planned, on its day or later: from then on no child is put on its agenda, and what was decided is
/// settled. For the chair and the management team of the panel's area.
#[utoipa::path(
    tag = "panels",
    params(PanelMeetingPath, ReasonHeader),
    responses(
        (status = 200, description = "The meeting as it is now.", body = PanelMeetingView),
        (
            status = 409,
            description = "Its day has not come, or it was held already.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/panels/{id}/meetings/{meeting_id}/hold")]
pub async fn hold_panel_meeting(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("hold_panel_meeting", AuditAction::PanelMeetingHold);
    step(&state, visit, path, PanelMeetingStep::Hold).await
}

/// Close a meeting of a panel
///
/// Of one that was held: nothing of it changes any more. Children of whom nothing was settled stay so. For the chair and the
/// management team of the panel's area.
#[utoipa::path(
    tag = "panels",
    params(PanelMeetingPath, ReasonHeader),
    responses(
        (status = 200, description = "The meeting as it is now.", body = PanelMeetingView),
        (
            status = 409,
            description = "It was not held, or is closed.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/panels/{id}/meetings/{meeting_id}/close")]
pub async fn close_panel_meeting(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("close_panel_meeting", AuditAction::PanelMeetingClose);
    step(&state, visit, path, PanelMeetingStep::Close).await
}

async fn step(
    state: &ApiState,
    visit: Visit,
    path: PathOf<(Uuid, Uuid)>,
    step: PanelMeetingStep,
) -> Result<HttpResponse, Problem> {
    let (panel, meeting) = path.into_inner();
    let at = MeetingRef { panel: PanelId(panel), meeting: PanelMeetingId(meeting) };
    let answer = answers::open(panels::move_panel_meeting(&state.index, visit, at, step).await)?;
    Ok(answer.map(PanelMeetingView::from).ok())
}
