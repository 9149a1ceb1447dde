//! The operations on accounts: who may use the index, as what, and until when.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{AccountPath, IdempotencyKeyHeader, IfMatchHeader, ReasonHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::accounts::{self, ShownAccount};
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccountId;

pub use bodies::{AccountsQuery, ChangeAccountBody, RegisterAccountBody};
pub(super) use views::etag;
pub use views::{AccountDetails, AccountOrganisationView, AccountView, AccountsView};

/// List accounts
///
/// In the order they were registered, a page at a time. Administrators list all; managers the practitioners and systems
/// of their area; auditors the names in their area, with role and organisation, to read the log by; whoever has the
/// capability `certifier` the people of their own organisation, and until when they are certified.
#[utoipa::path(
    tag = "accounts",
    params(AccountsQuery, ReasonHeader),
    responses((status = 200, description = "A page of accounts.", body = AccountsView))
)]
#[get("/accounts")]
pub async fn list_accounts(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<AccountsQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("list_accounts", AuditAction::AccountList);
    let answer = answers::open(accounts::list_accounts(&state.index, visit, sought).await)?;
    Ok(answer.map(AccountsView::from).ok())
}

/// Register an account
///
/// For administrators, and for managers: practitioners and systems of their own area, in organisations of it. A person
/// may use the account once check, training, certification and terms are in order.
#[utoipa::path(
    tag = "accounts",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RegisterAccountBody,
    responses(
        (status = 201, description = "Registered.", body = AccountView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
            ("Location" = String, description = "Where the account is."),
        )),
        (
            status = 409,
            description = "An account is registered for this issuer and subject.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/accounts")]
pub async fn register_account(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RegisterAccountBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("register_account", AuditAction::AccountRegister);
    let answer = answers::open(accounts::register_account(&state.index, visit, key, value.into()).await)?;
    let tag = views::etag(answer.value());
    let location = format!("/v1/accounts/{}", answer.value().account.id);
    Ok(answer.with_etag(&tag).map(AccountView::from).created(&location))
}

/// Read an account
///
/// Everybody reads their own; others as in the list.
#[utoipa::path(
    tag = "accounts",
    params(AccountPath, ReasonHeader),
    responses(
        (status = 200, description = "The account, as far as you may see it.", body = AccountView, headers(
            ("ETag" = String, description = "Names this version as you see it; for `If-Match`."),
        )),
    )
)]
#[get("/accounts/{id}")]
pub async fn read_account(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_account", AuditAction::AccountRead);
    let answer = answers::open(accounts::read_account(&state.index, visit, AccountId(id.into_inner())).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AccountView::from).ok())
}

/// Change an account
///
/// Suspend it, open it again, certify it, move it. For administrators and for managers as with registering; nobody
/// changes their own. A suspension binds at the account's next request.
#[utoipa::path(
    tag = "accounts",
    params(AccountPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeAccountBody,
    responses(
        (status = 200, description = "The account as it is now.", body = AccountView, headers(
            ("ETag" = String, description = "Names this version as you see it; for `If-Match`."),
        )),
    )
)]
#[patch("/accounts/{id}")]
pub async fn change_account(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangeAccountBody>,
) -> Result<HttpResponse, Problem> {
    let id = AccountId(id.into_inner());
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownAccount| version.accepts(&views::etag(shown)));
    let visit = visitor.to("change_account", AuditAction::AccountChange);
    let answer = answers::open(accounts::change_account(&state.index, visit, id, unchanged, changes).await)?;
    let tag = views::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AccountView::from).ok())
}
