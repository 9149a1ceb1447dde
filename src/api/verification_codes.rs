//! The operation that issues verification codes, for mediated access.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers;
use super::extract::NoQuery;
use super::parameters::ReasonHeader;
use super::problems::Problem;
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::mediation;
use crate::domain::audit::actions::AuditAction;
use crate::domain::verification_codes::IssuedCode;

/// A code to say on the telephone.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationCodeView {
    /// The code, in two groups of four digits. It is told here and nowhere else.
    #[schema(pattern = "^[0-9]{4} [0-9]{4}$", example = "4829 1736")]
    code: String,
    /// Until when it can be used.
    expires_at: DateTime<Utc>,
    /// Your account, for whoever looks up for you to name in `On-Behalf-Of`.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Uuid,
}

/// Issue a code to say on the telephone
///
/// For practitioners and managers, from their own login: before you telephone somebody to look up a child for you. The
/// code proves that it is you, for one request (`Verification-Code`) within ten minutes; a search and the contacts are
/// two. Three codes are good at once, and five wrong guesses close them all.
#[utoipa::path(
    tag = "accounts",
    params(ReasonHeader),
    responses((status = 200, description = "The code.", body = VerificationCodeView))
)]
#[post("/verification-codes")]
pub async fn issue_verification_code(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("issue_verification_code", AuditAction::CodeIssue);
    let answer = answers::open(mediation::issue_verification_code(&state.index, visit).await)?;
    Ok(answer
        .map(|IssuedCode { code, expires_at, account }| VerificationCodeView {
            code: code.to_string(),
            expires_at: expires_at.to_utc(),
            account: account.0,
        })
        .ok())
}
