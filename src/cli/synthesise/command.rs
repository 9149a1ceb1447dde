//! The arguments of `child-index synthesise`.

use std::io;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::synthesise;
use crate::app::clock::Clock;
use crate::cli::Failed;

/// Writes a synthetic population.
#[derive(Debug, Args)]
pub struct SynthesiseCommand {
    /// How many children.
    #[arg(long)]
    children: u64,
    /// The seed: the same seed on the same day makes the same families.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// The day on which the children have their ages; today where absent.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
}

impl SynthesiseCommand {
    pub(in crate::cli) fn run(self) -> Result<ExitCode, Failed> {
        let today = self.today.unwrap_or_else(|| Clock::System.now().day());
        match synthesise(self.children, self.seed, today, io::stdout().lock()) {
            // Whoever read has seen enough (`| head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            outcome => Ok(outcome.map(|()| ExitCode::SUCCESS)?),
        }
    }
}
