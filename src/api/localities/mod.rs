//! The operations on localities: which team serves a child, and giving a team's children to another.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use super::answers;
use super::extract::{ChildOf, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{AccessHeaders, ChildPath, OrganisationPath, TeamPath};
use super::problems::Problem;
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::localities;
use crate::app::teams::TeamRef;
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{OrganisationId, TeamId};

pub use bodies::{LocalityQuery, ReassignTeamBody};
pub use views::{LeftView, LocalityView, ReassignedView, ReassignmentView};

/// Read which team of an organisation serves a child
///
/// By the postcode district the child lives in, told without the address and the district. Whoever may not see where the
/// child lives is sent to the organisation's desk, and for a shielded child to the desk of their own area's management
/// team: a team that serves one district would name it. The answer is the same for a home that is hidden, unknown, or that
/// no team of the organisation serves.
#[utoipa::path(
    tag = "localities",
    params(ChildPath, LocalityQuery, AccessHeaders),
    responses((status = 200, description = "Who serves the child there.", body = LocalityView))
)]
#[get("/children/{child_id}/locality")]
pub async fn read_locality(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<LocalityQuery>,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let organisation = OrganisationId(query.into_inner().organisation);
    let visit = visitor.to("read_locality", AuditAction::ChildLocality);
    let answer = localities::read_locality(&state.index, visit, path.child, organisation).await;
    Ok(answers::open(answer)?.map(LocalityView::from).ok())
}

/// Give a team's children to another team
///
/// When a boundary moved: every running entry of this team whose child lives in one of the districts, which the other team
/// serves by now. For the management team of the organisation's area and the organisation's own managers, in person. With
/// `dry_run` it is only counted, over the whole team. Otherwise at most `limit` children at once, each as far as you may see
/// it; go on with `next` until there is none. What was given is the other team's already, so that the same request sent
/// again gives nothing twice. Whoever leads goes on leading and is named for a person to look at. What stays says why; of
/// children whose home or entry is hidden from you nothing is said, and they stay.
#[utoipa::path(
    tag = "localities",
    params(OrganisationPath, TeamPath, AccessHeaders),
    request_body = ReassignTeamBody,
    responses((status = 200, description = "What became of each entry, or how many there are.", body = ReassignmentView))
)]
#[post("/organisations/{id}/teams/{team_id}/reassignments")]
pub async fn reassign_team(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: PathOf<(Uuid, Uuid)>,
    body: ValidJson<ReassignTeamBody>,
) -> Result<HttpResponse, Problem> {
    let (organisation, team) = path.into_inner();
    let from = TeamRef { organisation: OrganisationId(organisation), team: TeamId(team) };
    let new = body.into_inner().of(from)?;
    let visit = visitor.to("reassign_team", AuditAction::TeamReassign);
    let answer = answers::open(localities::reassign_team(&state.index, visit, new).await)?;
    Ok(answer.map(ReassignmentView::from).ok())
}
