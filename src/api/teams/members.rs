//! The operations on who works in a team.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::team_of;
use crate::api::answers;
use crate::api::extract::{NoQuery, PathOf, ValidJson};
use crate::api::parameters::{OrganisationPath, ReasonHeader, TeamPath};
use crate::api::problems::Problem;
use crate::api::state::ApiState;
use crate::api::visits::Visitor;
use crate::app::teams::{self, Member};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;

/// Somebody who is to work in a team from now on, or no longer.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "0191d3a0-5f5e-7cc0-8000-0123456789ad", "member": true}))]
pub struct TeamMemberBody {
    /// An account of the team's organisation.
    account: Uuid,
    /// Whether it works in the team from now on, or no longer.
    member: bool,
}

/// Somebody who works in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMemberView {
    /// The account's id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
    /// Its name.
    #[schema(example = "Joanna Whitfield")]
    name: String,
    /// Since when it works in the team; `null` where it does so no more.
    #[schema(required = true, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    since: Option<Instant>,
}

/// Who works in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMembersView {
    /// They, the last who joined first.
    members: Vec<TeamMemberView>,
}

impl From<Member> for TeamMemberView {
    fn from(member: Member) -> Self {
        Self { account: member.account.0, name: member.name, since: member.since }
    }
}

impl From<Vec<Member>> for TeamMembersView {
    fn from(members: Vec<Member>) -> Self {
        Self { members: members.into_iter().map(Into::into).collect() }
    }
}

/// List who works in a team
///
/// For those who may list accounts, as far as they see them.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, TeamPath, ReasonHeader),
    responses((status = 200, description = "Who works in the team.", body = TeamMembersView))
)]
#[get("/organisations/{id}/teams/{team_id}/members")]
pub async fn list_team_members(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_team_members", AuditAction::TeamRead);
    let answer = answers::open(teams::list_members(&state.index, visit, team_of(path)).await)?;
    Ok(answer.map(TeamMembersView::from).ok())
}

/// Let an account join a team, or leave it
///
/// For administrators and the managers of the organisation's area; nobody does so for themselves. What the account does
/// in the meantime is found by the team in the audit log, and stays so when it has left.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, TeamPath, ReasonHeader),
    request_body = TeamMemberBody,
    responses((status = 200, description = "As it is now.", body = TeamMemberView))
)]
#[post("/organisations/{id}/teams/{team_id}/members")]
pub async fn change_team_member(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
    body: ValidJson<TeamMemberBody>,
) -> Result<HttpResponse, Problem> {
    let TeamMemberBody { account, member } = body.into_inner();
    let visit = visitor.to("change_team_member", AuditAction::TeamChange);
    let answer = teams::change_member(&state.index, visit, team_of(path), AccountId(account), member).await;
    Ok(answers::open(answer)?.map(TeamMemberView::from).ok())
}
