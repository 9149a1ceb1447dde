//! The operations on organisations: the directory of who works with children and how to reach them.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{IdempotencyKeyHeader, IfMatchHeader, OrganisationPath, ReasonHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::organisations::{self, ShownOrganisation};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::OrganisationId;

pub use bodies::{ChangeOrganisationBody, OrganisationsQuery, RegisterOrganisationBody};
pub use views::{OrganisationView, OrganisationsView};

/// List organisations
///
/// By name, a page at a time. For every account. Organisations whose name alone would tell what a child receives there
/// are listed for their own members, the management team of their area and administrators; for others they do not exist.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationsQuery, ReasonHeader),
    responses((status = 200, description = "A page of organisations.", body = OrganisationsView))
)]
#[get("/organisations")]
pub async fn list_organisations(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<OrganisationsQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("list_organisations", AuditAction::OrganisationList);
    let answer = answers::open(organisations::list_organisations(&state.index, visit, sought).await)?;
    Ok(answer.map(OrganisationsView::from).ok())
}

/// Register an organisation
///
/// For administrators, and for managers in their own area. A management team, which brokers contact for its area, is
/// registered by administrators alone.
#[utoipa::path(
    tag = "organisations",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterOrganisationBody,
    responses(
        (status = 201, description = "Registered.", body = OrganisationView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
            ("Location" = String, description = "Where the organisation is."),
        )),
        (
            status = 409,
            description = "The code is taken.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/organisations")]
pub async fn register_organisation(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterOrganisationBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_organisation", AuditAction::OrganisationRegister);
    let outcome = organisations::register_organisation(&state.index, visit, key, value.into()).await;
    let answer = answers::open(outcome)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/organisations/{}", answer.value().organisation.id);
    Ok(answer.with_etag(&tag).map(OrganisationView::from).created(&location))
}

/// Read an organisation
///
/// For every account; a sensitive organisation exists for few, as in the list.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, ReasonHeader),
    responses(
        (status = 200, description = "The organisation; its first route is the one that works now.", body = OrganisationView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
    )
)]
#[get("/organisations/{id}")]
pub async fn read_organisation(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = OrganisationId(id.into_inner());
    let visit = visitor.to("read_organisation", AuditAction::OrganisationRead);
    let answer = answers::open(organisations::read_organisation(&state.index, visit, id).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(OrganisationView::from).ok())
}

/// Change an organisation
///
/// For administrators and the managers of its area. Its own practitioners and systems change its routes, which they
/// know best, and nothing else.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeOrganisationBody,
    responses(
        (status = 200, description = "The organisation as it is now.", body = OrganisationView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
    )
)]
#[patch("/organisations/{id}")]
pub async fn change_organisation(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangeOrganisationBody>,
) -> Result<HttpResponse, Problem> {
    let id = OrganisationId(id.into_inner());
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownOrganisation| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_organisation", AuditAction::OrganisationChange);
    let outcome = organisations::change_organisation(&state.index, visit, id, unchanged, changes).await;
    let answer = answers::open(outcome)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(OrganisationView::from).ok())
}
