//! The frame around every answer: request id, security headers, and a problem document wherever something failed.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use ipnet::IpNet;
use uuid::Uuid;

use super::paths::{Found, KnownPaths};
use super::problems::{Problem, ProblemCode};
use super::state::ApiState;
use crate::telemetry::{RequestId, RoutePattern};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How far HSTS binds: a year.
const HSTS: Duration = Duration::from_secs(31_536_000);

/// Nothing of an answer is to be run or framed by a browser.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The documentation page runs its own scripts and styles, and nobody else's.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How callers reach the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transport {
    /// Whether they come over TLS, ours or a proxy's; then browsers are told to insist on it.
    pub tls: bool,
    /// The only peers that are answered, where a proxy stands in front. Forwarding headers are believed from nobody,
    /// since nothing here depends on them.
    pub trusted_peers: Option<Vec<IpNet>>,
}

impl Transport {
    fn trusts(&self, request: &ServiceRequest) -> bool {
        let Some(trusted) = &self.trusted_peers else { return true };
        // Whether the process lives is no secret, and whoever restarts it asks directly.
        let is_health = request.path().starts_with("/health/");
        is_health
            || request.peer_addr().is_some_and(|peer| trusted.iter().any(|net| net.contains(&canonical(peer.ip()))))
    }
}

/// An IPv4 address that came in through an IPv6 socket is still that IPv4 address.
fn canonical(address: std::net::IpAddr) -> std::net::IpAddr {
    address.to_canonical()
}

/// The outermost middleware, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// Passes on what broke off inside, as a finished answer with every header.
pub async fn frame(
    state: web::Data<ApiState>,
    paths: web::Data<KnownPaths>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.headers());
    let tls = state.transport.tls;
    let pattern = request.match_pattern();
    let found = paths.find(pattern.as_deref(), request.method().as_str(), request.path());
    let is_page = matches!(&found, Found::Operation(route) if route.starts_with("/docs"));
    request.extensions_mut().insert(RequestId(id));
    if let Found::Operation(route) | Found::OtherMethods(route, _) = &found {
        request.extensions_mut().insert(RoutePattern(route.clone()));
    }
    let refused = if state.transport.trusts(&request) {
        unreachable_path(found)
    } else {
        Some(ProblemCode::UntrustedPeer.into())
    };
    if let Some(problem) = refused {
        request.extensions_mut().insert(Refused(problem));
    }
    match next.call(request).await {
        Ok(response) => {
            let mut response = as_problem_where_failed(response.map_into_boxed_body(), id);
            decorate(response.headers_mut(), id, tls, is_page);
            Ok(response)
        }
        Err(error) => {
            let mut response = problem_of(&error, id);
            decorate(response.headers_mut(), id, tls, false);
            Err(InternalError::from_response("broke off", response).into())
        }
    }
}

/// A refusal decided by [`frame`] and answered by [`refuse`], inside logs and metrics.
struct Refused(Problem);

/// The innermost of the middlewares before the router: answers what [`frame`] refused.
///
/// # Errors
/// None of its own.
pub async fn refuse(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let refused = request.extensions_mut().remove::<Refused>();
    match refused {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(Refused(problem)) => Ok(request.error_response(problem).map_into_right_body()),
    }
}

fn unreachable_path(found: Found) -> Option<Problem> {
    match found {
        Found::Operation(_) => None,
        Found::Nothing => Some(ProblemCode::PathUnknown.into()),
        Found::OtherMethods(_, allowed) => {
            let allow = HeaderValue::try_from(allowed).unwrap_or(HeaderValue::from_static(""));
            Some(Problem::new(ProblemCode::MethodNotAllowed).header(header::ALLOW, allow))
        }
    }
}

/// The caller's id for the request if it is a UUID, so that it cannot carry anything else into the logs.
fn request_id(headers: &HeaderMap) -> Uuid {
    let sent = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    // Exactly the hyphenated form: other spellings would not be echoed as they were sent.
    let read = sent.filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok());
    read.unwrap_or_else(Uuid::new_v4)
}

/// Whatever failed leaves as a problem document that names its request; our own failures are logged with their cause.
fn as_problem_where_failed(response: ServiceResponse, id: Uuid) -> ServiceResponse {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let replacement = match response.response().error() {
        Some(error) => problem_of(error, id),
        None if is_problem(response.headers()) => return response,
        None => Problem::from_status(status).to_response(Some(id)),
    };
    response.into_response(replacement)
}

/// The problem an error stands for; the framework's own errors have one by their status.
fn problem_of(error: &Error, id: Uuid) -> HttpResponse {
    let Some(problem) = error.as_error::<Problem>() else {
        return Problem::from_status(error.as_response_error().status_code()).to_response(Some(id));
    };
    if problem.code().status().is_server_error() {
        let cause = problem.cause().map(ToString::to_string).unwrap_or_default();
        tracing::error!(request_id = %id, code = problem.code().code(), cause, "a request failed on our side");
    }
    problem.to_response(Some(id))
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"))
}

fn decorate(headers: &mut HeaderMap, id: Uuid, tls: bool, is_page: bool) {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CONTENT_SECURITY_POLICY, if is_page { PAGE_POLICY } else { API_POLICY });
    if tls && let Ok(value) = HeaderValue::try_from(format!("max-age={}; includeSubDomains", HSTS.as_secs())) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(with_charset) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
}

/// A text's media type with its encoding, where it does not say one.
fn with_charset(kind: &HeaderValue) -> Option<HeaderValue> {
    let text = kind.to_str().ok()?;
    let is_text = text.starts_with("text/") || text.starts_with("application/json") || text.contains("javascript");
    (is_text && !text.contains("charset")).then(|| HeaderValue::try_from(format!("{text}; charset=utf-8")).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(sent: &str) -> Uuid {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::try_from(sent).unwrap());
        request_id(&headers)
    }

    #[test]
    fn a_request_id_is_echoed_only_if_it_is_a_uuid() {
        let sent = "0191d3a0-5f5e-7cc0-8000-0123456789ab";
        assert_eq!(id_for(sent).to_string(), sent);
        for other in ["", "7", "okafor", "0191d3a05f5e7cc080000123456789ab", "{0191d3a0-5f5e-7cc0-8000-0123456789ab}"] {
            let made = id_for(other).to_string();
            assert_ne!(made, other);
            assert_eq!(made.len(), 36);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }

    #[test]
    fn texts_say_their_encoding() {
        let of = |kind: &'static str| with_charset(&HeaderValue::from_static(kind));
        assert_eq!(of("text/html").unwrap(), "text/html; charset=utf-8");
        assert_eq!(of("application/json").unwrap(), "application/json; charset=utf-8");
        assert!(of("application/json; charset=utf-8").is_none() && of("image/png").is_none());
    }
}
