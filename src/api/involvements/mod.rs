//! The operations on involvements: who works with a child, kept right by their own organisation.

mod bodies;
mod consents;
pub(super) mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};

use super::answers::{self, Answer};
use super::extract::{ChildOf, EntryOf, HashedJson, IdempotencyKey, IfMatch, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath, EntryPath, IdempotencyKeyHeader, IfMatchHeader, MediationHeaders};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::Precondition;
use crate::app::involvements::{self as entries, EntryChange, ShownInvolvement};
use crate::domain::audit::actions::AuditAction;
use crate::domain::visits::Visit;

pub use consents::*;

pub use bodies::{ChangeInvolvementBody, EndInvolvementBody, GroundBody, PractitionerBody, RegisterInvolvementBody};
pub use views::{InvolvementView, InvolvementsView, OrganisationNameView, PractitionerView};

use views::etag_of_entry;

/// List a child's involvements
///
/// For practitioners, managers and systems: those that you may see, ended ones for a time, each with the entity tag that
/// a change must name.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, AccessHeaders, MediationHeaders),
    responses((status = 200, description = "The involvements that you may see.", body = InvolvementsView))
)]
#[get("/children/{child_id}/involvements")]
pub async fn list_involvements(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_involvements", AuditAction::InvolvementList);
    let answer = answers::open(entries::list_involvements(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| InvolvementsView::at(shown, now)).ok())
}

/// Register an involvement
///
/// For members of the organisation that is involved, and for the management team. It widens nothing for the one who
/// registers it.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = RegisterInvolvementBody,
    responses(
        (status = 201, description = "Registered.", body = InvolvementView, headers(
            ("Location" = String, description = "Where the entry is."),
            ("ETag" = String, description = "Names this version of the entry; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It is registered already, or the child has a lead professional of this kind.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/involvements")]
pub async fn register_involvement(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterInvolvementBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| crate::app::replays::IdempotencyKey { key, body_hash });
    let new = value.into_new(state.index.now().day())?;
    let visit = visitor.to("register_involvement", AuditAction::InvolvementRegister);
    let outcome = entries::register_involvement(&state.index, visit, path.child, new, key).await;
    let answer = answers::open(outcome)?;
    let location = format!("/v1/children/{}/involvements/{}", path.sent, answer.value().number);
    Ok(entry(&state, answer).created(&location))
}

/// Change an involvement
///
/// For members of the organisation whose entry it is, and for the management team. A change also confirms the entry.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, EntryPath, AccessHeaders, IfMatchHeader),
    request_body = ChangeInvolvementBody,
    responses(
        (status = 200, description = "The entry as it is now.", body = InvolvementView, headers(
            ("ETag" = String, description = "Names this version of the entry; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended, or the child has a lead professional of this kind.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/children/{child_id}/involvements/{number}")]
pub async fn change_involvement(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    version: IfMatch,
    body: ValidJson<ChangeInvolvementBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("change_involvement", AuditAction::InvolvementChange);
    let unchanged = Precondition::that(move |shown: &ShownInvolvement| version.accepts(&etag_of_entry(shown)));
    apply(&state, visit, path, body.into_inner().into(), unchanged).await
}

/// End an involvement
///
/// For members of the organisation whose entry it is, and for the management team. An ended entry stays visible for a
/// time.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, EntryPath, AccessHeaders),
    request_body = EndInvolvementBody,
    responses(
        (status = 200, description = "The entry as it is now.", body = InvolvementView, headers(
            ("ETag" = String, description = "Names this version of the entry; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended already.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/involvements/{number}/end")]
pub async fn end_involvement(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<EndInvolvementBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("end_involvement", AuditAction::InvolvementEnd);
    apply(&state, visit, path, body.into_inner().into(), Precondition::none()).await
}

/// Confirm an involvement
///
/// Says that the entry is still right. For members of the organisation whose entry it is, and for the management team.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, EntryPath, AccessHeaders),
    responses(
        (status = 200, description = "The entry as it is now.", body = InvolvementView, headers(
            ("ETag" = String, description = "Names this version of the entry; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/involvements/{number}/confirm")]
pub async fn confirm_involvement(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("confirm_involvement", AuditAction::InvolvementConfirm);
    apply(&state, visit, path, EntryChange::Confirm, Precondition::none()).await
}

/// Withdraw the consent that an involvement stands on
///
/// For members of the organisation whose entry it is, and for a manager who sees it. From this answer on the involvement
/// exists for nobody, its own organisation included, and is told of to nobody; should there be consent again, register it
/// anew.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, EntryPath, AccessHeaders),
    responses(
        (status = 200, description = "The entry as it was, for the last time.", body = InvolvementView, headers(
            ("ETag" = String, description = "Names this version of the entry."),
        )),
        (
            status = 409,
            description = "It does not stand on consent.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/involvements/{number}/withdraw-consent")]
pub async fn withdraw_consent(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("withdraw_consent", AuditAction::InvolvementWithdraw);
    apply(&state, visit, path, EntryChange::Withdraw, Precondition::none()).await
}

async fn apply(
    state: &ApiState,
    visit: Visit,
    path: EntryOf,
    change: EntryChange,
    unchanged: Precondition<ShownInvolvement>,
) -> Result<HttpResponse, Problem> {
    let EntryOf { child, number } = path;
    let outcome = entries::change_involvement(&state.index, visit, child, number, change, unchanged).await;
    Ok(entry(state, answers::open(outcome)?).ok())
}

/// One entry with its entity tag, in the header and in itself.
fn entry(state: &ApiState, answer: Answer<ShownInvolvement>) -> Answer<InvolvementView> {
    let etag = etag_of_entry(answer.value());
    let now = state.index.now();
    answer.with_etag(&etag).map(|shown| InvolvementView::with_etag_at(shown, now))
}
