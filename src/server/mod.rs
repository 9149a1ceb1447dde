//! Builds the service from its parts and runs it until it is told to stop.

mod application;
mod index_settings;
mod issuers;
mod key_sources;
mod key_writing;
mod log_keys;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::web::Data;

use crate::api::extract::BodyLimits;
use crate::api::headers::Transport;
use crate::api::state::ApiState;
use crate::config::{LimitSettings, ServerSettings, SettingsError};

pub use application::{Described, Shared, application};
pub use index_settings::{index_settings, open_search_key};
pub use issuers::{open_local_issuer, verifier};
pub use key_sources::{FileKeys, HttpKeys};
pub use log_keys::{FileLogKeys, HighWaterFile, HttpWitness, publisher};

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may take to close.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the service could not be started.
#[derive(Debug)]
pub enum ServerError {
    /// The settings cannot be used.
    Settings(SettingsError),
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// A certificate or key cannot be used; says which and why.
    Tls(String),
    /// The keys of an issuer cannot be used; says which and why.
    Issuer(String),
    /// The search key cannot be used; says why and what to do.
    SearchKey(String),
    /// The document cannot be written.
    Document(serde_json::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Listen(address, error) => write!(f, "{address} cannot be listened on: {error}"),
            Self::Tls(reason) | Self::Issuer(reason) | Self::SearchKey(reason) => f.write_str(reason),
            Self::Document(error) => write!(f, "the OpenAPI document cannot be written: {error}"),
        }
    }
}

impl std::error::Error for ServerError {}

impl From<SettingsError> for ServerError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

/// How callers reach a service with these settings.
pub fn transport(settings: &ServerSettings) -> Transport {
    Transport {
        tls: settings.is_reached_over_tls(),
        trusted_peers: settings.behind_proxy.then(|| settings.trusted_proxies.clone()),
    }
}

/// The service, listening.
pub struct Server {
    running: actix_web::dev::Server,
    address: SocketAddr,
    scheme: &'static str,
}

impl Server {
    /// Listens and answers with the operations that are described. Must be called inside an actix system.
    ///
    /// # Errors
    /// When the address is taken or a certificate cannot be used.
    pub fn build(
        settings: &ServerSettings,
        limits: &LimitSettings,
        state: ApiState,
        described: Described,
    ) -> Result<Self, ServerError> {
        let tls = tls::server_config(settings)?;
        let body = BodyLimits { bytes: limits.body_bytes, timeout: Duration::from_secs(settings.body_timeout_seconds) };
        let shared = Shared { state: Data::new(state), body, described };
        let workers =
            settings.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, NonZero::get)).max(1);
        let server = HttpServer::new(move || application(&shared))
            .workers(workers)
            // The framework counts for each thread.
            .max_connections(settings.max_connections.div_ceil(workers).max(1))
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .tls_handshake_timeout(HANDSHAKE_TIMEOUT)
            .shutdown_timeout(settings.shutdown_seconds)
            .disable_signals();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let bound = match tls {
            Some(tls) => server.bind_rustls_0_23(settings.bind, tls),
            None => server.bind(settings.bind),
        };
        let server = bound.map_err(|error| ServerError::Listen(settings.bind, error))?;
        // With port 0 the system chose one.
        let address = server.addrs().first().copied().unwrap_or(settings.bind);
        Ok(Self { running: server.run(), address, scheme })
    }

    /// Where the service listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to call, for example `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Stops the service from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.running.handle()
    }

    /// Answers requests until SIGTERM, SIGINT or [`Server::handle`] says stop; then lets those under way finish.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        let handle = self.running.handle();
        let asked = async move {
            asked_to_stop().await;
            tracing::info!("stopping: letting requests under way finish");
            handle.stop(true).await;
        };
        let mut running = self.running;
        tokio::select! {
            outcome = &mut running => return outcome,
            () = asked => {}
        }
        running.await
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// Returns when the process is asked to stop.
#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; the service runs until it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Returns when the process is asked to stop.
#[cfg(not(unix))]
async fn asked_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
