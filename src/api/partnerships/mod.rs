//! The operations on partnerships and their members.

pub mod agreements;
mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{IdempotencyKeyHeader, IfMatchHeader, ReasonHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::partnerships as trusts;
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{OrganisationId, PartnershipId};
use crate::domain::partnerships::Partnership;

pub use bodies::{
    AddPartnershipMemberBody, AgreementPath, ChangeAgreementBody, ChangePartnershipBody, DraftAgreementBody,
    DryRunAgreementBody, EndPartnershipMemberBody, PartnershipMemberPath, PartnershipMembersQuery, PartnershipPath,
    PartnershipsQuery, RegisterPartnershipBody,
};
pub use views::{
    AgreementDryRunView, AgreementView, AgreementsView, PartnershipMemberView, PartnershipMembersView, PartnershipView,
    PartnershipsView,
};

/// List partnerships
///
/// By name and a page at a time. For every account: nothing of it is about a child.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipsQuery, ReasonHeader),
    responses((status = 200, description = "A page of partnerships.", body = PartnershipsView))
)]
#[get("/partnerships")]
pub async fn list_partnerships(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<PartnershipsQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_partnerships", AuditAction::PartnershipList);
    let sought = query.into_inner().try_into()?;
    let answer = answers::open(trusts::list_partnerships(&state.index, visit, sought).await)?;
    Ok(answer.map(PartnershipsView::from).ok())
}

/// Register a partnership
///
/// For the area's management team.
#[utoipa::path(
    tag = "partnerships",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterPartnershipBody,
    responses((status = 201, description = "Registered.", body = PartnershipView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
        ("Location" = String, description = "Where the partnership is."),
    )))
)]
#[post("/partnerships")]
pub async fn register_partnership(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterPartnershipBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_partnership", AuditAction::PartnershipRegister);
    let answer = answers::open(trusts::register_partnership(&state.index, visit, key, value.into()).await)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/partnerships/{}", answer.value().id);
    Ok(answer.with_etag(&tag).map(PartnershipView::from).created(&location))
}

/// Read a partnership
///
/// For every account.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, ReasonHeader),
    responses((status = 200, description = "The partnership.", body = PartnershipView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/partnerships/{id}")]
pub async fn read_partnership(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_partnership", AuditAction::PartnershipRead);
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::read_partnership(&state.index, visit, id).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(PartnershipView::from).ok())
}

/// Give a partnership another name
///
/// For the area's management team.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, IfMatchHeader, ReasonHeader),
    request_body = ChangePartnershipBody,
    responses((status = 200, description = "The partnership as it is now.", body = PartnershipView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[patch("/partnerships/{id}")]
pub async fn change_partnership(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangePartnershipBody>,
) -> Result<HttpResponse, Problem> {
    let name = body.into_inner().into_name();
    let unchanged = Precondition::that(move |shown: &Partnership| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_partnership", AuditAction::PartnershipChange);
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::change_partnership(&state.index, visit, id, unchanged, name).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(PartnershipView::from).ok())
}

/// List the members of a partnership
///
/// By name and a page at a time, past and future ones among them. For every account; sensitive organisations for those
/// alone who may know of them.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, PartnershipMembersQuery, ReasonHeader),
    responses((status = 200, description = "A page of members.", body = PartnershipMembersView))
)]
#[get("/partnerships/{id}/members")]
pub async fn list_partnership_members(
    state: Data<ApiState>,
    visitor: Visitor,
    id: PathOf<Uuid>,
    query: ValidQuery<PartnershipMembersQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_partnership_members", AuditAction::PartnershipMembers);
    let (after, limit) = query.into_inner().place()?;
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::list_members(&state.index, visit, id, after, limit).await)?;
    Ok(answer.map(PartnershipMembersView::from).ok())
}

/// Add a member to a partnership
///
/// For the area's management team. From its first day on, what an agreement in force says of a service is said of the
/// organisation's entries too, and its people are members among the readers.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, IdempotencyKeyHeader, ReasonHeader),
    request_body = AddPartnershipMemberBody,
    responses(
        (status = 201, description = "A member.", body = PartnershipMemberView, headers(
            ("Location" = String, description = "Where the members are listed."),
        )),
        (
            status = 409,
            description = "It is a member on one of these days.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/partnerships/{id}/members")]
pub async fn add_partnership_member(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<AddPartnershipMemberBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("add_partnership_member", AuditAction::PartnershipJoin);
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::add_member(&state.index, visit, key, id, value.into()).await)?;
    let location = format!("/v1/partnerships/{id}/members");
    Ok(answer.map(PartnershipMemberView::from).created(&location))
}

/// End a membership of a partnership
///
/// Gives the membership that runs, or is to begin, a last day. For the area's management team.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, PartnershipMemberPath, ReasonHeader),
    request_body = EndPartnershipMemberBody,
    responses((status = 200, description = "The membership as it is now.", body = PartnershipMemberView))
)]
#[post("/partnerships/{id}/members/{organisation_id}/end")]
pub async fn end_partnership_member(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
    body: ValidJson<EndPartnershipMemberBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("end_partnership_member", AuditAction::PartnershipLeave);
    let (id, organisation) = path.into_inner();
    let (id, organisation) = (PartnershipId(id), OrganisationId(organisation));
    let until = body.into_inner().until();
    let answer = answers::open(trusts::end_member(&state.index, visit, id, organisation, until).await)?;
    Ok(answer.map(PartnershipMemberView::from).ok())
}
