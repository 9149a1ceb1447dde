//! The operations on panels: who sits on them, when they meet, and what they decide of each child; nothing of what was said.

mod agendas;
mod bodies;
mod meetings;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{IdempotencyKeyHeader, IfMatchHeader, ReasonHeader};
use super::problems::Problem;
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::panels::{self, ShownPanel};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{AccountId, PanelId};

pub use agendas::{
    __path_add_panel_item, __path_decide_panel_item, __path_list_panel_items, __path_read_panel_item,
    __path_withdraw_panel_item, add_panel_item, decide_panel_item, list_panel_items, read_panel_item,
    withdraw_panel_item,
};
pub use bodies::{
    AddPanelItemBody, AgendaQuery, ChangePanelBody, DecidePanelItemBody, PanelItemPath, PanelMeetingPath,
    PanelMemberBody, PanelPath, PanelReceiverBody, PanelsQuery, PlanPanelMeetingBody, RegisterPanelBody,
};
pub use meetings::{
    __path_close_panel_meeting, __path_hold_panel_meeting, __path_list_panel_meetings, __path_plan_panel_meeting,
    close_panel_meeting, hold_panel_meeting, list_panel_meetings, plan_panel_meeting,
};
pub use views::{
    PanelAgendaView, PanelItemView, PanelMeetingView, PanelMeetingsView, PanelMemberView, PanelReceiverView,
    PanelSummaryView, PanelView, PanelsView,
};

/// List panels
///
/// By name, a page at a time: those you sit on and, for co-ordinators and the management team, those of your area.
#[utoipa::path(
    tag = "panels",
    params(PanelsQuery, ReasonHeader),
    responses((status = 200, description = "A page of panels.", body = PanelsView))
)]
#[get("/panels")]
pub async fn list_panels(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<PanelsQuery>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = query.into_inner().place()?;
    let visit = visitor.to("list_panels", AuditAction::PanelList);
    let answer = answers::open(panels::list_panels(&state.index, visit, after, limit).await)?;
    Ok(answer.map(PanelsView::from).ok())
}

/// Register a panel
///
/// For administrators and the managers of its area. Whoever chairs is its first member.
#[utoipa::path(
    tag = "panels",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterPanelBody,
    responses((status = 201, description = "Registered.", body = PanelView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
        ("Location" = String, description = "Where the panel is."),
    )))
)]
#[post("/panels")]
pub async fn register_panel(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterPanelBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_panel", AuditAction::PanelRegister);
    let answer = answers::open(panels::register_panel(&state.index, visit, key, value.into()).await)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/panels/{}", answer.value().panel.id);
    Ok(answer.with_etag(&tag).map(PanelView::from).created(&location))
}

/// Read a panel
///
/// With who sits on it: for its members, the co-ordinators and the management team of its area, and administrators.
#[utoipa::path(
    tag = "panels",
    params(PanelPath, ReasonHeader),
    responses((status = 200, description = "The panel.", body = PanelView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/panels/{id}")]
pub async fn read_panel(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_panel", AuditAction::PanelRead);
    let answer = answers::open(panels::read_panel(&state.index, visit, PanelId(id.into_inner())).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(PanelView::from).ok())
}

/// Change a panel
///
/// Its name, or which of its members chairs. For administrators and the managers of its area.
#[utoipa::path(
    tag = "panels",
    params(PanelPath, IfMatchHeader, ReasonHeader),
    request_body = ChangePanelBody,
    responses((status = 200, description = "The panel as it is now.", body = PanelView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[patch("/panels/{id}")]
pub async fn change_panel(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangePanelBody>,
) -> Result<HttpResponse, Problem> {
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownPanel| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_panel", AuditAction::PanelChange);
    let id = PanelId(id.into_inner());
    let answer = answers::open(panels::change_panel(&state.index, visit, id, unchanged, changes).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(PanelView::from).ok())
}

/// Have an account sit on a panel, or no longer
///
/// For administrators and the managers of its area: accounts of practitioners and managers that you see. Whoever leaves sees
/// no agenda of the panel from the next request on. The chair leaves once another member chairs.
#[utoipa::path(
    tag = "panels",
    params(PanelPath, ReasonHeader),
    request_body = PanelMemberBody,
    responses((status = 200, description = "The panel as it is now.", body = PanelView))
)]
#[post("/panels/{id}/members")]
pub async fn change_panel_member(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<PanelMemberBody>,
) -> Result<HttpResponse, Problem> {
    let PanelMemberBody { account, member } = body.into_inner();
    let visit = visitor.to("change_panel_member", AuditAction::PanelChange);
    let (id, account) = (PanelId(id.into_inner()), AccountId(account));
    let answer = panels::change_panel_member(&state.index, visit, id, account, member).await;
    Ok(answers::open(answer)?.map(PanelView::from).ok())
}
