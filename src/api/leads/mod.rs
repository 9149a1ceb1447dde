//! The operations on lead professionals: one of each kind, handed over by asking and answering.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use super::answers;
use super::extract::{ChildOf, EntryOf, HashedJson, IdempotencyKey, NoQuery, ValidJson, ValidQuery};
use super::parameters::{AccessHeaders, ChildPath, IdempotencyKeyHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::leads::{self as leading, CoverChange, LeadStep};
use crate::domain::audit::actions::AuditAction;
use crate::domain::handles::ChildRef;
use crate::domain::visits::Visit;

pub use bodies::{CoverLeadBody, DeclineLeadBody, EndLeadCoverBody, LeadProposalPath, LeadWorkQuery, ProposeLeadBody};
pub use views::{
    LeadCoverView, LeadProfessionalsView, LeadProposalView, LeadView, LeadWorkPageView, LeadWorkView, PastLeadView,
};

/// Read who leads
///
/// For practitioners, managers and systems, as far as you may see them: who leads and who stands in, who was asked to
/// and what became of it, and who led before.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "Who leads, was asked to, and led before.", body = LeadProfessionalsView))
)]
#[get("/children/{child_id}/lead-professional")]
pub async fn read_lead_professional(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_lead_professional", AuditAction::LeadRead);
    let answer = answers::open(leading::read_lead_professional(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|leads| LeadProfessionalsView::at(leads, now)).ok())
}

/// Ask somebody to lead
///
/// The practitioner of an involvement that you may see. For organisations that work with the child, whoever leads among
/// them, for the area's co-ordinators and its management team. Several may be asked: the first who accepts leads. Whoever
/// is asked answers within some working days (`expires_at`); afterwards it counts no more.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = ProposeLeadBody,
    responses(
        (status = 201, description = "Asked.", body = LeadProposalView, headers(
            ("Location" = String, description = "Where the proposal is."),
        )),
        (
            status = 409,
            description = "They have been asked already or lead, or the involvement has ended or names nobody.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/proposals")]
pub async fn propose_lead_professional(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<ProposeLeadBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| crate::app::replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("propose_lead_professional", AuditAction::LeadPropose);
    let outcome = leading::propose_lead(&state.index, visit, path.child, value.into(), key).await;
    let answer = answers::open(outcome)?;
    let location = format!("/v1/children/{}/lead-professional/proposals/{}", path.sent, answer.value().number);
    Ok(answer.map(LeadProposalView::from).created(&location))
}

/// Read how a proposal stands
///
/// Of a practitioner whose involvement you may see.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, LeadProposalPath, AccessHeaders),
    responses((status = 200, description = "The proposal.", body = LeadProposalView))
)]
#[get("/children/{child_id}/lead-professional/proposals/{number}")]
pub async fn read_lead_proposal(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_lead_proposal", AuditAction::LeadRead);
    let outcome = leading::read_lead_proposal(&state.index, visit, path.child, path.number).await;
    Ok(answers::open(outcome)?.map(LeadProposalView::from).ok())
}

/// Accept to lead
///
/// For the organisation that was asked. The lead moves in one step: there is never nobody who leads, and never two. Where
/// another organisation leads, nobody accepts what they proposed themselves.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, LeadProposalPath, AccessHeaders),
    responses(
        (status = 200, description = "Accepted; whoever was asked leads.", body = LeadProposalView),
        (
            status = 409,
            description = "It was answered or taken back, has expired, or somebody else leads by now.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/proposals/{number}/accept")]
pub async fn accept_lead_proposal(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("accept_lead_proposal", AuditAction::LeadAccept);
    answer(&state, visit, path, LeadStep::Accept).await
}

/// Decline to lead
///
/// With a code. For the organisation that was asked.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, LeadProposalPath, AccessHeaders),
    request_body = DeclineLeadBody,
    responses(
        (status = 200, description = "Declined.", body = LeadProposalView),
        (
            status = 409,
            description = "It was answered or taken back, has expired, or somebody else leads by now.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/proposals/{number}/decline")]
pub async fn decline_lead_proposal(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<DeclineLeadBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("decline_lead_proposal", AuditAction::LeadDecline);
    answer(&state, visit, path, body.into_inner().into()).await
}

/// Take a proposal back
///
/// For the organisation that asked, the one that leads, the area's co-ordinators and its management team.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, LeadProposalPath, AccessHeaders),
    responses(
        (status = 200, description = "Taken back.", body = LeadProposalView),
        (
            status = 409,
            description = "It was answered or taken back, has expired, or somebody else leads by now.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/proposals/{number}/withdraw")]
pub async fn withdraw_lead_proposal(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("withdraw_lead_proposal", AuditAction::LeadWithdraw);
    answer(&state, visit, path, LeadStep::Withdraw).await
}

/// Say who stands in
///
/// For a lead professional who is away: a colleague in the same organisation, from a day to a day, in place of whoever
/// was to stand in before. Contacts name them while they do. For members of the organisation that leads, and for the
/// management team.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, AccessHeaders),
    request_body = CoverLeadBody,
    responses(
        (status = 200, description = "The lead professional, and who stands in.", body = LeadView),
        (
            status = 409,
            description = "Nobody leads whom you may see.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/cover")]
pub async fn cover_lead_professional(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<CoverLeadBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("cover_lead_professional", AuditAction::LeadCover);
    cover(&state, visit, path.child, body.into_inner().into()).await
}

/// Say that nobody stands in any more
///
/// For members of the organisation that leads, and for the management team.
#[utoipa::path(
    tag = "lead professionals",
    params(ChildPath, AccessHeaders),
    request_body = EndLeadCoverBody,
    responses(
        (status = 200, description = "The lead professional.", body = LeadView),
        (
            status = 409,
            description = "Nobody leads whom you may see.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/lead-professional/cover/end")]
pub async fn end_lead_cover(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<EndLeadCoverBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("end_lead_cover", AuditAction::LeadCover);
    cover(&state, visit, path.child, body.into_inner().into()).await
}

/// List children whose lead professional needs looking after
///
/// For co-ordinators and the management team: children of your own area, in the order of their numbers, a page at a time,
/// each as far as you may see it. What you may not see counts for nothing here, and shielded children are on no list.
#[utoipa::path(
    tag = "lead professionals",
    params(LeadWorkQuery, AccessHeaders),
    responses((status = 200, description = "A page of children.", body = LeadWorkPageView))
)]
#[get("/lead-professionals")]
pub async fn list_lead_work(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<LeadWorkQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_lead_work", AuditAction::LeadWork);
    let (list, after, limit) = query.into_inner().place()?;
    let answer = answers::open(leading::list_lead_work(&state.index, visit, list, after, limit).await)?;
    let now = state.index.now();
    Ok(answer.map(|page| LeadWorkPageView::at(page, now)).ok())
}

async fn answer(state: &ApiState, visit: Visit, path: EntryOf, step: LeadStep) -> Result<HttpResponse, Problem> {
    let outcome = leading::answer_lead_proposal(&state.index, visit, path.child, path.number, step).await;
    Ok(answers::open(outcome)?.map(LeadProposalView::from).ok())
}

async fn cover(state: &ApiState, visit: Visit, child: ChildRef, change: CoverChange) -> Result<HttpResponse, Problem> {
    let answer = answers::open(leading::change_lead_cover(&state.index, visit, child, change).await)?;
    let now = state.index.now();
    Ok(answer.map(|lead| LeadView::at(lead, now)).ok())
}
