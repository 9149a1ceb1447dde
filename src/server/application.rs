//! The application one thread serves: the route table, the pages, and the middleware around them, in order.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpResponse};
use tracing_actix_web::TracingLogger;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::ServerError;
use crate::api::extract::BodyLimits;
use crate::api::openapi::RenderedDocument;
use crate::api::paths::KnownPaths;
use crate::api::problems::{Problem, ProblemCode};
use crate::api::state::ApiState;
use crate::api::tables::RouteTable;
use crate::api::{headers, openapi, watch};
use crate::telemetry::RequestSpan;

/// Pages for people, which are no operations.
const PAGES: [&str; 2] = ["/docs", "/docs/{page:.*}"];

/// A route table with its description, made once and shared by the threads.
#[derive(Clone)]
pub struct Described {
    write: fn(&mut web::ServiceConfig),
    paths: Data<KnownPaths>,
    document: Data<RenderedDocument>,
}

impl Described {
    /// Describes a route table. Costs some ten milliseconds, in which something else can be done.
    ///
    /// # Errors
    /// When the document cannot be written.
    pub fn new<T: RouteTable>() -> Result<Self, ServerError> {
        let document = openapi::document::<T>();
        let paths = Data::new(KnownPaths::of(&document, &PAGES));
        let document = RenderedDocument::new(&document).map_err(ServerError::Document)?;
        Ok(Self { write: T::write, paths, document: Data::new(document) })
    }
}

/// What the threads share.
#[derive(Clone)]
pub struct Shared {
    /// What the operations work on.
    pub state: Data<ApiState>,
    /// How much a request may hold.
    pub body: BodyLimits,
    /// The operations.
    pub described: Described,
}

/// The application, for one thread.
///
/// From the outside in: `frame` gives every answer its id, headers and problem document; the span logs one line; `measure`
/// counts, times and catches panics; `refuse` turns away unknown paths and wrong methods before anything is read; then the
/// router, with the token check around `/v1`.
pub fn application(
    shared: &Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(Data::clone(&shared.state))
        .app_data(Data::clone(&shared.described.paths))
        .app_data(Data::clone(&shared.described.document))
        .app_data(shared.body)
        .configure(shared.described.write)
        .service(web::redirect("/docs", "/docs/"))
        .service(SwaggerUi::new("/docs/{page:.*}").config(Config::from("/openapi.json").validator_url("none")))
        .default_service(web::to(unknown_path))
        .wrap(from_fn(headers::refuse))
        .wrap(from_fn(watch::measure))
        .wrap(TracingLogger::<RequestSpan>::new())
        .wrap(from_fn(headers::frame))
}

/// Reached only by what the table of paths let through and the router does not know.
async fn unknown_path() -> Result<HttpResponse, Problem> {
    Err(ProblemCode::PathUnknown.into())
}
