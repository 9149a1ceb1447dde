//! The operations on children's records: search, register, read and change.

mod births;
mod bodies;
mod changes;
mod explanations;
mod registrations;
mod searches;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};

use super::answers::{self, etag_of};
use super::extract::{ChildOf, HashedJson, IdempotencyKey, IfMatch, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath, IdempotencyKeyHeader, IfMatchHeader, MediationHeaders};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::Precondition;
use crate::app::children::{self as records, ShownChild};
use crate::app::explanations as explaining;
use crate::app::registrations::{self as registering, Registration};
use crate::app::searches as searching;
use crate::domain::audit::actions::AuditAction;

use registrations::duplicate;

pub use births::*;
pub use changes::ChangeBody;
pub use explanations::{ExplanationView, FieldWeightView};
pub use registrations::{DuplicateProblem, HeldView, RegisterBody, RegisteredView};
pub use searches::{FoundChildView, SearchBody, SearchView};
pub use views::{ChildView, IdentityView, NameView};

/// The window of the budget on searches, in seconds.
const HOUR: u64 = 3_600;

/// Search for a child
///
/// Best matches first, graded, with the fields that matched. For practitioners, managers and systems. Where so many fit
/// that no answer would be safe, nobody is shown and the outcome says so. Every search counts towards a budget.
#[utoipa::path(
    tag = "children",
    params(AccessHeaders, MediationHeaders),
    request_body = SearchBody,
    responses(
        (status = 200, description = "What was found.", body = SearchView, headers(
            ("RateLimit" = String, description = "Searches left in this hour, and seconds until it ends."),
            ("RateLimit-Policy" = String, description = "Searches allowed in an hour."),
        )),
    )
)]
#[post("/children/search")]
pub async fn search_children(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    body: ValidJson<SearchBody>,
) -> Result<HttpResponse, Problem> {
    let search = body.into_inner().into_search(state.index.now().day())?;
    let visit = visitor.to("search_children", AuditAction::ChildSearch);
    let answer = answers::open(searching::search_children(&state.index, visit, search).await)?;
    let standing = answer.value().standing;
    Ok(answer.with_standing("searches", HOUR, standing).map(SearchView::from).ok())
}

/// Explain a match
///
/// For the management team: why a search by these criteria finds this child or does not, with the weight of each field
/// that is compared. What you may not read of the record is not compared, and of a shielded record only what a search
/// may find it by. The body is that of a search; its `limit` means nothing here. Explanations have a budget of their own.
#[utoipa::path(
    tag = "children",
    params(ChildPath, AccessHeaders),
    request_body = SearchBody,
    responses(
        (status = 200, description = "What speaks for this child and against it.", body = ExplanationView, headers(
            ("RateLimit" = String, description = "Explanations left in this hour, and seconds until it ends."),
            ("RateLimit-Policy" = String, description = "Explanations allowed in an hour."),
        )),
    )
)]
#[post("/children/{child_id}/match-explanation")]
pub async fn explain_match(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<SearchBody>,
) -> Result<HttpResponse, Problem> {
    let asked = explanations::criteria_of(body.into_inner(), state.index.now().day())?;
    let visit = visitor.to("explain_match", AuditAction::ChildExplain);
    let answer = answers::open(explaining::explain_match(&state.index, visit, path.child, asked).await)?;
    let standing = answer.value().standing;
    Ok(answer.with_standing("explanations", HOUR, standing).map(ExplanationView::from).ok())
}

/// Register a child
///
/// For practitioners, managers and systems. The record is compared first: where a search would show you children that
/// it seems to be, nothing is registered and they are named (`409`). Otherwise it is registered and provisional (`201`),
/// or held for a person (`202`), for any of several reasons that are not told.
#[utoipa::path(
    tag = "children",
    params(AccessHeaders, IdempotencyKeyHeader),
    request_body = RegisterBody,
    responses(
        (status = 201, description = "Registered.", body = RegisteredView, headers(
            ("Location" = String, description = "Where the record is."),
        )),
        (status = 202, description = "Held for a person.", body = HeldView),
        (
            status = 409,
            description = "It seems to be registered already, or its source key is taken.",
            body = DuplicateProblem,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children")]
pub async fn register_child(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| crate::app::replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_child", AuditAction::ChildRegister);
    let outcome = registering::register_child(&state.index, visit, value.try_into()?, key).await;
    let answer = answers::open(outcome)?;
    let (registration, envelope) = answer.take();
    match registration {
        Registration::Provisional { index_number, handle } => {
            let view = RegisteredView::new(index_number, handle);
            let location = view.location();
            Ok(envelope.map(|()| view).created(&location))
        }
        Registration::Held => Ok(envelope.map(|()| HeldView::new()).accepted()),
        Registration::Lookalikes(lookalikes) => Err(envelope.refused(duplicate(lookalikes))),
    }
}

/// Read a child's record
///
/// For practitioners, managers and systems: each block as far as your role, your organisation's relationship with the
/// child and its own entries allow. Where the child lives is shown to those who work with it.
#[utoipa::path(
    tag = "children",
    params(ChildPath, AccessHeaders, MediationHeaders),
    responses(
        (status = 200, description = "The record, as far as you may see it.", body = ChildView, headers(
            ("ETag" = String, description = "Names this version as you see it; for `If-Match`."),
        )),
    )
)]
#[get("/children/{child_id}")]
pub async fn read_child(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_child", AuditAction::ChildRead);
    let answer = answers::open(records::read_child(&state.index, visit, path.child).await)?;
    Ok(answer.map(ChildView::from).tagged().ok())
}

/// Change a child's record
///
/// For members of organisations that work with the child, and for its management team. Changing sex or name never makes
/// a new record.
#[utoipa::path(
    tag = "children",
    params(ChildPath, AccessHeaders, IfMatchHeader),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The record as it is now.", body = ChildView, headers(
            ("ETag" = String, description = "Names this version as you see it; for `If-Match`."),
        )),
        (
            status = 409,
            description = "This contradicts what is recorded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/children/{child_id}")]
pub async fn change_child(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    version: IfMatch,
    body: ValidJson<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let change = body.into_inner().try_into()?;
    let unchanged =
        Precondition::that(move |shown: &ShownChild| version.accepts(&etag_of(&ChildView::from(shown.clone()))));
    let visit = visitor.to("change_child", AuditAction::ChildChange);
    let answer = answers::open(records::change_child(&state.index, visit, path.child, change, unchanged).await)?;
    Ok(answer.map(ChildView::from).tagged().ok())
}
