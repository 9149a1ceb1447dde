//! The operation on workforces: how many people use the index for whom, and how they are trained.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::codes::{SectorCode, TrainingKindCode, WorkforceByCode};
use super::extract::ValidQuery;
use super::pages::{cursor, limit};
use super::parameters::ReasonHeader;
use super::problems::Problem;
use super::state::ApiState;
use super::texts::check_area;
use super::visits::Visitor;
use crate::app::workforces::{self, Workforces, WorkforcesSought};
use crate::domain::accounts::TrainingKind;
use crate::domain::audit::actions::AuditAction;
use crate::domain::services::Sector;
use crate::domain::workforces::{TrainingCoverage, Workforce, WorkforceBy, WorkforceOf};

/// Which workforces, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkforcesQuery {
    /// By what people are counted; `organisation` where absent. By sector there is one page.
    #[param(value_type = Option<WorkforceByCode>, inline, required = false, nullable = false)]
    by: Option<WorkforceBy>,
    /// Of people of this area only (ONS code).
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// Of people who work in this sector only.
    #[param(value_type = Option<SectorCode>, inline, required = false, nullable = false)]
    sector: Option<Sector>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TryFrom<WorkforcesQuery> for WorkforcesSought {
    type Error = Problem;

    fn try_from(query: WorkforcesQuery) -> Result<Self, Problem> {
        Ok(Self {
            by: query.by.unwrap_or(WorkforceBy::Organisation),
            area: query.area,
            sector: query.sector,
            after: cursor(query.cursor.as_deref())?,
            limit: limit(query.limit),
        })
    }
}

/// The organisation of a workforce.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkforceOrganisationView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    id: Uuid,
    /// Its name.
    #[schema(example = "Wiltshire School Nursing")]
    name: String,
}

/// How many people are trained in a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrainingCoverageView {
    /// The kind.
    #[schema(value_type = TrainingKindCode)]
    kind: TrainingKind,
    /// Those whose training is in date.
    #[schema(example = 11)]
    in_date: u64,
    /// Of these, those whose training ends within 60 days.
    #[schema(example = 2)]
    expiring: u64,
}

/// The people of an organisation or a sector who use the index.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkforceView {
    /// The organisation; absent where people are counted by sector.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organisation: Option<WorkforceOrganisationView>,
    /// The sector; an organisation's is that of its kind.
    #[schema(value_type = SectorCode)]
    sector: Sector,
    /// How many accounts of people are in use.
    #[schema(example = 12)]
    accounts: u64,
    /// How they are trained, each kind once.
    training: Vec<TrainingCoverageView>,
}

/// A page of workforces: organisations by name, or sectors.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkforcesView {
    /// The workforces; one where nobody has an account in use is absent.
    workforces: Vec<WorkforceView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<(WorkforceOf, Workforce)> for WorkforceView {
    fn from((of, workforce): (WorkforceOf, Workforce)) -> Self {
        let (organisation, sector) = match of {
            WorkforceOf::Organisation { id, name, sector } => {
                (Some(WorkforceOrganisationView { id: id.0, name }), sector)
            }
            WorkforceOf::Sector(sector) => (None, sector),
        };
        let coverage = |TrainingCoverage { kind, in_date, expiring }| TrainingCoverageView { kind, in_date, expiring };
        let training = workforce.coverage.into_iter().map(coverage).collect();
        Self { organisation, sector, accounts: workforce.accounts, training }
    }
}

impl From<Workforces> for WorkforcesView {
    fn from(page: Workforces) -> Self {
        Self {
            workforces: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

/// List workforces
///
/// How many people use the index for each organisation or in each sector, and how many of them are trained: in the use of the
/// index, in sharing information, and as lead professional. Administrators see all; managers count the practitioners of
/// their area; whoever has the capability `certifier` the people of their own organisation. Training is recorded on the
/// account, by whoever answers for it.
#[utoipa::path(
    tag = "accounts",
    params(WorkforcesQuery, ReasonHeader),
    responses((status = 200, description = "A page of workforces.", body = WorkforcesView))
)]
#[get("/workforces")]
pub async fn list_workforces(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<WorkforcesQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("list_workforces", AuditAction::WorkforceList);
    let answer = answers::open(workforces::list_workforces(&state.index, visit, sought).await)?;
    Ok(answer.map(WorkforcesView::from).ok())
}
