//! `child-index migrate`: applies migrations to the configured database.

use std::process::ExitCode;

use clap::Args;

use super::Failed;
use super::output::say;
use super::places::PlaceArgs;
use crate::store::connections::{AnyConnection, Purpose};
use crate::store::migrations;

#[derive(Debug, Args)]
pub(super) struct MigrateCommand {
    #[command(flatten)]
    place: PlaceArgs,
}

impl MigrateCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let mut conn = AnyConnection::open(&place.url, Purpose::Maintain)?;
        let applied = migrations::migrate(&mut conn)?;
        for name in &applied {
            say(format_args!("applied {name}"));
        }
        if applied.is_empty() {
            say("nothing to apply: the schema is up to date");
        }
        Ok(ExitCode::SUCCESS)
    }
}
