//! The operation that certifies accounts, one or many.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::extract::{NoQuery, ValidJson};
use super::parameters::ReasonHeader;
use super::problems::Problem;
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::certifications::{self, Certified};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccountId;

/// The accounts whose holders still need the index.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifyAccountsBody {
    /// Their ids.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100, example = json!(["0191d3a0-5f5e-7cc0-8000-0123456789ad"]))]
    accounts: Vec<Uuid>,
}

/// An account, and whether it was certified.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedAccountView {
    /// The account.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
    /// Whether it was certified.
    certified: bool,
    /// Why it was not: the code that certifying it alone would be refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "not-found")]
    refused: Option<&'static str>,
}

/// What came of certifying accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedView {
    /// The last day on which the certification counts: four months from today.
    certified_until: NaiveDate,
    /// Each account once.
    accounts: Vec<CertifiedAccountView>,
}

impl From<Certified> for CertifiedView {
    fn from(certified: Certified) -> Self {
        let view = |(account, done): (AccountId, Result<(), _>)| CertifiedAccountView {
            account: account.0,
            certified: done.is_ok(),
            refused: done.err().map(|refusal: crate::domain::policy::Refusal| refusal.code()),
        };
        Self { certified_until: certified.until, accounts: certified.accounts.into_iter().map(view).collect() }
    }
}

/// Certify accounts
///
/// Every four months the employer says of each person that they still need the index; until it does their account is
/// closed. For whoever has the capability `certifier`, of the people of their own organisation, and for administrators and
/// managers, of the accounts that they may change. Nobody certifies themselves. Of the others nothing is changed, and the
/// answer says why. Whose certification ends is listed by `GET /v1/accounts?certification_due_by=`.
#[utoipa::path(
    tag = "accounts",
    params(ReasonHeader),
    request_body = CertifyAccountsBody,
    responses((status = 200, description = "What came of it for each account.", body = CertifiedView))
)]
#[post("/accounts/certify")]
pub async fn certify_accounts(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    body: ValidJson<CertifyAccountsBody>,
) -> Result<HttpResponse, Problem> {
    let accounts: BTreeSet<AccountId> = body.into_inner().accounts.into_iter().map(AccountId).collect();
    let visit = visitor.to("certify_accounts", AuditAction::AccountCertify);
    let answer = answers::open(certifications::certify_accounts(&state.index, visit, accounts).await)?;
    Ok(answer.map(CertifiedView::from).ok())
}
