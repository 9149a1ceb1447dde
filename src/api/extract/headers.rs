//! Request headers with a meaning: `Access-Reason`, `Legal-Purpose`, `Idempotency-Key` and `If-Match`, each read once
//! and refused when unreadable.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::domain::codes::UnknownCode;
use crate::domain::policy::LegalPurpose;
use crate::domain::reasons::AccessReason;
use crate::domain::verification_codes::{NotACode, OnBehalf};

/// Longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_LENGTH: usize = 128;

/// Longest `If-Match` list that is read, in entity tags.
const MOST_TAGS: usize = 16;

/// The text of a header that may be sent at most once.
///
/// # Errors
/// `400 malformed-header` when it was sent twice or is not visible ASCII: two readers could then disagree about it.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(malformed(name, "must be sent once"));
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| malformed(name, "must be visible ASCII characters"))
}

fn malformed(name: &HeaderName, message: &'static str) -> Problem {
    let item = ProblemItem::in_parameter(name.as_str().to_owned(), "wrong-form", message);
    Problem::new(ProblemCode::MalformedHeader).item(item)
}

/// The reason stated for an access; taken by every operation on a child. Missing is `400 access-reason-missing`,
/// unknown is `400 access-reason-unknown` and names the known ones.
impl FromRequest for AccessReason {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const NAME: HeaderName = HeaderName::from_static("access-reason");
        let read = || {
            let stated = single(request.headers(), &NAME)?.filter(|code| !code.is_empty());
            let Some(code) = stated else { return Err(Problem::new(ProblemCode::AccessReasonMissing)) };
            code.parse::<Self>().map_err(|unknown| {
                let item = ProblemItem::in_parameter("Access-Reason", "unknown-code", unknown.to_string());
                Problem::new(ProblemCode::AccessReasonUnknown).item(item)
            })
        };
        ready(read())
    }
}

/// The legal purpose named for opening an archived record, where the caller sent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalPurposeHeader(pub Option<LegalPurpose>);

impl FromRequest for LegalPurposeHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const NAME: HeaderName = HeaderName::from_static("legal-purpose");
        let read = || {
            let Some(code) = single(request.headers(), &NAME)? else { return Ok(Self(None)) };
            code.parse().map(|purpose| Self(Some(purpose))).map_err(|unknown: UnknownCode| {
                let item = ProblemItem::in_parameter("Legal-Purpose", "unknown-code", unknown.to_string());
                Problem::new(ProblemCode::MalformedHeader).item(item)
            })
        };
        ready(read())
    }
}

/// The caller somebody looks up for and the code they said, where either was sent. Whether the code is right, and whether
/// both were sent, is decided and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnBehalfOfHeader(pub Option<OnBehalf>);

impl FromRequest for OnBehalfOfHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const CALLER: HeaderName = HeaderName::from_static("on-behalf-of");
        const CODE: HeaderName = HeaderName::from_static("verification-code");
        let read = || {
            let caller = single(request.headers(), &CALLER)?.map(|text| {
                let hyphenated = Some(text).filter(|text| text.len() == 36);
                let id = hyphenated.and_then(|text| text.parse().ok());
                id.ok_or_else(|| malformed(&CALLER, "must be the id of an account, a UUID with hyphens"))
            });
            let code = single(request.headers(), &CODE)?
                .map(|text| text.parse().map_err(|_: NotACode| malformed(&CODE, "must be eight digits, as 4829 1736")));
            let (caller, code) = (caller.transpose()?, code.transpose()?);
            Ok(Self((caller.is_some() || code.is_some()).then_some(OnBehalf { caller, code })))
        };
        ready(read())
    }
}

/// The key that makes a creation repeatable, where the caller sent one: 1 to 128 letters, digits and `-._~:`.
///
/// Take this type and never `Option<…>` of an extractor: the framework turns an unreadable header into `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const NAME: HeaderName = HeaderName::from_static("idempotency-key");
        let read = || {
            let Some(text) = single(request.headers(), &NAME)? else { return Ok(Self(None)) };
            // The header's draft writes a quoted string; most clients send it bare.
            let key = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:".contains(c);
            if key.is_empty() || key.len() > IDEMPOTENCY_KEY_LENGTH || !key.chars().all(allowed) {
                return Err(malformed(&NAME, "must be 1 to 128 letters, digits or any of -._~:"));
            }
            Ok(Self(Some(key.to_owned())))
        };
        ready(read())
    }
}

/// The versions a change may be applied to; required wherever it is taken.
///
/// `428` without the header and for `*`, which would accept a version nobody read; `400` when unreadable. The
/// operation answers `412 precondition-failed` unless [`IfMatch::accepts`] the current version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Vec<String>);

impl IfMatch {
    /// Whether the current version is among those named. `etag` is written as in the header `ETag`, quotes included.
    pub fn accepts(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == etag)
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = || {
            let Some(text) = single(request.headers(), &header::IF_MATCH)?.filter(|text| !text.is_empty()) else {
                return Err(Problem::new(ProblemCode::PreconditionRequired));
            };
            if text == "*" {
                return Err(Problem::new(ProblemCode::PreconditionRequired).detail("Name the ETag that you read."));
            }
            let tags = text.split(',').map(|tag| strong_or_weak(tag.trim())).collect::<Option<Vec<_>>>();
            match tags {
                Some(tags) if tags.len() <= MOST_TAGS => Ok(Self(tags.into_iter().flatten().collect())),
                _ => Err(malformed(&header::IF_MATCH, "must be entity tags as sent in ETag, with their quotes")),
            }
        };
        ready(read())
    }
}

