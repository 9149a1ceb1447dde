//! The operations on access points: whom to call about a need, and how.

mod bodies;
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
use crate::app::access_points::{self as desks, ShownAccessPoint};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccessPointId;

pub use bodies::{AccessPointPath, AccessPointsQuery, ChangeAccessPointBody, RegisterAccessPointBody};
pub use views::{AccessPointView, AccessPointsView};

/// Find an access point
///
/// By area, postcode district, need and kind, by name and a page at a time: whether somebody answers now, and the number
/// out of hours. For every account.
#[utoipa::path(
    tag = "early-help",
    params(AccessPointsQuery, ReasonHeader),
    responses((status = 200, description = "A page of access points.", body = AccessPointsView))
)]
#[get("/access-points")]
pub async fn list_access_points(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<AccessPointsQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_access_points", AuditAction::AccessPointList);
    let sought = query.into_inner().try_into()?;
    let answer = answers::open(desks::list_access_points(&state.index, visit, sought).await)?;
    Ok(answer.map(AccessPointsView::from).ok())
}

/// Register an access point
///
/// For administrators, and managers in their own area.
#[utoipa::path(
    tag = "early-help",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterAccessPointBody,
    responses((status = 201, description = "Registered.", body = AccessPointView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
        ("Location" = String, description = "Where the access point is."),
    )))
)]
#[post("/access-points")]
pub async fn register_access_point(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterAccessPointBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_access_point", AuditAction::AccessPointRegister);
    let answer = answers::open(desks::register_access_point(&state.index, visit, key, value.into()).await)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/access-points/{}", answer.value().point.id);
    Ok(answer.with_etag(&tag).map(AccessPointView::from).created(&location))
}

/// Read an access point
///
/// For every account.
#[utoipa::path(
    tag = "early-help",
    params(AccessPointPath, ReasonHeader),
    responses((status = 200, description = "The access point.", body = AccessPointView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/access-points/{id}")]
pub async fn read_access_point(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_access_point", AuditAction::AccessPointRead);
    let id = AccessPointId(id.into_inner());
    let answer = answers::open(desks::read_access_point(&state.index, visit, id).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AccessPointView::from).ok())
}

/// Change an access point
///
/// For administrators, and managers in their own area.
#[utoipa::path(
    tag = "early-help",
    params(AccessPointPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeAccessPointBody,
    responses((status = 200, description = "The access point as it is now.", body = AccessPointView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[patch("/access-points/{id}")]
pub async fn change_access_point(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangeAccessPointBody>,
) -> Result<HttpResponse, Problem> {
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownAccessPoint| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_access_point", AuditAction::AccessPointChange);
    let id = AccessPointId(id.into_inner());
    let answer = answers::open(desks::change_access_point(&state.index, visit, id, unchanged, changes).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AccessPointView::from).ok())
}
