//! The span around a request: route pattern, method, status, milliseconds and request id, and nothing else. The usual
//! builder would log path, query and client address.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::{Error, HttpMessage as _};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;
use uuid::Uuid;

/// Stands for the route of a request whose path is no operation's.
pub const UNMATCHED: &str = "unmatched";

/// The id of a request, as in `X-Request-ID`; found in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// The route pattern a request matched, as the document writes it; found in the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePattern(pub Arc<str>);

/// When the request came in.
#[derive(Clone, Copy)]
struct Started(Instant);

/// Builds the span around a request and closes it with one line.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
        request.extensions_mut().insert(Started(Instant::now()));
        let route = request.extensions().get::<RoutePattern>().cloned();
        tracing::info_span!(
            "request",
            request_id = %id,
            method = known_method(request.method()),
            route = route.as_ref().map_or(UNMATCHED, |route| &route.0),
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let _in_span = span.enter();
        match outcome {
            Ok(response) => {
                let started = response.request().extensions().get::<Started>().copied();
                let milliseconds = started.map_or(0.0, |started| started.0.elapsed().as_secs_f64() * 1000.0);
                let milliseconds = (milliseconds * 1000.0).round() / 1000.0;
                tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
            }
            Err(error) => {
                let status = error.as_response_error().status_code().as_u16();
                tracing::error!(status, "answered without a response");
            }
        }
    }
}

/// The method's name if it is one of HTTP's own; anything else is text from outside.
pub fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "OTHER",
    }
}
