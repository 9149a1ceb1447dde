//! The application one thread serves: the route table, the pages, and the middleware around them, in order.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpResponse};
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::ServerError;
use crate::api::extract::BodyLimits;
use crate::api::openapi::RenderedDocument;
use crate::api::paths::KnownPaths;
use crate::api::problems::{Problem, ProblemCode};
use crate::api::state::ApiState;
use crate::api::{ConfigureRoutes, headers, openapi, watch};
use crate::telemetry::RequestSpan;

/// Pages for people, which are no operations.
const PAGES: [&str; 2] = ["/docs", "/docs/{page:.*}"];

/// What the threads share.
#[derive(Clone)]
pub struct Shared {
    state: Data<ApiState>,
    paths: Data<KnownPaths>,
    document: Data<RenderedDocument>,
    body: BodyLimits,
    configure: ConfigureRoutes,
}

impl Shared {
    /// Builds the document and its table of paths, once.
    ///
    /// # Errors
    /// When the document cannot be written.
    pub fn new(state: Data<ApiState>, body: BodyLimits, configure: ConfigureRoutes) -> Result<Self, ServerError> {
        let document = openapi::document(configure);
        let paths = Data::new(KnownPaths::of(&document, &PAGES));
        let document = RenderedDocument::new(&document).map_err(ServerError::Document)?;
        Ok(Self { state, paths, document: Data::new(document), body, configure })
    }
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
    let (app, _) = App::new().into_utoipa_app().configure(shared.configure).split_for_parts();
    app.app_data(Data::clone(&shared.state))
        .app_data(Data::clone(&shared.paths))
        .app_data(Data::clone(&shared.document))
        .app_data(shared.body)
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
