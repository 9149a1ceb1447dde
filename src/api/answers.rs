//! From a recorded answer to a response: the receipt on everything, entity tags, and how the caller's budget stands.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::problems::Problem;
use super::refusals::AUDIT_RECEIPT;
use crate::app::budgets::Standing;
use crate::app::{Failure, Recorded};
use crate::domain::audit::receipts::Receipt;
use crate::domain::policy::Refusal;

/// An answer whose events are durable, on its way out.
///
/// ```text
/// let answer = answers::open(read_child(&state.index, visit, child).await)?;
/// Ok(answer.map(ChildView::from).tagged().ok())
/// ```
#[derive(Debug)]
#[must_use = "an answer that is not sent answers nobody"]
pub struct Answer<T> {
    value: T,
    receipt: Receipt,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Opens what a use-case came to: the answer, or the problem that its refusal or failure is. A refusal carries its
/// receipt as well.
///
/// # Errors
/// The problem.
pub fn open<T>(outcome: Result<Recorded<Result<T, Refusal>>, Failure>) -> Result<Answer<T>, Problem> {
    let Recorded { value, receipt } = outcome?;
    match value {
        Ok(value) => Ok(Answer { value, receipt, headers: Vec::new() }),
        Err(refusal) => Err(Problem::from(refusal).header(AUDIT_RECEIPT, receipt_value(receipt))),
    }
}

impl<T> Answer<T> {
    /// What was answered.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The answer in another form, most often as its view.
    pub fn map<V>(self, convert: impl FnOnce(T) -> V) -> Answer<V> {
        Answer { value: convert(self.value), receipt: self.receipt, headers: self.headers }
    }

    /// Adds a header.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds the entity tag of what is answered.
    pub fn with_etag(self, etag: &str) -> Self {
        match HeaderValue::try_from(etag) {
            Ok(value) => self.with(header::ETAG, value),
            Err(_) => self,
        }
    }

    /// Adds how the caller stands with a budget of requests, where one is kept (IETF draft
    /// `draft-ietf-httpapi-ratelimit-headers`). It counts requests and never children.
    pub fn with_standing(self, budget: &str, window: u64, standing: Option<Standing>) -> Self {
        let Some(Standing { limit, remaining, resets_in }) = standing else { return self };
        let policy = HeaderValue::try_from(format!("\"{budget}\";q={limit};w={window}"));
        let state = HeaderValue::try_from(format!("\"{budget}\";r={remaining};t={resets_in}"));
        match (policy, state) {
            (Ok(policy), Ok(state)) => self
                .with(HeaderName::from_static("ratelimit-policy"), policy)
                .with(HeaderName::from_static("ratelimit"), state),
            _ => self,
        }
    }

    /// Takes what was answered out, for an answer that takes several forms; the rest goes on with one of them.
    pub fn take(self) -> (T, Answer<()>) {
        (self.value, Answer { value: (), receipt: self.receipt, headers: self.headers })
    }

    /// The problem that an answer turns out to be; it carries the receipt like any other.
    pub fn refused(self, problem: Problem) -> Problem {
        problem.header(AUDIT_RECEIPT, receipt_value(self.receipt))
    }
}

impl Answer<()> {
    /// `200` with a body that is written while it is sent.
    pub fn streamed<S, E>(self, content_type: HeaderValue, body: S) -> HttpResponse
    where
        S: futures_util::Stream<Item = Result<Bytes, E>> + 'static,
        E: Into<Box<dyn std::error::Error>> + 'static,
    {
        let mut response = HttpResponse::Ok();
        response.insert_header((AUDIT_RECEIPT, receipt_value(self.receipt)));
        for header in self.headers {
            response.insert_header(header);
        }
        response.insert_header((header::CONTENT_TYPE, content_type)).streaming(body)
    }
}

impl Answer<Vec<u8>> {
    /// `200` with bytes for programs.
    pub fn bytes(self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((AUDIT_RECEIPT, receipt_value(self.receipt)));
        response.insert_header(header::ContentType::octet_stream());
        response.body(self.value)
    }
}

impl<T: Serialize> Answer<T> {
    /// Adds the entity tag of the representation itself.
    pub fn tagged(self) -> Self {
        let tag = etag_of(&self.value);
        self.with_etag(&tag)
    }

    /// `200`.
    pub fn ok(self) -> HttpResponse {
        self.respond(StatusCode::OK)
    }

    /// `201`, naming where the created thing is.
    pub fn created(self, location: &str) -> HttpResponse {
        match HeaderValue::try_from(location) {
            Ok(location) => self.with(header::LOCATION, location).respond(StatusCode::CREATED),
            Err(_) => self.respond(StatusCode::CREATED),
        }
    }

