//! What every handler may use, handed to the application as `web::Data<ApiState>`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::api::auth::{RefusedToken, Verifier};
use crate::api::headers::Transport;
use crate::app::Index;
use crate::telemetry::Metrics;

/// Answers whether the service can do its work: the wiring knows what that takes.
pub type ReadinessProbe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// Told of refused tokens whose signature is good, to record them. Must not block: it is called while the caller waits
/// for the refusal.
pub type RefusedTokenSink = Arc<dyn Fn(RefusedToken) + Send + Sync>;

/// The state of the HTTP rim.
pub struct ApiState {
    /// The index: every operation asks it and nothing else.
    pub index: Index,
    /// Verifies bearer tokens.
    pub verifier: Verifier,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// Told of refused tokens of known issuers, where the wiring records them.
    pub refused_tokens: Option<RefusedTokenSink>,
    /// How callers reach the service.
    pub transport: Transport,
    /// Asked by `GET /health/ready`.
    pub ready: ReadinessProbe,
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
