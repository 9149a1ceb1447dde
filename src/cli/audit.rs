//! `child-index audit`: re-derives the whole audit log from its raw rows.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failed;
use super::operators::{Desk, operator};
use super::output::{complain, say};
use super::places::PlaceArgs;
use crate::app::operators;
use crate::domain::index_numbers::IndexNumber;
use crate::store::audit::{self, VerifyError};
use crate::store::connections::{AnyConnection, Purpose};

#[derive(Debug, Args)]
pub(super) struct AuditCommand {
    #[command(subcommand)]
    action: AuditAction,
}

#[derive(Debug, Subcommand)]
enum AuditAction {
    /// Mark a child's record as a decoy: it stands for nobody, and whoever opens it raises an alert.
    Decoy {
        /// Its index number.
        number: IndexNumber,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Re-derive the log; exit 0 if it is whole, 1 with the first finding if not.
    Verify {
        #[command(flatten)]
        place: PlaceArgs,
    },
}

impl AuditCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        match self.action {
            AuditAction::Verify { place } => verify(&place),
            AuditAction::Decoy { number, place } => decoy(&place, number),
        }
    }
}

fn decoy(place: &PlaceArgs, number: IndexNumber) -> Result<ExitCode, Failed> {
    let desk = Desk::open(&place.open()?)?;
    desk.wait(async |recorder| operators::mark_decoy(recorder, operator("audit decoy"), number).await)?;
    say("marked");
    Ok(ExitCode::SUCCESS)
}

fn verify(place: &PlaceArgs) -> Result<ExitCode, Failed> {
    let place = place.open()?;
    let mut conn = AnyConnection::open(&place.url, Purpose::Maintain)?;
    match audit::verify(&mut conn, &[]) {
        Ok(summary) => {
            say(summary);
            Ok(ExitCode::SUCCESS)
        }
        Err(VerifyError::Found(finding)) => {
            complain(finding);
            Ok(ExitCode::FAILURE)
        }
        Err(VerifyError::Store(error)) => Err(error.into()),
    }
}