    /// `202`: taken, and not done yet.
    pub fn accepted(self) -> HttpResponse {
        self.respond(StatusCode::ACCEPTED)
    }

    fn respond(self, status: StatusCode) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(status);
        response.insert_header((AUDIT_RECEIPT, receipt_value(self.receipt)));
        for header in self.headers {
            response.insert_header(header);
        }
        response.json(self.value)
    }
}

impl Answer<String> {
    /// `200`, a text of a media type of its own.
    pub fn text(self, content_type: &'static str) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(StatusCode::OK);
        response.insert_header((AUDIT_RECEIPT, receipt_value(self.receipt)));
        for header in self.headers {
            response.insert_header(header);
        }
        response.content_type(content_type).body(self.value)
    }
}

/// The strong entity tag of a representation: its SHA-256, quoted. It hashes what this caller is shown and nothing
/// else, so that what is hidden from them can change without a trace.
pub fn etag_of(representation: &impl Serialize) -> String {
    // Views hold texts, numbers and lists only: this cannot fail, and nothing would match the tag of an empty text.
    let json = serde_json::to_vec(representation).unwrap_or_default();
    format!("\"{}\"", hex::encode(Sha256::digest(json)))
}

fn receipt_value(receipt: Receipt) -> HeaderValue {
    // An index, a full stop and hexadecimal digits: always a header's value.
    HeaderValue::try_from(receipt.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::json;

    use super::*;
    use crate::domain::audit::tree::EMPTY_ROOT;

    fn receipt() -> Receipt {
        Receipt { index: 7, leaf_hash: EMPTY_ROOT }
    }

    fn recorded<T>(value: Result<T, Refusal>) -> Result<Recorded<Result<T, Refusal>>, Failure> {
        Ok(Recorded { value, receipt: receipt() })
    }

    #[actix_web::test]
    async fn an_answer_carries_its_receipt_and_tag() {
        let response = open(recorded(Ok(3))).unwrap().map(|n| json!({ "n": n })).tagged().ok();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers().get("audit-receipt").unwrap(), receipt().to_string().as_str());
        assert_eq!(response.headers().get("etag").unwrap(), etag_of(&json!({ "n": 3 })).as_str());
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), r#"{"n":3}"#);
    }

    #[test]
    fn a_refusal_carries_its_receipt_too() {
        let problem = open::<()>(recorded(Err(Refusal::NotFound))).unwrap_err();
        let response = problem.to_response(None);
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers().get("audit-receipt").unwrap(), receipt().to_string().as_str());
    }

    #[test]
    fn an_answer_that_is_a_problem_keeps_its_receipt() {
        let (value, envelope) = open(recorded(Ok(3))).unwrap().take();
        let problem = envelope.refused(Problem::new(crate::api::problems::ProblemCode::Duplicate).member("n", value));
        let response = problem.to_response(None);
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers().get("audit-receipt").unwrap(), receipt().to_string().as_str());
    }

    #[test]
    fn what_was_not_recorded_has_no_receipt() {
        let response = open::<()>(Err(Failure::Busy)).unwrap_err().to_response(None);
        assert_eq!(response.status(), 503);
        assert!(response.headers().get("audit-receipt").is_none());
    }

    #[test]
    fn a_budget_is_told_in_the_form_of_the_draft() {
        let standing = Standing { limit: 120, remaining: 119, resets_in: 1_800 };
        let response = open(recorded(Ok(()))).unwrap().with_standing("searches", 3_600, Some(standing)).ok();
        assert_eq!(response.headers().get("ratelimit-policy").unwrap(), "\"searches\";q=120;w=3600");
        assert_eq!(response.headers().get("ratelimit").unwrap(), "\"searches\";r=119;t=1800");
        let without = open(recorded(Ok(()))).unwrap().with_standing("searches", 3_600, None).ok();
        assert!(without.headers().get("ratelimit").is_none());
    }

    #[test]
    fn created_things_say_where_they_are() {
        let response = open(recorded(Ok(()))).unwrap().created("/v1/children/0");
        assert_eq!((response.status().as_u16(), response.headers().get("location").unwrap().len()), (201, 14));
    }

    #[test]
    fn tags_are_strong_and_follow_the_representation() {
        let tag = etag_of(&json!({"a": 1}));
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() == 66);
        assert_eq!(tag, etag_of(&json!({"a": 1})));
        assert_ne!(tag, etag_of(&json!({"a": 2})));
    }
}
