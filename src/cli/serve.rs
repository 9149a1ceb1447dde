//! `child-index serve`: the wiring of the service, from settings to requests answered.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::System;
use clap::Args;
use tokio::time::MissedTickBehavior;

use super::Failed;
use super::places::{Place, PlaceArgs};
use crate::api::Operations;
use crate::api::auth::RefusedToken;
use crate::api::state::{ApiState, RefusedTokenSink};
use crate::app::Index;
use crate::app::clock::Clock;
use crate::app::publishing::Publisher;
use crate::app::watching::Watcher;
use crate::config::{LogFormat, LogSettings};
use crate::domain::audit::payloads::TokenFingerprint;
use crate::domain::visits::Identity;
use crate::server::{self, Described, Server};
use crate::store::locks::Hold;
use crate::store::pools::Pool;
use crate::store::recorder::Recorder;
use crate::store::replicas::Replica;
use crate::telemetry::{LogStyle, Metrics, start_logs};

/// How often the rules look at what the log has gained: within a minute of what caused them, alerts are there.
const WATCH: Duration = Duration::from_secs(15);
/// How often what has expired is forgotten.
const UPKEEP: Duration = Duration::from_secs(15 * 60);

/// How often it is looked whether a checkpoint is due.
const PUBLISHING: Duration = Duration::from_secs(1);
/// After so many attempts the reason for publishing nothing is said again.
const SAID_AGAIN: u32 = 60;

#[derive(Debug, Args)]
pub(super) struct ServeCommand {
    /// Lift rate and trawling budgets; for load tests.
    #[arg(long)]
    no_limits: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ServeCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let mut place = self.place.open()?;
        place.settings.limits.lifted = self.no_limits;
        logs(&place.settings.log)?;
        System::new().block_on(async move {
            let service = start(&place).await?;
            tracing::info!(url = service.server.url(), "serving");
            service.run().await
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Starts logs as configured.
///
/// # Errors
/// A sentence where the level cannot be read.
pub(super) fn logs(settings: &LogSettings) -> Result<(), Failed> {
    let style = match settings.format {
        LogFormat::Json => LogStyle::Json,
        LogFormat::Plain => LogStyle::Plain,
    };
    Ok(start_logs(style, &settings.level)?)
}

/// A service that listens.
pub(super) struct Service {
    /// The server.
    pub server: Server,
    index: Index,
    publisher: Option<Publisher>,
    _hold: Hold,
}

/// Opens the index of a place and listens. Must be called inside an actix system.
///
/// # Errors
/// A sentence that says what to mend: settings, schema, keys, address.
pub(super) async fn start(place: &Place) -> Result<Service, Failed> {
    // Meanwhile the index is opened.
    let described = actix_web::rt::task::spawn_blocking(Described::new::<Operations>);
    let index_settings = place.index_settings()?;
    let (conn, hold) = place.connect()?;
    drop(conn);
    let pool = Pool::open(&place.url, place.settings.database.pool)?;
    let recorder = Recorder::start(&place.url)?;
    let index = Index::new(pool, recorder, Clock::System, index_settings);
    if let Some(url) = &place.settings.database.read_url {
        index.read_from(Replica::new(&url.expose().parse()?, place.settings.database.pool));
    }
    index.record_start().await?;
    let mut publisher = server::publisher(&place.settings.audit, &index);
    match &mut publisher {
        Some(publisher) => attempt(publisher, &mut None).await,
        None => tracing::warn!("audit.key_file is not set: the audit log is kept but not signed"),
    }
    let state = ApiState {
        verifier: server::verifier(&place.settings.auth).await?,
        index: index.clone(),
        metrics: Metrics::new(),
        refused_tokens: Some(recording_refusals(&index)),
        transport: server::transport(&place.settings.server),
        ready: readiness(&index),
    };
    let server = Server::build(&place.settings.server, &place.settings.limits, state, described.await??)?;
    Ok(Service { server, index, publisher, _hold: hold })
}

/// Records refused tokens beside the answer, which tells nothing either way.
fn recording_refusals(index: &Index) -> RefusedTokenSink {
    let index = index.clone();
    Arc::new(move |refused: RefusedToken| {
        let index = index.clone();
        actix_web::rt::spawn(async move {
            let identity = Identity { issuer: refused.issuer.to_string(), subject: refused.subject.to_string() };
            let mut short = [0; 16];
            short.iter_mut().zip(refused.fingerprint.0).for_each(|(to, from)| *to = from);
            let recorded = index.record_refused_token(identity, TokenFingerprint(short), refused.reason).await;
            if let Err(failure) = recorded {
                tracing::warn!(%failure, "a refused token could not be recorded");
            }
        });
    })
}

fn readiness(index: &Index) -> crate::api::state::ReadinessProbe {
    let index = index.clone();
    Arc::new(move || {
        let index = index.clone();
        Box::pin(async move { index.is_ready().await })
    })
}

/// Publishes checkpoints for as long as the service runs.
async fn publish(mut publisher: Publisher) {
    let mut ticks = tokio::time::interval(PUBLISHING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = None;
    loop {
        ticks.tick().await;
        attempt(&mut publisher, &mut said).await;
    }
}

/// One attempt to publish. Why it failed is said once, and again after a while, not each second.
async fn attempt(publisher: &mut Publisher, said: &mut Option<(String, u32)>) {
    let Err(why) = publisher.tick().await else {
        if said.take().is_some() {
            tracing::warn!("the audit log is signed again");
        }
        return;
    };
    let why = why.to_string();
    let times = said.as_ref().filter(|(before, _)| *before == why).map_or(0, |(_, times)| times.saturating_add(1));
    if times.is_multiple_of(SAID_AGAIN) {
        tracing::error!(why, "no checkpoint was published");
    }
    *said = Some((why, times));
}

impl Service {
    /// Answers until told to stop.
    ///
    /// # Errors
    /// When the listener fails.
    pub(super) async fn run(self) -> Result<(), Failed> {
        let index = self.index.clone();
        let upkeep = actix_web::rt::spawn(async move {
            let mut ticks = tokio::time::interval(UPKEEP);
            loop {
                ticks.tick().await;
                if let Err(failure) = index.forget_expired().await {
                    tracing::warn!(%failure, "what has expired could not be forgotten");
                }
                if let Err(failure) = index.purge_due().await {
                    tracing::warn!(%failure, "records whose day has come could not be purged");
                }
            }
        });
        let publishing = self.publisher.map(|publisher| actix_web::rt::spawn(publish(publisher)));
        let watching = actix_web::rt::spawn(watch(self.index.clone()));
        let outcome = self.server.run_until_stopped().await;
        upkeep.abort();
        watching.abort();
        if let Some(publishing) = publishing {
            publishing.abort();
        }
        Ok(outcome?)
    }
}

/// Has the rules look at the log as long as the service runs.
async fn watch(index: Index) {
    let mut watcher = Watcher::default();
    let mut ticks = tokio::time::interval(WATCH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(failure) = watcher.look(&index).await {
            tracing::warn!(%failure, "the rules could not look at the log");
        }
    }
}
