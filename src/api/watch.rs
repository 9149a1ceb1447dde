//! Around the router: every answer is counted and timed, and a handler that panics does not take the connection along.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use futures_util::FutureExt as _;

use super::problems::Problem;
use super::state::ApiState;
use crate::telemetry::{RoutePattern, UNMATCHED, known_method};

/// Counts and times the answer, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// Passes on what broke off inside, as `500`, with a panic among it.
pub async fn measure(
    state: web::Data<ApiState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = known_method(request.method());
    let route =
        request.extensions().get::<RoutePattern>().map_or_else(|| Arc::from(UNMATCHED), |route| route.0.clone());
    // The framework has no catch of its own: a panic would close the connection without an answer. Nothing shared is
    // left half changed by it: transactions roll back, and locks are taken by poisoned-or-not.
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_| {
        state.metrics.http.count_panic();
        Err(Problem::internal("a handler panicked").into())
    });
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    state.metrics.http.count_request(&route, method, status.as_u16(), started.elapsed());
    outcome
}
