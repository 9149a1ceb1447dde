//! The operations on the team around a child, and on the brothers and sisters who share one.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};

use super::answers::{self, Answer};
use super::extract::{ChildOf, IfMatch, NoQuery, ValidJson, ValidQuery};
use super::parameters::{AccessHeaders, ChildPath, IfMatchHeader};
use super::problems::Problem;
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::Precondition;
use crate::app::child_teams::{self, ShownChildTeam};
use crate::domain::audit::actions::AuditAction;

pub use bodies::{ParticipantsBody, RelativeBody, SettleChildTeamBody, TeamReviewsQuery};
pub use views::{ChildTeamView, OverdueReviewView, ParticipantsView, RelativeView, TeamReviewsView};

use views::etag_of_team;

/// Read the team around a child
///
/// For practitioners, managers and systems, as far as you may see it: who works with the child now, who leads and who
/// chairs, when the team looks again, that the family takes part, and which universal services that a child of this age is
/// to have are missing. Brothers and sisters who share the team are told to who sees the child's carers, each as you may
/// see that child. A service that is withheld is no member; contacts say who can put you in touch.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The team.", body = ChildTeamView, headers(
        ("ETag" = String, description = "Names what was settled, as you see it; for `If-Match`."),
    )))
)]
#[get("/children/{child_id}/team")]
pub async fn read_child_team(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_child_team", AuditAction::ChildTeamRead);
    let answer = answers::open(child_teams::read_child_team(&state.index, visit, path.child).await)?;
    Ok(team(&state, answer))
}

/// Settle a team
///
/// Who chairs, when the team looks again, and who of the family takes part: no names and no contacts. For organisations
/// that work with the child, whoever leads among them, for the area's co-ordinators and its management team.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders, IfMatchHeader),
    request_body = SettleChildTeamBody,
    responses((status = 200, description = "The team as it is now.", body = ChildTeamView, headers(
        ("ETag" = String, description = "Names what was settled, as you see it; for `If-Match`."),
    )))
)]
#[patch("/children/{child_id}/team")]
pub async fn settle_child_team(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    version: IfMatch,
    body: ValidJson<SettleChildTeamBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("settle_child_team", AuditAction::ChildTeamSettle);
    let unchanged = Precondition::that(move |shown: &ShownChildTeam| version.accepts(&etag_of_team(shown)));
    let change = body.into_inner().into();
    let outcome = child_teams::settle_child_team(&state.index, visit, path.child, change, unchanged).await;
    Ok(team(&state, answers::open(outcome)?))
}

/// Take a brother or sister into a team
///
/// A child who shares a carer with this one: a carer whom you may see on both records. From then on each is told of beside
/// the other, with its open assessments, so that one assessment and one team may serve both. For those who settle the team;
/// each child is decided by itself, and a shield on either takes it from beside the other at once.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders),
    request_body = RelativeBody,
    responses((status = 200, description = "The team as it is now.", body = ChildTeamView))
)]
#[post("/children/{child_id}/team/children")]
pub async fn join_child_team(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<RelativeBody>,
) -> Result<HttpResponse, Problem> {
    let other = body.into_inner().try_into()?;
    let visit = visitor.to("join_child_team", AuditAction::ChildTeamJoin);
    Ok(team(&state, answers::open(child_teams::join_child_team(&state.index, visit, path.child, other).await)?))
}

/// Take a brother or sister out of a team
///
/// One who is told of beside this child. For those who settle the team.
#[utoipa::path(
    tag = "child teams",
    params(ChildPath, AccessHeaders),
    request_body = RelativeBody,
    responses((status = 200, description = "The team as it is now.", body = ChildTeamView))
)]
#[post("/children/{child_id}/team/children/end")]
pub async fn leave_child_team(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<RelativeBody>,
) -> Result<HttpResponse, Problem> {
    let other = body.into_inner().try_into()?;
    let visit = visitor.to("leave_child_team", AuditAction::ChildTeamLeave);
    Ok(team(&state, answers::open(child_teams::leave_child_team(&state.index, visit, path.child, other).await)?))
}

/// List children whose team should have looked again
///
/// For co-ordinators and the management team: children of your own area whose review is overdue, in the order of their
/// numbers, a page at a time, each as far as you may see it. Shielded children are on no list.
#[utoipa::path(
    tag = "child teams",
    params(TeamReviewsQuery, AccessHeaders),
    responses((status = 200, description = "A page of children.", body = TeamReviewsView))
)]
#[get("/team-reviews")]
pub async fn list_team_reviews(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<TeamReviewsQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_team_reviews", AuditAction::ChildTeamReviews);
    let (after, limit) = query.into_inner().place()?;
    let answer = answers::open(child_teams::list_team_reviews(&state.index, visit, after, limit).await)?;
    let now = state.index.now();
    Ok(answer.map(|page| TeamReviewsView::at(page, now)).ok())
}

fn team(state: &ApiState, answer: Answer<ShownChildTeam>) -> HttpResponse {
    let (etag, now) = (etag_of_team(answer.value()), state.index.now());
    answer.map(|shown| ChildTeamView::at(shown, now)).with_etag(&etag).ok()
}
