//! `child-index demo`: one command to see it work on a synthetic population, in a folder of its own.

mod assessments;
mod child_teams;
mod enquiries;
mod leads;
mod localities;
mod page;
mod panels;
mod partnerships;
mod population;
mod transfers;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use actix_web::rt::System;
use clap::Args;

use super::places::Place;
use super::{Failed, serve};
use crate::config::LogFormat;

/// Made and served with nothing but this.
#[derive(Debug, Args)]
pub(super) struct DemoCommand {
    /// How many children; a folder that is filled already keeps its own.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(200..=2_000_000))]
    children: u64,
    /// The seed of the population: the same seed makes the same families.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    bind: SocketAddr,
    /// The folder that holds everything the demo makes.
    #[arg(long, default_value = "child-index-demo", value_name = "DIR")]
    dir: PathBuf,
    /// Lift rate and trawling budgets; for load tests.
    #[arg(long)]
    no_limits: bool,
    /// Work on this PostgreSQL database instead of the folder's own; it is migrated and filled where it is empty.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl DemoCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        if !self.bind.ip().is_loopback() {
            return Err("a demo hands out tokens to whoever reads its folder, so it listens on this machine only: \
                        give --bind a loopback address such as 127.0.0.1:8080"
                .into());
        }
        let mut place = Place::of_demo(&self.dir)?;
        if let Some(url) = &self.database {
            place.use_database(url)?;
        }
        place.settings.server.bind = self.bind;
        place.settings.limits.lifted = self.no_limits;
        place.settings.log.format = LogFormat::Plain;
        place.settings.log.level = "warn".to_owned();
        serve::logs(&place.settings.log)?;
        let demo = population::prepare(&place, self.children, self.seed)?;
        System::new().block_on(async move {
            let service = serve::start(&place).await?;
            let url = service.server.url();
            let page = page::write(&place, &self.dir, &demo, &url)?;
            super::output::say(page);
            service.run().await
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a file that nobody else can read.
fn write_private(path: &std::path::Path, text: &str) -> Result<(), Failed> {
    let unwritable = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    fs::write(path, text).map_err(unwritable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(unwritable)?;
    }
    Ok(())
}
