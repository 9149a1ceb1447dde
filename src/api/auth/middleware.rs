//! The door: no byte of a body is read before the token holds.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use super::claims::VerifiedToken;
use super::refusals::TokenRefusal;
use super::verifier::Verifier;
use crate::api::problems::{Problem, ProblemCode};
use crate::api::state::ApiState;
use crate::telemetry::RoutePattern;

/// Middleware for `actix_web::middleware::from_fn`: verifies the bearer token and leaves a [`VerifiedToken`] for the
/// handler, or answers `401`. It is a middleware because the framework polls extractors side by side, so that an
/// extractor could not keep the body unread; and it never touches the database.
///
/// # Errors
/// None of its own: a refusal is an answer.
pub async fn authenticate(
    state: web::Data<ApiState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let refused = match identify(&state.verifier, request.headers()).await {
        Ok(token) => {
            request.extensions_mut().insert(token);
            mediated(&request).err()
        }
        Err(refusal) => {
            state.metrics.http.count_token_refusal(refusal.label());
            report(&state, request.headers(), &refusal);
            if let TokenRefusal::Invalid(reason) = refusal {
                tracing::info!(reason, "a token was refused");
            }
            Some(refusal.into())
        }
    };
    match refused {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(problem) => Ok(request.error_response(problem).map_into_right_body()),
    }
}

/// Tells the wiring of a refused token whose signature is good; whether it is recorded changes nothing for the caller.
fn report(state: &ApiState, headers: &HeaderMap, refusal: &TokenRefusal) {
    let Some(tell) = &state.refused_tokens else { return };
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    if let Some(refused) = bearer.and_then(|(_, token)| state.verifier.refused(token.trim(), refusal)) {
        tell(refused);
    }
}

async fn identify(verifier: &Verifier, headers: &HeaderMap) -> Result<VerifiedToken, TokenRefusal> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Err(TokenRefusal::Missing) };
    if values.next().is_some() {
        return Err(TokenRefusal::Invalid("two Authorization headers"));
    }
    let Ok(text) = value.to_str() else { return Err(TokenRefusal::Invalid("unreadable")) };
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => verifier.verify(token.trim()).await,
        // Another scheme is no attempt at a token (RFC 6750, 3.1).
        _ => Err(TokenRefusal::Missing),
    }
}

/// What may be done on behalf of a caller: to look, and nothing else.
pub(in crate::api) const MEDIATED: [(&str, &str); 5] = [
    ("POST", "/v1/children/search"),
    ("GET", "/v1/children/{child_id}"),
    ("GET", "/v1/children/{child_id}/contacts"),
    ("GET", "/v1/children/{child_id}/involvements"),
    ("GET", "/v1/children/{child_id}/assessments"),
];

/// Elsewhere the header closes the door: ignoring it would record the wrong person.
fn mediated(request: &ServiceRequest) -> Result<(), Problem> {
    let sent = ["on-behalf-of", "verification-code"].iter().any(|name| request.headers().contains_key(*name));
    let extensions = request.extensions();
    let route = extensions.get::<RoutePattern>().map_or("", |route| route.0.as_ref());
    let looks = MEDIATED.contains(&(request.method().as_str(), route));
    if sent && !looks { Err(ProblemCode::MediatedAccessClosed.into()) } else { Ok(()) }
}
