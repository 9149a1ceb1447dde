//! The operations on transfers: step up, step down, and from one service to the next.

mod bodies;
mod bulk;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use super::answers;
use super::extract::{ChildOf, HashedJson, IdempotencyKey, NoQuery, TransferOf, ValidJson, ValidQuery};
use super::parameters::{AccessHeaders, ChildPath, IdempotencyKeyHeader, TransferPath};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::replays;
use crate::app::transfers::{self as moves, TransferStep};
use crate::domain::audit::actions::AuditAction;
use crate::domain::visits::Visit;

pub use bodies::{
    AcceptTransferBody, CloseTransferGapBody, DeclineTransferBody, PlaceTransferBody, ProposeTransferBody,
    ReceiverBody, TransferBasisBody, TransfersQuery, WithdrawTransferBody,
};
pub use bulk::*;
pub use views::{TransferBasisView, TransferSideView, TransferView, TransferWorkView, TransfersView};

/// List a child's transfers
///
/// Those that your organisation sends or receives, and those of which you may see both involvements. Under a shield a
/// receiver is not told who sends. Closed ones are listed for a time.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The transfers that you may see.", body = TransfersView))
)]
#[get("/children/{child_id}/transfers")]
pub async fn list_transfers(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_transfers", AuditAction::TransferList);
    let answer = answers::open(moves::list_transfers(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| TransfersView::at(shown, now)).ok())
}

/// Propose a transfer
///
/// From a running involvement of your own organisation, which goes on until the receiver accepts. A step up stands on
/// consent or on suspected significant harm; a step down on consent that was asked for again: where it was refused, your
/// involvement ends with this answer and `no-consent` is listed as a gap. Between universal services nothing is needed.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = ProposeTransferBody,
    responses(
        (status = 201, description = "Proposed, or closed for want of consent.", body = TransferView, headers(
            ("Location" = String, description = "Where the transfer is."),
        )),
        (
            status = 409,
            description = "The involvement has ended, or is on its way somewhere.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers")]
pub async fn propose_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<ProposeTransferBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let new = value.try_into()?;
    let visit = visitor.to("propose_transfer", AuditAction::TransferPropose);
    let answer = answers::open(moves::propose_transfer(&state.index, visit, path.child, new, key).await)?;
    let location = format!("/v1/children/{}/transfers/{}", path.sent, answer.value().id);
    let now = state.index.now();
    Ok(answer.map(|shown| TransferView::at(shown, now)).created(&location))
}

/// Read a transfer
///
/// For those who list it.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    responses((status = 200, description = "The transfer.", body = TransferView))
)]
#[get("/children/{child_id}/transfers/{transfer_id}")]
pub async fn read_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_transfer", AuditAction::TransferRead);
    let TransferOf { child, transfer } = path;
    let answer = answers::open(moves::read_transfer(&state.index, visit, child, transfer).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| TransferView::at(shown, now)).ok())
}

/// Accept a transfer
///
/// For the organisation that was asked, and not for whoever proposed it: its involvement begins and the sender's ends, at
/// once and today. Of two who accept, or of one who accepts while the sender takes it back, one is first and the other is
/// told so.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    request_body = AcceptTransferBody,
    responses(
        (status = 200, description = "Accepted.", body = TransferView),
        (
            status = 409,
            description = "It waits for no answer any more.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers/{transfer_id}/accept")]
pub async fn accept_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
    body: ValidJson<AcceptTransferBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("accept_transfer", AuditAction::TransferAccept);
    apply(&state, visit, path, body.into_inner().into()).await
}

/// Decline a transfer
///
/// For the organisation that was asked, with a code. The sender goes on, and the transfer goes to the desk that it names
/// and stays on its list until somebody accepts or the sender takes it back.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    request_body = DeclineTransferBody,
    responses(
        (status = 200, description = "Declined, and the desk's.", body = TransferView),
        (
            status = 409,
            description = "It waits for no answer any more.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers/{transfer_id}/decline")]
pub async fn decline_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
    body: ValidJson<DeclineTransferBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("decline_transfer", AuditAction::TransferDecline);
    apply(&state, visit, path, body.into_inner().into()).await
}

/// Take a transfer back
///
/// For the organisation that proposed it, and for the management team: its involvement goes on.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    request_body = WithdrawTransferBody,
    responses(
        (status = 200, description = "Taken back.", body = TransferView),
        (
            status = 409,
            description = "It is closed.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers/{transfer_id}/withdraw")]
pub async fn withdraw_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
    body: ValidJson<WithdrawTransferBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("withdraw_transfer", AuditAction::TransferWithdraw);
    apply(&state, visit, path, body.into_inner().into()).await
}

/// Place a transfer that was declined
///
/// For the desk that it went to, for co-ordinators of its area and for the management team: somebody else is asked, to do
/// the same for the child.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    request_body = PlaceTransferBody,
    responses(
        (status = 200, description = "Somebody else is asked.", body = TransferView),
        (
            status = 409,
            description = "It was not declined, or was placed already.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers/{transfer_id}/place")]
pub async fn place_transfer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
    body: ValidJson<PlaceTransferBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("place_transfer", AuditAction::TransferPlace);
    apply(&state, visit, path, body.into_inner().into()).await
}

/// Close a gap that a transfer left
///
/// For whoever has the child: the receiver once it has accepted, and the sender before.
#[utoipa::path(
    tag = "transfers",
    params(ChildPath, TransferPath, AccessHeaders),
    request_body = CloseTransferGapBody,
    responses(
        (status = 200, description = "Closed.", body = TransferView),
        (
            status = 409,
            description = "It is not open.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/transfers/{transfer_id}/close-gap")]
pub async fn close_transfer_gap(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: TransferOf,
    body: ValidJson<CloseTransferGapBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("close_transfer_gap", AuditAction::TransferGap);
    apply(&state, visit, path, body.into_inner().into()).await
}

/// List the transfers that wait for somebody
///
/// In the order they were proposed, a page at a time: what your organisation is to answer, what your desk or area is to
/// place, and what your organisation proposed and nobody has answered or accepted.
#[utoipa::path(
    tag = "transfers",
    params(TransfersQuery, AccessHeaders),
    responses((status = 200, description = "A page of transfers.", body = TransferWorkView))
)]
#[get("/transfers")]
pub async fn list_transfer_work(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<TransfersQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_transfer_work", AuditAction::TransferList);
    let (list, after, limit) = query.into_inner().place()?;
    let answer = answers::open(moves::list_transfer_work(&state.index, visit, list, after, limit).await)?;
    let now = state.index.now();
    Ok(answer.map(|page| TransferWorkView::at(page, now)).ok())
}

async fn apply(state: &ApiState, visit: Visit, path: TransferOf, step: TransferStep) -> Result<HttpResponse, Problem> {
    let TransferOf { child, transfer } = path;
    let answer = answers::open(moves::move_transfer(&state.index, visit, child, transfer, step).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| TransferView::at(shown, now)).ok())
}
