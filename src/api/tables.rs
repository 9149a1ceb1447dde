//! What operations are written down in: the application that serves them, or the document that describes them. Each is made
//! from the same table, and an application pays for no description.

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{OpenApiFactory, scope};

use super::auth;

/// A table of operations: [`super::Operations`] but in tests, which add some of their own.
pub trait RouteTable: 'static {
    /// Writes every operation down.
    fn write(routes: &mut impl Routes);
}

/// Where operations are written down.
pub trait Routes {
    /// One operation.
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, operation: F) -> &mut Self;

    /// Operations below a path, behind the token check.
    fn guarded<T: RouteTable>(&mut self, path: &'static str) -> &mut Self;
}

impl Routes for web::ServiceConfig {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, operation: F) -> &mut Self {
        self.service(operation)
    }

    fn guarded<T: RouteTable>(&mut self, path: &'static str) -> &mut Self {
        self.service(web::scope(path).configure(|routes| T::write(routes)).wrap(from_fn(auth::authenticate)))
    }
}

impl Routes for ServiceConfig<'_> {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, operation: F) -> &mut Self {
        self.service(operation)
    }

    fn guarded<T: RouteTable>(&mut self, path: &'static str) -> &mut Self {
        self.service(scope::scope(path).configure(|routes| T::write(routes)).wrap(from_fn(auth::authenticate)))
    }
}
