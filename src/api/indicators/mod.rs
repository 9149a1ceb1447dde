//! The operations on key indicators.

mod bodies;
mod views;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use super::answers;
use super::extract::{NoQuery, ValidJson, ValidQuery};
use super::parameters::ReasonHeader;
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::indicators;
use crate::domain::audit::actions::AuditAction;

pub use bodies::{Accepted, ImportBody, IndicatorsQuery};
use bodies::{CHART, Form};
pub use views::{ImportedView, IndicatorsView, SeriesOfView};

/// Read the key indicators of a period
///
/// For managers and co-ordinators of the area, and administrators. Each half-year is counted and frozen when it is first
/// read after its end and never counted anew: what came to be counted later, a frozen period does not have. Counts under
/// ten are shown as `<10`, others to the nearest five; totals are made from these. Shares are made from published or
/// rounded figures, and a median is shown where ten cases at least stand behind it: whatever a suppressed figure was, every
/// published one is the same. By locality (postcode district), by agency (the sector of those who work there) or for the
/// area; as JSON, as CSV (`form=csv` or `Accept: text/csv`), or as series for a chart, where `null` says why
/// (`form=chart` or `Accept: application/vnd.child-index.chart+json`).
#[utoipa::path(
    tag = "early-help",
    params(IndicatorsQuery, ReasonHeader),
    responses(
        (status = 200, description = "The indicators.", content(
            (IndicatorsView = "application/json"),
            (String = "text/csv"),
            (SeriesOfView = "application/vnd.child-index.chart+json"),
        )),
        (
            status = 409,
            description = "The period has not ended.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[get("/indicators")]
pub async fn read_indicators(
    state: Data<ApiState>,
    visitor: Visitor,
    accepted: Accepted,
    query: ValidQuery<IndicatorsQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_indicators", AuditAction::IndicatorRead);
    let query = query.into_inner();
    let (by, form) = (query.by(), query.form(accepted));
    let answer = answers::open(indicators::read_indicators(&state.index, visit, query.area, query.period).await)?;
    let answer = answer.map(|report| IndicatorsView::by(report, by));
    Ok(match form {
        Form::Json => answer.ok(),
        Form::Csv => answer.map(|view| view.to_csv()).text("text/csv; charset=utf-8; header=present"),
        Form::Chart => {
            let series = answer.map(|view| SeriesOfView::of(view, by));
            series.with(header::CONTENT_TYPE, HeaderValue::from_static(CHART)).ok()
        }
    })
}

/// Take over an indicator from outside
///
/// For managers of the area, and administrators: the figures of one indicator, as aggregates by locality with their source,
/// in place of those taken over for the period before. They are suppressed and rounded on their way in.
#[utoipa::path(
    tag = "early-help",
    params(ReasonHeader),
    request_body = ImportBody,
    responses((status = 200, description = "Taken over.", body = ImportedView))
)]
#[post("/indicators")]
pub async fn import_indicator(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    body: ValidJson<ImportBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("import_indicator", AuditAction::IndicatorImport);
    let (area, period, imported) = body.into_inner().into_parts()?;
    let outcome = indicators::import_indicator(&state.index, visit, area, period, imported).await;
    Ok(answers::open(outcome)?.map(ImportedView::from).ok())
}
