//! The operation for somebody who leaves: their account closes, and their caseload ends or goes to a colleague.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::accounts::AccountView;
use super::answers;
use super::extract::{NoQuery, PathOf, ValidJson};
use super::parameters::{AccountPath, ReasonHeader};
use super::problems::{Problem, ProblemCode, ProblemItem};
use super::state::ApiState;
use super::texts::check_text;
use super::visits::Visitor;
use crate::app::involvements::NamedPractitioner;
use crate::app::leavers::{self, Leaving, Left};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::AccountId;

/// What becomes of the caseload of somebody who leaves.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "caseload_of": {"name": "Joanna Whitfield", "job_title": "School nurse"},
    "successor": {"name": "Samuel Adeyemi", "job_title": "School nurse"},
}))]
pub struct LeaveBody {
    /// How the entries of their organisation name them; absent where they have no caseload.
    #[validate(nested)]
    caseload_of: Option<ColleagueBody>,
    /// The colleague of the same organisation who takes the caseload over; without one every entry ends today.
    #[validate(nested)]
    successor: Option<ColleagueBody>,
}

/// A practitioner as entries name them.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColleagueBody {
    /// Their name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Joanna Whitfield")]
    name: String,
    /// Their job title.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "School nurse")]
    job_title: String,
}

impl TryFrom<LeaveBody> for Leaving {
    type Error = Problem;

    fn try_from(body: LeaveBody) -> Result<Self, Problem> {
        if body.successor.is_some() && body.caseload_of.is_none() {
            let message = "has a place only where `caseload_of` names the caseload";
            let item = ProblemItem::at("/successor", "contradiction", message);
            return Err(Problem::new(ProblemCode::InvalidBody).item(item));
        }
        let names = |body: ColleagueBody| (body.name.trim().to_owned(), body.job_title.trim().to_owned());
        let successor = body.successor.map(names);
        Ok(Self {
            caseload_of: body.caseload_of.map(names),
            successor: successor.map(|(name, job_title)| NamedPractitioner { name, job_title, routes: Vec::new() }),
        })
    }
}

/// What came of somebody's leaving.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftView {
    /// The account, closed.
    account: AccountView,
    /// How many entries were ended or handed over, at most 200 by one request: sent again it goes on with the rest, until
    /// this is 0. What you may not change one by one is neither changed nor counted.
    #[schema(minimum = 0, maximum = 200, example = 17)]
    entries: usize,
}

impl From<Left> for LeftView {
    fn from(left: Left) -> Self {
        Self { account: left.account.into(), entries: left.entries }
    }
}

/// Close the account of somebody who leaves
///
/// For administrators and managers, as with changing the account: it is suspended at once, and the entries that name its
/// holder end today or are handed to a colleague, as far as you may do that one by one, which administrators may not at
/// all. Each child has an event of its own.
#[utoipa::path(
    tag = "accounts",
    params(AccountPath, ReasonHeader),
    request_body = LeaveBody,
    responses((status = 200, description = "The account is closed.", body = LeftView))
)]
#[post("/accounts/{id}/leave")]
pub async fn close_account(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<LeaveBody>,
) -> Result<HttpResponse, Problem> {
    let leaving = body.into_inner().try_into()?;
    let visit = visitor.to("close_account", AuditAction::AccountLeave);
    let answer = answers::open(leavers::leave(&state.index, visit, AccountId(id.into_inner()), leaving).await)?;
    Ok(answer.map(LeftView::from).ok())
}
