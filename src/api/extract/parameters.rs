//! Parameters of the path and the query, with their own problems instead of the framework's.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::faults::{self, SerdeFault};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};

/// The parameters of the path, as a value for one and as a tuple or struct for several.
///
/// Refused with `422 invalid-parameter` when a parameter cannot be what it should be: a malformed identifier is the
/// same answer whether or not something exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathOf<T>(pub T);

impl<T> PathOf<T> {
    /// The parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for PathOf<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        #[expect(clippy::disallowed_types, reason = "this is what stands in for it")]
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        ready(path.map(|path| Self(path.into_inner())).map_err(|error| {
            let fault = SerdeFault::read(&error.to_string());
            // The framework does not say which one it was; with one parameter there is no doubt.
            let names = request.match_info().iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
            Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(
                names,
                fault.code,
                fault.message,
            ))
        }))
    }
}

/// The parameters of the query, checked: each known, said once, of the right type, and valid.
///
/// Refused with `422 invalid-parameter`. `T` carries `#[serde(deny_unknown_fields)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidQuery<T>(pub T);

impl<T> ValidQuery<T> {
    /// The checked parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for ValidQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Self))
    }
}

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T, Problem> {
    let refuse = |item| Problem::new(ProblemCode::InvalidParameter).item(item);
    let pairs = || form_urlencoded::parse(query.as_bytes());
    // U+FFFD stands where the bytes were not UTF-8.
    let unreadable = |text: &str| text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    if pairs().any(|(name, value)| unreadable(&name) || unreadable(&value)) {
        return Err(refuse(ProblemItem::in_parameter("", "wrong-form", "must be UTF-8 without control characters")));
    }
    let value: T = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs())).map_err(|error| {
        let fault = SerdeFault::read(&error.inner().to_string());
        let place = error.path().to_string();
        let name = fault.field.unwrap_or(if place == "." { String::new() } else { place });
        refuse(ProblemItem::in_parameter(name, fault.code, fault.message))
    })?;
    let Err(errors) = value.validate() else { return Ok(value) };
    let items = faults::validation_items(&errors).into_iter().map(|item| {
        let pointer = item.pointer.unwrap_or_default();
        ProblemItem::in_parameter(pointer.trim_start_matches('/').to_owned(), item.code, item.message)
    });
    Err(Problem::new(ProblemCode::InvalidParameter).items(items))
}

/// For an operation that takes no query at all: refuses one with `422 invalid-parameter`, because a parameter that
/// is silently ignored makes its sender believe in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if request.query_string().is_empty() {
            return ready(Ok(Self));
        }
        let item = ProblemItem::in_parameter("", "unknown-field", "this operation takes no query parameters");
        ready(Err(Problem::new(ProblemCode::InvalidParameter).item(item)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde::Deserialize;
    use uuid::Uuid;

    #[derive(Debug, PartialEq, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Page {
        #[validate(range(min = 1, max = 100))]
        limit: Option<u32>,
        #[validate(length(max = 8))]
        cursor: Option<String>,
    }

    #[test]
    fn a_good_query_is_taken() {
        assert_eq!(read_query::<Page>("").unwrap(), Page { limit: None, cursor: None });
        let page = read_query::<Page>("cursor=a%2Bb+c&limit=5").unwrap();
        assert_eq!(page, Page { limit: Some(5), cursor: Some("a+b c".to_owned()) });
    }

    #[test]
    fn each_fault_names_its_parameter() {
        for (query, parameter, code) in [
            ("page=2", "page", "unknown-field"),
            ("limit=1&limit=2", "limit", "duplicate-key"),
            ("limit=many", "limit", "wrong-form"),
            ("limit=-1", "limit", "wrong-form"),
            ("limit=0", "limit", "range"),
            ("cursor=123456789", "cursor", "length"),
            ("cursor=%00", "", "wrong-form"),
            ("cursor=%ff", "", "wrong-form"),
        ] {
            let problem = read_query::<Page>(query).unwrap_err();
            let item = &problem.body().errors[0];
            assert_eq!((item.parameter.as_deref(), item.code.as_ref()), (Some(parameter), code), "{query}");
            assert_eq!(problem.code().status(), 422);
        }
    }

    #[actix_web::test]
    async fn a_path_parameter_of_the_wrong_form_is_unprocessable_and_not_repeated() {
        let good = TestRequest::default().param("id", "0191d3a0-5f5e-7cc0-8000-000000000000").to_http_request();
        assert!(PathOf::<Uuid>::from_request(&good, &mut Payload::None).await.is_ok());
        let bad = TestRequest::default().param("id", "Okafor").to_http_request();
        let problem = PathOf::<Uuid>::from_request(&bad, &mut Payload::None).await.unwrap_err();
        assert_eq!(
            (problem.code(), problem.body().errors[0].parameter.as_deref()),
            (ProblemCode::InvalidParameter, Some("id"))
        );
        assert!(!serde_json::to_string(problem.body()).unwrap().contains("Okafor"));
        let number = TestRequest::default().param("number", "99999999999").to_http_request();
        assert!(PathOf::<u32>::from_request(&number, &mut Payload::None).await.is_err());
    }

    #[actix_web::test]
    async fn an_operation_without_a_query_takes_none() {
        let with = |uri: &str| TestRequest::with_uri(uri).to_http_request();
        assert!(NoQuery::from_request(&with("/v1/x"), &mut Payload::None).await.is_ok());
        assert!(NoQuery::from_request(&with("/v1/x?role=administrator"), &mut Payload::None).await.is_err());
    }
}
