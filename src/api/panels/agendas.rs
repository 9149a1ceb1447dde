//! The operations on the agendas of panels: each child under the caller's own permit for it.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::bodies::{AddPanelItemBody, AgendaQuery, DecidePanelItemBody, PanelItemPath, PanelMeetingPath};
use super::views::{PanelAgendaView, PanelItemView, etag_of_item};
use crate::api::answers;
use crate::api::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use crate::api::parameters::{AccessHeaders, IdempotencyKeyHeader, IfMatchHeader};
use crate::api::problems::{Problem, ProblemBody};
use crate::api::state::ApiState;
use crate::api::visits::ChildVisitor;
use crate::app::panels::{self, ItemStep, MeetingRef, NewPanelItem, ShownItem};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{PanelId, PanelMeetingId};

/// Read an agenda
///
/// For those who sit on the panel: the children whom you have a permit for at this moment, in no order that tells anything.
/// Others are not there, and in no count. Shielded children are on it for those who see the whole record, and of a meeting
/// that is closed the agenda is told for a time.
#[utoipa::path(
    tag = "panels",
    params(PanelMeetingPath, AgendaQuery, AccessHeaders),
    responses((status = 200, description = "A page of children.", body = PanelAgendaView))
)]
#[get("/panels/{id}/meetings/{meeting_id}/items")]
pub async fn list_panel_items(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<AgendaQuery>,
    path: PathOf<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = query.into_inner().place()?;
    let (panel, meeting) = path.into_inner();
    let visit = visitor.to("list_panel_items", AuditAction::PanelAgendaRead);
    let at = meeting_of(panel, meeting);
    let answer = answers::open(panels::list_panel_items(&state.index, visit, at, after, limit).await)?;
    Ok(answer.map(PanelAgendaView::from).ok())
}

/// Put a child on an agenda
///
/// For those who sit on the panel and, for the child, work with it or co-ordinate in its area; of a meeting that is planned.
#[utoipa::path(
    tag = "panels",
    params(PanelMeetingPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = AddPanelItemBody,
    responses(
        (status = 201, description = "On the agenda.", body = PanelItemView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
            ("Location" = String, description = "Where the item is."),
        )),
        (
            status = 409,
            description = "The child is on it already, or the meeting is not planned any more.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/panels/{id}/meetings/{meeting_id}/items")]
pub async fn add_panel_item(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<AddPanelItemBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let (panel, meeting) = path.into_inner();
    let new = NewPanelItem { at: meeting_of(panel, meeting), child: value.try_into()? };
    let visit = visitor.to("add_panel_item", AuditAction::PanelAgendaAdd);
    let answer = answers::open(panels::add_panel_item(&state.index, visit, new, key).await)?;
    let tag = etag_of_item(answer.value());
    let location = format!("/v1/panels/{panel}/meetings/{meeting}/items/{}", answer.value().number);
    Ok(answer.with_etag(&tag).map(PanelItemView::from).created(&location))
}

/// Read one child of an agenda
///
/// As on the agenda.
#[utoipa::path(
    tag = "panels",
    params(PanelItemPath, AccessHeaders),
    responses((status = 200, description = "The child, and what was decided.", body = PanelItemView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/panels/{id}/meetings/{meeting_id}/items/{number}")]
pub async fn read_panel_item(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid, i32)>,
) -> Result<HttpResponse, Problem> {
    let (panel, meeting, number) = path.into_inner();
    let visit = visitor.to("read_panel_item", AuditAction::PanelAgendaRead);
    let answer = panels::read_panel_item(&state.index, visit, meeting_of(panel, meeting), number).await;
    let answer = answers::open(answer)?;
    let tag = etag_of_item(answer.value());
    Ok(answer.with_etag(&tag).map(PanelItemView::from).ok())
}

/// Settle what was decided of a child
///
/// With a code and, where the child is handed on, who is to receive it: nobody of a sensitive service, whom the agenda would
/// tell of. Of a meeting that was held and is not closed, for members who see the child there. Settling it is no transfer:
/// the child moves when the receiver accepts one.
#[utoipa::path(
    tag = "panels",
    params(PanelItemPath, AccessHeaders, IfMatchHeader),
    request_body = DecidePanelItemBody,
    responses(
        (status = 200, description = "As it is now.", body = PanelItemView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
        (
            status = 409,
            description = "The meeting was not held yet, or is closed.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/panels/{id}/meetings/{meeting_id}/items/{number}")]
pub async fn decide_panel_item(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid, i32)>,
    version: IfMatch,
    body: ValidJson<DecidePanelItemBody>,
) -> Result<HttpResponse, Problem> {
    let (panel, meeting, number) = path.into_inner();
    let unchanged = Precondition::that(move |shown: &ShownItem| version.accepts(&etag_of_item(shown)));
    let visit = visitor.to("decide_panel_item", AuditAction::PanelAgendaDecide);
    let (at, step) = (meeting_of(panel, meeting), body.into_inner().into());
    let answer = panels::change_panel_item(&state.index, visit, at, number, unchanged, step).await;
    let answer = answers::open(answer)?;
    let tag = etag_of_item(answer.value());
    Ok(answer.with_etag(&tag).map(PanelItemView::from).ok())
}

/// Take a child off an agenda
///
/// Of a meeting that is planned, for members who see the child there.
#[utoipa::path(
    tag = "panels",
    params(PanelItemPath, AccessHeaders),
    responses(
        (status = 200, description = "As it was.", body = PanelItemView),
        (
            status = 409,
            description = "The meeting is not planned any more.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/panels/{id}/meetings/{meeting_id}/items/{number}/withdraw")]
pub async fn withdraw_panel_item(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid, i32)>,
) -> Result<HttpResponse, Problem> {
    let (panel, meeting, number) = path.into_inner();
    let visit = visitor.to("withdraw_panel_item", AuditAction::PanelAgendaWithdraw);
    let (at, always) = (meeting_of(panel, meeting), Precondition::none());
    let answer = panels::change_panel_item(&state.index, visit, at, number, always, ItemStep::Withdraw).await;
    Ok(answers::open(answer)?.map(PanelItemView::from).ok())
}

fn meeting_of(panel: Uuid, meeting: Uuid) -> MeetingRef {
    MeetingRef { panel: PanelId(panel), meeting: PanelMeetingId(meeting) }
}
