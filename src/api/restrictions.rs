//! The operations on restrictions: keeping named colleagues from a record.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::codes::code_schemas;
use super::extract::{ChildOf, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::restrictions::{self, ShownRestriction};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccountId;
use crate::domain::restrictions::RestrictionGround;

code_schemas! {
    /// Why somebody may not know of a record.
    RestrictionGroundCode => RestrictionGround,
}

/// Who is to be kept from a record, and why.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionBody {
    /// The account.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
    /// Why.
    #[schema(value_type = RestrictionGroundCode, example = "relative")]
    ground: RestrictionGround,
}

/// Who is to be kept from a record no longer.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRestrictionBody {
    /// The account.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
}

/// Somebody who is kept from a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionView {
    /// The account.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
    /// Its name, where you may see the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Ada Adeyemi")]
    name: Option<String>,
    /// Why.
    #[schema(value_type = RestrictionGroundCode)]
    ground: RestrictionGround,
    /// Since when.
    since: DateTime<Utc>,
}

/// Everybody who is kept from a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionsView {
    /// Oldest first.
    restrictions: Vec<RestrictionView>,
}

impl From<Vec<ShownRestriction>> for RestrictionsView {
    fn from(shown: Vec<ShownRestriction>) -> Self {
        let view = |ShownRestriction { restriction, name }| RestrictionView {
            account: restriction.account.0,
            name,
            ground: restriction.ground,
            since: restriction.since.to_utc(),
        };
        Self { restrictions: shown.into_iter().map(view).collect() }
    }
}

/// List who is kept from a child's record
///
/// For the management team of the child's area.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "Who is kept from it.", body = RestrictionsView))
)]
#[get("/children/{child_id}/restrictions")]
pub async fn list_restrictions(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_restrictions", AuditAction::RestrictionList);
    let answer = answers::open(restrictions::list_restrictions(&state.index, visit, path.child).await)?;
    Ok(answer.map(RestrictionsView::from).ok())
}

/// Keep somebody from a child's record
///
/// For the management team of the child's area: staff are kept from their own records, their relatives' and those of
/// colleagues' families. From the account's next request on the child is an unknown one to it, by number, by handle, in
/// searches, and when it looks up for others or others look up for it. A manager may name their own account. Named again
/// it stands as it is.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = RestrictionBody,
    responses(
        (status = 200, description = "Who is kept from it now.", body = RestrictionsView),
        (
            status = 409,
            description = "So many are kept from it that no more may be: shield the record.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/restrictions")]
pub async fn restrict_child(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<RestrictionBody>,
) -> Result<HttpResponse, Problem> {
    let RestrictionBody { account, ground } = body.into_inner();
    let visit = visitor.to("restrict_child", AuditAction::ChildRestrict);
    let answer = restrictions::restrict_child(&state.index, visit, path.child, AccountId(account), ground).await;
    Ok(answers::open(answer)?.map(RestrictionsView::from).ok())
}

/// Keep somebody from a child's record no longer
///
/// For the management team of the child's area, and never for whoever is kept from it.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = LiftRestrictionBody,
    responses((status = 200, description = "Who is kept from it now.", body = RestrictionsView))
)]
#[post("/children/{child_id}/restrictions/lift")]
pub async fn lift_restriction(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<LiftRestrictionBody>,
) -> Result<HttpResponse, Problem> {
    let account = AccountId(body.into_inner().account);
    let visit = visitor.to("lift_restriction", AuditAction::ChildRestrict);
    let answer = restrictions::lift_restriction(&state.index, visit, path.child, account).await;
    Ok(answers::open(answer)?.map(RestrictionsView::from).ok())
}
