//! The OpenAPI document: built once from the route table, and completed with what is true of every operation.

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, Responder, get};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{OpenApi as _, PartialSchema as _, ToSchema as _};
use utoipa_actix_web::AppExt as _;

use super::checkpoints::OPEN_PATHS;
use super::problems::{ProblemBody, ProblemCode, ProblemItem};
use super::tables::RouteTable;

/// Name of the security scheme in the document.
const BEARER: &str = "bearer";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Child Index",
        description = "Who else is working with this child, and how do I reach them?\n\nA minimal index of children and \
                       the professionals involved with each. Every access states its reason and is recorded before \
                       anything is disclosed.",
    ),
    tags(
        (name = "children", description = "Find a child and see who is involved."),
        (name = "involvements", description = "Who works with a child, from when to when, and how to reach them."),
        (name = "lead professionals", description = "Who leads, and how the lead is handed over."),
        (name = "child teams", description = "The team around a child, its reviews and its meetings."),
        (name = "localities", description = "Which team serves a child, and what becomes of its children when a boundary moves."),
        (name = "panels", description = "Panels of an area, and a coded decision for each child on their agendas."),
        (name = "shields", description = "Hide a child whom being found could harm, and decide how long."),
        (name = "cases", description = "What an area's management team has open."),
        (name = "brokered contact", description = "Being put in touch with a service that is withheld."),
        (name = "organisations", description = "Organisations, their teams and how to reach them."),
        (name = "partnerships", description = "Member organisations, and the agreements on what their entries show."),
        (name = "accounts", description = "Who may do what."),
        (name = "audit", description = "Who looked at what, when and why."),
        (name = "operations", description = "Running the service."),
    )
)]
struct Base;

/// The document as served: rendered once.
#[derive(Debug, Clone)]
pub struct RenderedDocument(Bytes);

impl RenderedDocument {
    /// Renders a document.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which a document of this crate always can.
    pub fn new(document: &OpenApi) -> Result<Self, serde_json::Error> {
        Ok(Self(serde_json::to_vec(document)?.into()))
    }
}

/// This document
///
/// The contract of every operation, OpenAPI 3.1. The same text as `child-index openapi` prints.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The document.", body = serde_json::Value))
)]
#[get("/openapi.json")]
pub async fn get_openapi_document(document: Data<RenderedDocument>) -> impl Responder {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}

/// Builds the document of a route table, which is [`super::Operations`] but in tests. Costs some ten milliseconds and as many
/// megabytes: build it once.
pub fn document<T: RouteTable>() -> OpenApi {
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(Base::openapi()).configure(|routes| T::write(routes)).split_for_parts();
    complete(&mut document);
    document
}

/// Adds what every operation shares, so that no handler has to repeat it: the token, the refusals any request can meet,
/// and the headers of every answer.
fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    components.security_schemes.insert(BEARER.to_owned(), RefOr::T(bearer_scheme()));
    let mut schemas = vec![
        (ProblemBody::name().into_owned(), ProblemBody::schema()),
        (ProblemCode::name().into_owned(), ProblemCode::schema()),
        (ProblemItem::name().into_owned(), ProblemItem::schema()),
    ];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for (path, item) in &mut document.paths.paths {
        let is_guarded = is_guarded(path);
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let bearer = is_guarded.then(|| SecurityRequirement::new(BEARER, Vec::<String>::new()));
            operation.security = Some(bearer.into_iter().collect());
            complete_operation(operation, is_guarded, path.starts_with("/v1/"));
        }
    }
}

/// Whether a path of the document is behind the token check.
fn is_guarded(path: &str) -> bool {
    path.starts_with("/v1/") && !OPEN_PATHS.contains(&path)
}

fn bearer_scheme() -> SecurityScheme {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.bearer_format = Some("JWT (RFC 9068, typ at+jwt)".to_owned());
    scheme.description =
        Some("An access token of a configured issuer. It says who; the account here says what.".to_owned());
    SecurityScheme::Http(scheme)
}

