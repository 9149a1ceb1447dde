//! The operations on cases: what the management team has open, and who works it.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::codes::code_schemas;
use super::extract::{NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::ReasonHeader;
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use super::{answers, pages};
use crate::app::cases::{self, CasePlace, CasesSought, ClosedCase, ShownCase};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::CaseId;
use crate::domain::instants::Instant;
use crate::domain::overrides::CaseOutcome;
use crate::domain::pages::{After, Page};
use crate::domain::policy::CaseKind;

code_schemas! {
    /// What a case of the management team is about.
    CaseKindCode => CaseKind,
    /// How a case of the management team ended.
    CaseOutcomeCode => CaseOutcome,
}

/// Which open cases, and which page of them.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CasesQuery {
    /// Cases of this kind alone.
    #[param(value_type = Option<CaseKindCode>, inline, required = false, nullable = false)]
    kind: Option<CaseKind>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, required = false, nullable = false)]
    cursor: Option<String>,
    /// At most so many.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u16>,
}

impl TryFrom<CasesQuery> for CasesSought {
    type Error = Problem;

    fn try_from(query: CasesQuery) -> Result<Self, Problem> {
        let place: Option<After> = pages::cursor(query.cursor.as_deref())?;
        let after = match place {
            None => None,
            // The name of a place in this list is its instant.
            Some(After { name, id }) => {
                let Ok(at) = name.parse() else { return Err(pages::no_cursor()) };
                Some((Instant(at), CaseId(id)))
            }
        };
        Ok(Self { kind: query.kind, after, limit: pages::limit(query.limit) })
    }
}

/// The case in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CasePath {
    /// The case's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    pub case_id: Uuid,
}

/// An open case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// Its id.
    id: Uuid,
    /// What it is about.
    #[schema(value_type = CaseKindCode)]
    kind: CaseKind,
    /// The child's index number; of a registration held for a person, only for whoever has taken the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "7K3M-9XQ2-4HT8")]
    child_id: Option<String>,
    /// When it was opened.
    opened_at: DateTime<Utc>,
    /// The last day on which it is dealt with in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    due_on: Option<NaiveDate>,
    /// Whether that day has passed.
    overdue: bool,
    /// Whether a manager works it.
    taken: bool,
    /// Whether that is you.
    yours: bool,
}

impl From<ShownCase> for CaseView {
    fn from(case: ShownCase) -> Self {
        Self {
            id: case.id.0,
            kind: case.kind,
            child_id: case.child.map(|number| number.to_string()),
            opened_at: case.opened_at.to_utc(),
            due_on: case.due_on,
            overdue: case.overdue,
            taken: case.taken.is_some(),
            yours: case.taken == Some(true),
        }
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseCaseBody {
    /// For a registration or an address that was held: `released` or `kept`. For an override that was looked into:
    /// `justified`, `not-justified` or `inconclusive`.
    #[schema(value_type = CaseOutcomeCode, example = "released")]
    outcome: CaseOutcome,
}

/// A case that has been closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedCaseView {
    /// Its id.
    id: Uuid,
    /// What it was about.
    #[schema(value_type = CaseKindCode)]
    kind: CaseKind,
    /// How it ended.
    #[schema(value_type = CaseOutcomeCode)]
    outcome: CaseOutcome,
    /// When.
    closed_at: DateTime<Utc>,
    /// Whether where the child lives stays held: somebody of the household is shielded.
    location_held: bool,
}

impl From<ClosedCase> for ClosedCaseView {
    fn from(case: ClosedCase) -> Self {
        Self {
            id: case.id.0,
            kind: case.kind,
            outcome: case.outcome,
            closed_at: case.closed_at.to_utc(),
            location_held: case.location_held,
        }
    }
}

/// A page of open cases, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasesView {
    /// The cases.
    cases: Vec<CaseView>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

impl From<Page<ShownCase, CasePlace>> for CasesView {
    fn from(page: Page<ShownCase, CasePlace>) -> Self {
        let next = page.next.map(|(at, id)| After { name: at.0.to_string(), id: id.0 }.to_string());
        Self { cases: page.items.into_iter().map(CaseView::from).collect(), next }
    }
}

/// List open cases
///
/// For the management team: what is open in its area, oldest first, a page at a time.
#[utoipa::path(
    tag = "cases",
    params(CasesQuery, ReasonHeader),
    responses((status = 200, description = "A page of open cases.", body = CasesView))
)]
#[get("/cases")]
pub async fn list_cases(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<CasesQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("list_cases", AuditAction::CaseList);
    let answer = answers::open(cases::list_cases(&state.index, visit, sought).await)?;
    Ok(answer.map(CasesView::from).ok())
}

/// Take a case
///
/// For the management team of the case's area. A case is worked by one manager, who then sees what it opens: of a
/// shielded child where it lives, of a registration held for a person the record, and of a record whose home is held the
/// home.
#[utoipa::path(
    tag = "cases",
    params(CasePath, ReasonHeader),
    responses(
        (status = 200, description = "The case is yours.", body = CaseView),
        (
            status = 409,
            description = "Another manager works it.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/cases/{case_id}/take")]
pub async fn take_case(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("take_case", AuditAction::CaseTake);
    let answer = answers::open(cases::take_case(&state.index, visit, CaseId(path.into_inner())).await)?;
    Ok(answer.map(CaseView::from).ok())
}

/// Close a case
///
/// For the manager who has taken it. A registration, or where a child lives, that was held is released or kept as it is;
/// where somebody of the household is shielded, the record is released and where the child lives is not. An override is
/// judged by somebody other than whoever used it. Cases of shields and of brokered contact end with what they are about.
#[utoipa::path(
    tag = "cases",
    params(CasePath, ReasonHeader),
    request_body = CloseCaseBody,
    responses(
        (status = 200, description = "The case is closed.", body = ClosedCaseView),
        (
            status = 409,
            description = "You have not taken the case, or it ends with what it is about.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/cases/{case_id}/close")]
pub async fn close_case(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<Uuid>,
    body: ValidJson<CloseCaseBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("close_case", AuditAction::CaseClose);
    let outcome = body.into_inner().outcome;
    let answer = answers::open(cases::close_case(&state.index, visit, CaseId(path.into_inner()), outcome).await)?;
    Ok(answer.map(ClosedCaseView::from).ok())
}
