//! The metrics, for Prometheus.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder, get};

use super::problems::Problem;
use super::state::ApiState;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The service's metrics
///
/// Counts and times by route pattern, in the OpenMetrics text format. They say nothing about children or people, but
/// how busy the service is: let the proxy in front keep them for the monitoring network.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text"))
)]
#[get("/metrics")]
pub async fn get_metrics(state: Data<ApiState>) -> Result<impl Responder, Problem> {
    let text = state.metrics.to_text().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type(OPENMETRICS).body(text))
}
