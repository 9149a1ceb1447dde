//! Whether the process lives, and whether it can do its work.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::{Problem, ProblemBody, ProblemCode};
use super::state::ApiState;

/// What a health check answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthView {
    /// `live` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Is the process alive?
///
/// Answers without looking at anything: a failing answer means restart it.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "Alive.", body = HealthView))
)]
#[get("/health/live")]
pub async fn get_health_live() -> impl Responder {
    HttpResponse::Ok().json(HealthView { status: "live" })
}

/// Can the service do its work?
///
/// Answers `503` while it cannot read the index or record an access: a failing answer means send requests elsewhere.
#[utoipa::path(
    tag = "operations",
    responses(
        (status = 200, description = "Ready.", body = HealthView),
        (status = 503, description = "Not ready.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/health/ready")]
pub async fn get_health_ready(state: Data<ApiState>) -> Result<impl Responder, Problem> {
    if (state.ready)().await {
        Ok(HttpResponse::Ok().json(HealthView { status: "ready" }))
    } else {
        Err(Problem::new(ProblemCode::NotReady).retry_after(2))
    }
}
