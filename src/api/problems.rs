//! Problem documents (RFC 9457): every answer that is not a success is built here, from one table of codes.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::problem_codes::ProblemCode;

/// Media type of every problem document.
pub const PROBLEM_JSON: &str = "application/problem+json; charset=utf-8";

/// One thing that is wrong with a request. It says where and what, and never repeats the value that was sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct ProblemItem {
    /// JSON pointer (RFC 6901) into the request's body; empty for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/date_of_birth")]
    pub pointer: Option<String>,
    /// Name of the header, path or query parameter at fault, when the fault is not in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Access-Reason")]
    pub parameter: Option<Cow<'static, str>>,
    /// What is wrong, for a person.
    #[schema(example = "must be a date, YYYY-MM-DD")]
    pub message: Cow<'static, str>,
    /// What is wrong, for a program.
    #[schema(example = "wrong-form")]
    pub code: Cow<'static, str>,
}

impl ProblemItem {
    /// An error at a place in the body.
    pub fn at(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, message: message.into(), code: code.into() }
    }

    /// An error in a header, path or query parameter.
    pub fn in_parameter(
        name: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: None, parameter: Some(name.into()), message: message.into(), code: code.into() }
    }
}

/// The body of a problem document, as sent and as documented.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind of problem; the same for every problem with the same code.
    #[serde(rename = "type")]
    #[schema(example = "urn:problem-type:child-index:invalid-body")]
    pub kind: String,
    /// What happened, in words; the same for every problem with the same code.
    #[schema(example = "The body does not say what this operation needs")]
    pub title: &'static str,
    /// The HTTP status, repeated.
    #[schema(example = 422)]
    pub status: u16,
    /// The stable code to program against.
    pub code: ProblemCode,
    /// What to do about this one, where more can be said than the title does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
    /// The request's id, as in the header `X-Request-ID`; quote it when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Uuid>,
    /// Every single thing that is wrong, where it can be said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemItem>,
    /// Further members that some codes carry; documented with the operations that answer them.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: serde_json::Map<String, serde_json::Value>,
}

/// A refusal or failure on its way out: what handlers, extractors and middleware return as their error.
///
/// ```
/// use child_index::api::problems::{Problem, ProblemCode};
///
/// let problem = Problem::new(ProblemCode::RateLimited).retry_after(30);
/// assert_eq!(problem.code().status().as_u16(), 429);
/// ```
pub struct Problem(Box<Parts>);

struct Parts {
    body: ProblemBody,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// A problem with nothing to say beyond its code.
    pub fn new(code: ProblemCode) -> Self {
        Self(Box::new(Parts {
            body: ProblemBody {
                kind: code.type_uri(),
                title: code.title(),
                status: code.status().as_u16(),
                code,
                detail: None,
                request_id: None,
                errors: Vec::new(),
                members: serde_json::Map::new(),
            },
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// A failure on our side. The cause is logged with the request's id and never sent.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Internal).caused_by(cause)
    }

    /// The problem that stands for a bare status, for answers that were not made from a code.
    pub fn from_status(status: StatusCode) -> Self {
        Self::new(ProblemCode::for_status(status))
    }

    /// Says what to do about it. Never put a value of the request here; ignored for failures on our side.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        if !self.code().status().is_server_error() {
            self.0.body.detail = Some(detail.into());
        }
        self
    }

    /// Adds one thing that is wrong.
    #[must_use]
    pub fn item(mut self, item: ProblemItem) -> Self {
        self.0.body.errors.push(item);
        self
    }

    /// Adds several things that are wrong.
    #[must_use]
    pub fn items(mut self, items: impl IntoIterator<Item = ProblemItem>) -> Self {
        self.0.body.errors.extend(items);
        self
    }

    /// Adds a member of its own to the document, such as the candidates of a duplicate registration.
    ///
    /// The members of every problem keep their meaning: a name already taken is ignored.
    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Into<serde_json::Value>) -> Self {
        const TAKEN: [&str; 7] = ["type", "title", "status", "code", "detail", "request_id", "errors"];
        if !TAKEN.contains(&name) {
            self.0.body.members.insert(name.to_owned(), value.into());
        }
        self
    }

    /// When to come back, in whole seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds a header to the answer, for example `WWW-Authenticate`, `Allow` or `Audit-Receipt`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Keeps what went wrong for the log. It never reaches the caller.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The code this problem was made from.
    pub fn code(&self) -> ProblemCode {
        self.0.body.code
    }

    /// The body as it would be sent, without a request id.
    pub fn body(&self) -> &ProblemBody {
        &self.0.body
    }

    /// What went wrong on our side, for the log alone.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// The answer, naming the request it belongs to.
    pub fn to_response(&self, request_id: Option<Uuid>) -> HttpResponse {
        let mut body = self.0.body.clone();
        body.request_id = request_id;
        let mut response = HttpResponseBuilder::new(self.code().status());
        response.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        for header in &self.0.headers {
            response.append_header(header.clone());
        }
        // Strings, numbers and maps with text keys only: this cannot fail, and an empty body would still carry the status.
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither detail nor members: a log line must not depend on what a caller of this type put there.
        f.debug_struct("Problem").field("code", &self.code()).field("cause", &self.0.cause).finish_non_exhaustive()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().title())
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    fn error_response(&self) -> HttpResponse {
        self.to_response(None)
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    async fn sent(problem: Problem) -> serde_json::Value {
        let id = Uuid::nil();
        serde_json::from_slice(&to_bytes(problem.to_response(Some(id)).into_body()).await.unwrap()).unwrap()
    }

    #[actix_web::test]
    async fn the_document_says_code_status_and_place() {
        let problem = Problem::new(ProblemCode::InvalidBody).detail("see errors").item(ProblemItem::at(
            "/name/family",
            "length",
            "must have 1 to 100 characters",
        ));
        assert_eq!(
            sent(problem).await,
            serde_json::json!({
                "type": "urn:problem-type:child-index:invalid-body",
                "title": "The body does not say what this operation needs",
                "status": 422,
                "code": "invalid-body",
                "detail": "see errors",
                "request_id": "00000000-0000-0000-0000-000000000000",
                "errors": [{"pointer": "/name/family", "message": "must have 1 to 100 characters", "code": "length"}],
            })
        );
    }

    #[actix_web::test]
    async fn a_failure_of_ours_never_says_why() {
        let cause = std::io::Error::other("relation \"child\" does not exist");
        let sent = sent(Problem::internal(cause).detail("disk full").member("sql", "SELECT")).await;
        assert_eq!(sent["status"], 500);
        assert!(!sent.to_string().contains("relation") && !sent.to_string().contains("disk"));
    }

    #[actix_web::test]
    async fn members_cannot_take_a_name_that_has_a_meaning() {
        let sent = sent(Problem::new(ProblemCode::Conflict).member("status", 200).member("candidates", vec![1])).await;
        assert_eq!((&sent["status"], &sent["candidates"]), (&409.into(), &serde_json::json!([1])));
    }

    #[test]
    fn headers_go_out() {
        let response = Problem::new(ProblemCode::RateLimited).retry_after(7).error_response();
        assert_eq!(response.headers().get("retry-after").unwrap(), "7");
        assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
    }

    #[test]
    fn nothing_said_by_a_caller_reaches_the_log() {
        let problem = Problem::new(ProblemCode::NotFound).detail("Okafor").member("x", "Okafor");
        assert!(!format!("{problem:?} {problem}").contains("Okafor"));
    }
}