/// A strong tag as written; nothing for a weak one, which never matches (RFC 9110, 13.1.1); `None` for neither.
fn strong_or_weak(tag: &str) -> Option<Option<String>> {
    let (weak, quoted) = tag.strip_prefix("W/").map_or((false, tag), |quoted| (true, quoted));
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let allowed = |c: char| c.is_ascii_graphic() && c != '"';
    inner.chars().all(allowed).then(|| (!weak).then(|| quoted.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    async fn take<T: FromRequest<Error = Problem>>(headers: &[(&str, &str)]) -> Result<T, (u16, String)> {
        let mut request = TestRequest::default();
        for header in headers {
            request = request.append_header(*header);
        }
        let taken = T::from_request(&request.to_http_request(), &mut Payload::None).await;
        taken.map_err(|problem| (problem.code().status().as_u16(), problem.code().code().to_owned()))
    }

    #[actix_web::test]
    async fn a_reason_must_be_stated_and_known() {
        for reason in AccessReason::ALL {
            assert_eq!(take::<AccessReason>(&[("Access-Reason", reason.code())]).await, Ok(*reason));
        }
        for without in [vec![], vec![("Access-Reason", "")], vec![("Access-Reason", " ")]] {
            assert_eq!(take::<AccessReason>(&without).await, Err((400, "access-reason-missing".to_owned())));
        }
        for unknown in ["curiosity", "Safeguarding", "safeguarding, audit", "early_help"] {
            let refused = take::<AccessReason>(&[("Access-Reason", unknown)]).await;
            assert_eq!(refused, Err((400, "access-reason-unknown".to_owned())));
        }
        let twice = [("Access-Reason", "audit"), ("Access-Reason", "safeguarding")];
        assert_eq!(take::<AccessReason>(&twice).await, Err((400, "malformed-header".to_owned())));
    }

    #[actix_web::test]
    async fn who_is_looked_up_for_is_an_account_and_a_code() {
        let id = "0191d3a0-5f5e-7cc0-8000-0123456789ab";
        let call = |caller: Option<&str>, code: Option<&str>| {
            Ok(OnBehalfOfHeader(Some(OnBehalf {
                caller: caller.map(|id| id.parse().unwrap()),
                code: code.map(|code| code.parse().unwrap()),
            })))
        };
        let (caller, code) = (("On-Behalf-Of", id), ("Verification-Code", "4829 1736"));
        assert_eq!(take(&[caller, code]).await, call(Some(id), Some("48291736")));
        assert_eq!(take(&[caller]).await, call(Some(id), None));
        assert_eq!(take(&[code]).await, call(None, Some("4829-1736")));
        assert_eq!(take(&[]).await, Ok(OnBehalfOfHeader(None)));
        let refused = Err((400, "malformed-header".to_owned()));
        for bad in
            [("On-Behalf-Of", "Ada"), ("On-Behalf-Of", ""), ("Verification-Code", "4829"), ("Verification-Code", "")]
        {
            assert_eq!(take::<OnBehalfOfHeader>(&[bad]).await, refused, "{bad:?}");
        }
        assert_eq!(take::<OnBehalfOfHeader>(&[caller, caller]).await, refused);
    }

    #[actix_web::test]
    async fn an_idempotency_key_is_taken_refused_or_absent_and_never_lost() {
        for (sent, kept) in [("a-1_b:~.", "a-1_b:~."), ("\"quoted\"", "quoted"), (" x ", "x")] {
            let taken = take::<IdempotencyKey>(&[("Idempotency-Key", sent)]).await;
            assert_eq!(taken, Ok(IdempotencyKey(Some(kept.to_owned()))));
        }
        assert_eq!(take::<IdempotencyKey>(&[]).await, Ok(IdempotencyKey(None)));
        let long = "a".repeat(IDEMPOTENCY_KEY_LENGTH + 1);
        for bad in ["", "\"\"", "two words", "é", "a,b", long.as_str()] {
            let refused = take::<IdempotencyKey>(&[("Idempotency-Key", bad)]).await;
            assert_eq!(refused, Err((400, "malformed-header".to_owned())), "{bad}");
        }
        let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")];
        assert_eq!(take::<IdempotencyKey>(&twice).await, Err((400, "malformed-header".to_owned())));
    }

    #[actix_web::test]
    async fn if_match_is_required_and_compares_strongly() {
        let taken = take::<IfMatch>(&[("If-Match", "\"a\", W/\"b\" ,\"c\"")]).await.unwrap();
        assert!(taken.accepts("\"a\"") && taken.accepts("\"c\""));
        assert!(!taken.accepts("\"b\"") && !taken.accepts("W/\"b\"") && !taken.accepts("a"));
        for without in [vec![], vec![("If-Match", "*")], vec![("If-Match", "")]] {
            assert_eq!(take::<IfMatch>(&without).await, Err((428, "precondition-required".to_owned())));
        }
        let many = vec!["\"a\""; MOST_TAGS + 1].join(",");
        for bad in ["a", "\"a", "\"a\"b\"", "\"a\",,\"b\"", "\"é\"", many.as_str()] {
            assert_eq!(take::<IfMatch>(&[("If-Match", bad)]).await, Err((400, "malformed-header".to_owned())), "{bad}");
        }
        let twice = [("If-Match", "\"a\""), ("If-Match", "\"b\"")];
        assert_eq!(take::<IfMatch>(&twice).await, Err((400, "malformed-header".to_owned())));
    }
}
