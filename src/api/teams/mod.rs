//! The operations on the teams of organisations.

mod bodies;
mod members;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{IdempotencyKeyHeader, IfMatchHeader, OrganisationPath, ReasonHeader, TeamPath};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::teams::{self, ShownTeam, TeamRef};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{OrganisationId, TeamId};

pub use bodies::{ChangeTeamBody, RegisterTeamBody, TeamsQuery};
pub use members::{
    __path_change_team_member, __path_list_team_members, TeamMemberBody, TeamMemberView, TeamMembersView,
    change_team_member, list_team_members,
};
pub use views::{TeamView, TeamsView};

/// List an organisation's teams
///
/// By name, a page at a time. For every account that sees the organisation; sensitive teams exist for their
/// organisation's members, the management team of the area and administrators.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, TeamsQuery, ReasonHeader),
    responses(
        (status = 200, description = "A page of teams.", body = TeamsView),
    )
)]
#[get("/organisations/{id}/teams")]
pub async fn list_teams(
    state: Data<ApiState>,
    visitor: Visitor,
    id: PathOf<Uuid>,
    query: ValidQuery<TeamsQuery>,
) -> Result<HttpResponse, Problem> {
    let organisation = OrganisationId(id.into_inner());
    let (after, limit) = query.into_inner().place()?;
    let visit = visitor.to("list_teams", AuditAction::TeamList);
    let answer = answers::open(teams::list_teams(&state.index, visit, organisation, after, limit).await)?;
    Ok(answer.map(TeamsView::from).ok())
}

/// Register a team
///
/// For administrators and the managers of the organisation's area.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterTeamBody,
    responses(
        (status = 201, description = "Registered.", body = TeamView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
            ("Location" = String, description = "Where the team is."),
        )),
        (
            status = 409,
            description = "The code is taken, or another team serves one of the districts.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/organisations/{id}/teams")]
pub async fn register_team(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterTeamBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let organisation = OrganisationId(id.into_inner());
    let visit = visitor.to("register_team", AuditAction::TeamRegister);
    let answer = answers::open(teams::register_team(&state.index, visit, key, organisation, value.into()).await)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/organisations/{organisation}/teams/{}", answer.value().team.id);
    Ok(answer.with_etag(&tag).map(TeamView::from).created(&location))
}

/// Read a team
///
/// For every account that sees it, as in the list.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, TeamPath, ReasonHeader),
    responses(
        (status = 200, description = "The team; its first route is the one that works now.", body = TeamView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
    )
)]
#[get("/organisations/{id}/teams/{team_id}")]
pub async fn read_team(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_team", AuditAction::TeamRead);
    let answer = answers::open(teams::read_team(&state.index, visit, team_of(path)).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(TeamView::from).ok())
}

/// Change a team
///
/// For administrators and the managers of the organisation's area. The organisation's own practitioners and systems
/// change how to reach the team, and nothing else.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationPath, TeamPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeTeamBody,
    responses(
        (status = 200, description = "The team as it is now.", body = TeamView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
        (
            status = 409,
            description = "Another team serves one of the districts.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/organisations/{id}/teams/{team_id}")]
pub async fn change_team(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
    version: IfMatch,
    body: ValidJson<ChangeTeamBody>,
) -> Result<HttpResponse, Problem> {
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownTeam| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_team", AuditAction::TeamChange);
    let answer = answers::open(teams::change_team(&state.index, visit, team_of(path), unchanged, changes).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(TeamView::from).ok())
}

fn team_of(path: PathOf<(Uuid, Uuid)>) -> TeamRef {
    let (organisation, team) = path.into_inner();
    TeamRef { organisation: OrganisationId(organisation), team: TeamId(team) }
}
