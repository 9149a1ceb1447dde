//! The body of a request: `application/json`, of bounded size, in time, well-formed, of the right shape and valid.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use validator::Validate;

use super::strict::Strict;
use super::{faults, shape};
use crate::api::problems::{Problem, ProblemCode};

/// How much body is taken, and for how long it is waited for. Put into `app_data` of the application; a scope that
/// takes more, such as a feed, carries its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The largest body, in bytes.
    pub bytes: usize,
    /// How long the whole body may take to arrive.
    pub timeout: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { bytes: 16 * 1024, timeout: Duration::from_secs(10) }
    }
}

/// A JSON body that has been checked: the only way a handler takes one.
///
/// | refused with | because |
/// | --- | --- |
/// | `415` | not `application/json`, not UTF-8, or compressed |
/// | `413` | larger than [`BodyLimits::bytes`] |
/// | `408` | slower than [`BodyLimits::timeout`] |
/// | `400 malformed-json` | not JSON, or a repeated key |
/// | `422 invalid-body` | unknown field, wrong type, control character, or `Validate` says no; each with its pointer |
///
/// `T` carries `#[serde(deny_unknown_fields)]`: serde does not check for it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidJson<T>(pub T);

impl<T> ValidJson<T> {
    /// The checked value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for ValidJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = take_body(request, payload);
        Box::pin(async move { parse(&body.await?).map(Self) })
    }
}

/// A JSON body checked as by [`ValidJson`], with the SHA-256 of its bytes: for creations, whose `Idempotency-Key`
/// stands for one body only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedJson<T> {
    /// The checked value.
    pub value: T,
    /// SHA-256 of the body as it was sent.
    pub body_hash: [u8; 32],
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for HashedJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = take_body(request, payload);
        Box::pin(async move {
            let body = body.await?;
            Ok(Self { value: parse(&body)?, body_hash: Sha256::digest(&body).into() })
        })
    }
}

fn take_body(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or_default();
    let announced = check_headers(request.headers(), limits);
    let payload = payload.take();
    async move {
        announced?;
        read(payload, limits).await
    }
}

/// Reads a checked value from the bytes of a body; what [`ValidJson`] does once it has them.
///
/// # Errors
/// `400 malformed-json` or `422 invalid-body`, as for [`ValidJson`].
pub(crate) fn parse<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, Problem> {
    let json = shape::read(body)?;
    let value: T = serde_path_to_error::deserialize(Strict(&json)).map_err(|error| {
        let item = faults::body_item(error.path(), &error.inner().to_string());
        Problem::new(ProblemCode::InvalidBody).item(item)
    })?;
    match value.validate() {
        Ok(()) => Ok(value),
        Err(errors) => Err(Problem::new(ProblemCode::InvalidBody).items(faults::validation_items(&errors))),
    }
}

fn check_headers(headers: &HeaderMap, limits: BodyLimits) -> Result<(), Problem> {
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if encoded || !is_json(headers) {
        return Err(Problem::new(ProblemCode::MediaTypeUnsupported));
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.bytes) {
        return Err(too_large(limits));
    }
    Ok(())
}

/// `application/json`, alone or with `charset=utf-8`, and said once.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE);
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

async fn read(mut payload: Payload, limits: BodyLimits) -> Result<Bytes, Problem> {
    let whole = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| broken_off(error, limits))?;
            if body.len().saturating_add(chunk.len()) > limits.bytes {
                return Err(too_large(limits));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(limits.timeout, whole).await.unwrap_or_else(|_| Err(Problem::new(ProblemCode::RequestTimeout)))
}

fn broken_off(error: PayloadError, limits: BodyLimits) -> Problem {
    match error {
        PayloadError::Overflow => too_large(limits),
        _ => Problem::new(ProblemCode::MalformedRequest).detail("The body broke off."),
    }
}

