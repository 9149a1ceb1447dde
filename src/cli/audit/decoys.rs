//! `child-index audit decoy`: a record that stands for nobody, so that whoever opens it gives themselves away.

use std::process::ExitCode;

use clap::Args;

use crate::app::operators;
use crate::cli::Failed;
use crate::cli::operators::{Desk, operator};
use crate::cli::output::say;
use crate::cli::places::PlaceArgs;
use crate::domain::index_numbers::IndexNumber;

#[derive(Debug, Args)]
pub(super) struct DecoyArgs {
    /// Its index number.
    number: IndexNumber,
    #[command(flatten)]
    place: PlaceArgs,
}

impl DecoyArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let desk = Desk::open(&self.place.open()?)?;
        desk.wait(async |recorder| operators::mark_decoy(recorder, operator("audit decoy"), self.number).await)?;
        say("marked");
        Ok(ExitCode::SUCCESS)
    }
}