fn complete_operation(operation: &mut Operation, is_guarded: bool, is_of_the_index: bool) {
    let mut refusals = shared_refusals(operation, is_guarded);
    if is_of_the_index {
        refusals.extend([ProblemCode::Busy, ProblemCode::InvalidParameter]);
    }
    for code in refusals {
        let status = code.status().as_str().to_owned();
        operation.responses.responses.entry(status).or_insert_with(|| RefOr::T(refusal(code)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            if is_guarded && is_recorded(status) {
                let header = || RefOr::T(header_of("Names the durable record of this access.", None));
                response.headers.entry("Audit-Receipt".to_owned()).or_insert_with(header);
            }
            let header =
                || RefOr::T(header_of("The request's id, to quote when asking for help.", Some(KnownFormat::Uuid)));
            response.headers.entry("X-Request-ID".to_owned()).or_insert_with(header);
        }
    }
}

/// Whether an answer of this status can be a decision, which is recorded; the others turn a request away unread.
fn is_recorded(status: &str) -> bool {
    status.starts_with('2') || ["401", "403", "404", "409", "412", "422", "429"].contains(&status)
}

/// The refusals that the rim itself can answer an operation with.
fn shared_refusals(operation: &Operation, is_guarded: bool) -> Vec<ProblemCode> {
    let mut codes = vec![ProblemCode::Internal];
    if is_guarded {
        codes.extend([ProblemCode::TokenInvalid, ProblemCode::Forbidden, ProblemCode::RateLimited, ProblemCode::Busy]);
    }
    if operation.request_body.is_some() {
        codes.extend([
            ProblemCode::MalformedJson,
            ProblemCode::RequestTimeout,
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::InvalidBody,
        ]);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        match (&parameter.parameter_in, parameter.name.to_ascii_lowercase().as_str()) {
            (ParameterIn::Header, "if-match") => codes.extend([
                ProblemCode::MalformedHeader,
                ProblemCode::PreconditionFailed,
                ProblemCode::PreconditionRequired,
            ]),
            (ParameterIn::Header, _) => codes.push(ProblemCode::MalformedHeader),
            (ParameterIn::Path, _) => codes.extend([ProblemCode::InvalidParameter, ProblemCode::NotFound]),
            _ => codes.push(ProblemCode::InvalidParameter),
        }
    }
    codes
}

fn refusal(code: ProblemCode) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let response = ResponseBuilder::new().description(code.title()).content("application/problem+json", body);
    match code {
        ProblemCode::TokenInvalid => response.header("WWW-Authenticate", header_of("What token is needed.", None)),
        ProblemCode::RateLimited | ProblemCode::Busy => {
            let mut after = header_of("Seconds to wait.", None);
            after.schema = Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into());
            response.header("Retry-After", after)
        }
        _ => response,
    }
    .build()
}

fn header_of(description: &str, format: Option<KnownFormat>) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String).format(format.map(SchemaFormat::KnownFormat));
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}

/// Every operation of a document: path, method as sent, and the operation.
pub fn operations(document: &OpenApi) -> impl Iterator<Item = (&str, &'static str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("PATCH", &item.patch), ("DELETE", &item.delete)]
            .into_iter()
            .filter_map(move |(method, operation)| Some((path.as_str(), method, operation.as_ref()?)))
    })
}

#[cfg(test)]
pub(in crate::api) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The example that a body's schema gives, read as a request's body is.
    pub(in crate::api) fn example<T>() -> T
    where
        T: utoipa::PartialSchema + serde::de::DeserializeOwned + validator::Validate,
    {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let example = schema.get("example").unwrap().to_string();
        crate::api::extract::parse_body(example.as_bytes()).unwrap()
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag() {
        let document = document::<crate::api::Operations>();
        let mut names = BTreeSet::new();
        for (path, _, operation) in operations(&document) {
            let name = operation.operation_id.clone().unwrap();
            assert!(name.contains('_'), "{name} is a verb and a noun");
            assert!(names.insert(name.clone()), "{name} is taken twice");
            assert!(operation.summary.as_ref().is_some_and(|summary| !summary.is_empty()), "{path}");
            assert_eq!(operation.tags.as_ref().map(Vec::len), Some(1), "{path}");
        }
        assert!(names.contains("get_health_live") && names.contains("get_health_ready"));
    }

    #[test]
    fn what_every_operation_can_answer_is_documented() {
        let document = document::<crate::api::Operations>();
        for (path, _, operation) in operations(&document) {
            let statuses: BTreeSet<_> = operation.responses.responses.keys().map(String::as_str).collect();
            assert!(statuses.contains("500"), "{path}");
            if is_guarded(path) {
                assert!(["401", "403", "429", "503"].iter().all(|status| statuses.contains(status)), "{path}");
            }
        }
    }

    #[test]
    fn what_may_be_done_for_a_caller_is_what_takes_the_header() {
        let document = document::<crate::api::Operations>();
        let takes = |operation: &Operation| {
            let parameters = operation.parameters.iter().flatten();
            parameters.into_iter().any(|each| matches!(each, RefOr::T(each) if each.name == "On-Behalf-Of"))
        };
        let documented: BTreeSet<_> =
            operations(&document).filter(|(.., each)| takes(each)).map(|(path, method, _)| (method, path)).collect();
        assert_eq!(documented, BTreeSet::from(crate::api::auth::MEDIATED));
    }

    #[test]
    fn references_lead_somewhere() {
        let text = serde_json::to_string(&document::<crate::api::Operations>()).unwrap();
        let schemas = document::<crate::api::Operations>().components.unwrap().schemas;
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