fn too_large(limits: BodyLimits) -> Problem {
    Problem::new(ProblemCode::BodyTooLarge).detail(format!("At most {} bytes are taken.", limits.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde::Deserialize;
    use std::pin::Pin;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[validate(length(min = 1, max = 5))]
        family: String,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[validate(nested)]
        name: Inner,
        #[serde(default)]
        #[validate(nested)]
        others: Vec<Inner>,
        born: Option<chrono::NaiveDate>,
        #[validate(range(min = 1, max = 25))]
        limit: Option<u32>,
        r#type: Option<bool>,
    }

    fn refused(body: &str) -> (u16, String, String) {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        let item = problem.body().errors.first().cloned();
        let item = item.map(|item| (item.pointer.unwrap_or_default(), item.code.into_owned())).unwrap_or_default();
        (problem.code().status().as_u16(), item.0, item.1)
    }

    #[test]
    fn a_good_body_is_taken() {
        let body = r#"{"name":{"family":"a"},"others":[{"family":"b"}],"born":"2015-03-02","limit":25,"type":true}"#;
        let taken = parse::<Outer>(body.as_bytes()).unwrap();
        assert_eq!((taken.name.family.as_str(), taken.others.len(), taken.limit), ("a", 1, Some(25)));
        assert_eq!((taken.born.unwrap().to_string(), taken.r#type), ("2015-03-02".to_owned(), Some(true)));
    }

    #[test]
    fn each_fault_is_named_at_its_place() {
        for (body, status, pointer, code) in [
            ("{", 400, "", ""),
            (r#"{"name":{"family":"a","family":"b"}}"#, 400, "/name/family", "duplicate-key"),
            ("{}", 422, "/name", "missing"),
            (r#"{"name":{}}"#, 422, "/name/family", "missing"),
            (r#"{"name":{"family":7}}"#, 422, "/name/family", "wrong-type"),
            (r#"{"name":{"family":"a"},"others":[{"family":"b","x":1}]}"#, 422, "/others/0/x", "unknown-field"),
            (r#"{"name":{"family":"a"},"born":"soon"}"#, 422, "/born", "wrong-form"),
            (r#"{"name":{"family":"a"},"limit":-1}"#, 422, "/limit", "wrong-form"),
            (r#"{"name":{"family":"a"},"limit":26}"#, 422, "/limit", "range"),
            (r#"{"name":{"family":"abcdef"}}"#, 422, "/name/family", "length"),
            (r#"{"name":{"family":"a"},"others":[{"family":"b"},{"family":""}]}"#, 422, "/others/1/family", "length"),
            (r#"{"name":{"family":"a"},"type":"yes"}"#, 422, "/type", "wrong-type"),
            (r#"{"name":{"family":"a\u0000"}}"#, 422, "/name/family", "control-character"),
            ("[]", 422, "", "wrong-type"),
            (r#"{"name":["a"]}"#, 422, "/name", "wrong-type"),
            ("null", 422, "", "wrong-type"),
        ] {
            assert_eq!(refused(body), (status, pointer.to_owned(), code.to_owned()), "{body}");
        }
    }

    async fn sent(request: TestRequest) -> Result<ValidJson<Inner>, Problem> {
        let (request, mut payload) = request.to_http_parts();
        ValidJson::from_request(&request, &mut payload).await
    }

    fn json() -> TestRequest {
        TestRequest::post().insert_header(("content-type", "application/json"))
    }

    #[actix_web::test]
    async fn a_hash_stands_for_one_body() {
        let hash = async |body: &'static str| {
            let (request, mut payload) = json().set_payload(body).to_http_parts();
            HashedJson::<Inner>::from_request(&request, &mut payload)
                .await
                .map(|json| (json.value.family, json.body_hash))
        };
        let (family, first) = hash(r#"{"family":"a"}"#).await.unwrap();
        assert_eq!((family.as_str(), first), ("a", hash(r#"{"family":"a"}"#).await.unwrap().1));
        assert_ne!(first, hash(r#"{"family":"b"}"#).await.unwrap().1);
        assert_eq!(hash(r#"{"family":""}"#).await.unwrap_err().code(), ProblemCode::InvalidBody);
    }

    #[actix_web::test]
    async fn only_plain_json_is_taken() {
        let body = r#"{"family":"a"}"#;
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""] {
            let request = TestRequest::post().insert_header(("content-type", good)).set_payload(body);
            assert!(sent(request).await.is_ok(), "{good}");
        }
        for bad in ["text/plain", "application/json; charset=latin1", "application/jsonp", "", "multipart/form-data"] {
            let request = TestRequest::post().insert_header(("content-type", bad)).set_payload(body);
            assert_eq!(sent(request).await.unwrap_err().code(), ProblemCode::MediaTypeUnsupported, "{bad}");
        }
        let without = sent(TestRequest::post().set_payload(body)).await.unwrap_err();
        assert_eq!(without.code(), ProblemCode::MediaTypeUnsupported);
        let zipped = sent(json().insert_header(("content-encoding", "gzip")).set_payload(body)).await.unwrap_err();
        assert_eq!(zipped.code(), ProblemCode::MediaTypeUnsupported);
    }

    #[actix_web::test]
    async fn a_body_is_bounded_whether_it_says_its_length_or_not() {
        let limits = BodyLimits { bytes: 14, timeout: Duration::from_secs(1) };
        let exact = sent(json().app_data(limits).set_payload(r#"{"family":"a"}"#)).await;
        assert!(exact.is_ok());
        let over = sent(json().app_data(limits).set_payload(r#"{"family":"ab"}"#)).await.unwrap_err();
        assert_eq!(over.code(), ProblemCode::BodyTooLarge);
        let announced = sent(json().app_data(limits).insert_header(("content-length", "15"))).await.unwrap_err();
        assert_eq!(announced.code(), ProblemCode::BodyTooLarge);
    }

    #[actix_web::test]
    async fn a_body_that_never_ends_is_given_up() {
        let limits = BodyLimits { bytes: 100, timeout: Duration::from_millis(20) };
        let request = json().app_data(limits).to_http_request();
        let endless = futures_util::stream::pending::<Result<Bytes, PayloadError>>();
        let endless: Pin<Box<dyn futures_util::Stream<Item = _>>> = Box::pin(endless);
        let mut payload = Payload::from(endless);
        let refused = ValidJson::<Inner>::from_request(&request, &mut payload).await.unwrap_err();
        assert_eq!(refused.code(), ProblemCode::RequestTimeout);
    }
}
