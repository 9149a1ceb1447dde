//! `child-index audit`: verifying the log and what stands in it, exporting its rows, removing payloads in their time.

mod decoys;
mod receipts;
mod trust;
mod upkeep;
mod verifying;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failed;
use super::output::complain;

/// What a check exits with that could not be made: neither "whole" (0) nor "found" (1).
const UNCHECKED: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct AuditCommand {
    #[command(subcommand)]
    action: AuditAction,
}

#[derive(Debug, Subcommand)]
enum AuditAction {
    /// Re-derive the log; exit 0 if it is whole, 1 with the first finding if not, 2 where it could not be read.
    Verify(verifying::VerifyArgs),
    /// Check that an access was recorded: against a proof kept from the service, or against the log itself.
    CheckReceipt(receipts::ReceiptArgs),
    /// Mark a child's record as a decoy: it stands for nobody, and whoever opens it raises an alert.
    Decoy(decoys::DecoyArgs),
    /// Print the verifier keys of the log's checkpoints, for everybody who checks them.
    Key(trust::KeyArgs),
    /// Print the newest checkpoint that was signed.
    Checkpoint(trust::CheckpointArgs),
    /// Write the log's raw rows as JSON lines, payloads with personal data among them; recorded in the log.
    Export(upkeep::ExportArgs),
    /// Remove the payloads of events before a day; recorded in the log, whose proofs all still hold.
    Redact(upkeep::RedactArgs),
}

impl AuditCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        match self.action {
            AuditAction::Verify(args) => Ok(or_unchecked(args.run())),
            AuditAction::CheckReceipt(args) => Ok(or_unchecked(args.run())),
            AuditAction::Decoy(args) => args.run(),
            AuditAction::Key(args) => args.run(),
            AuditAction::Checkpoint(args) => args.run(),
            AuditAction::Export(args) => args.run(),
            AuditAction::Redact(args) => args.run(),
        }
    }
}

/// Keeps a check that failed from being taken for one that found something.
fn or_unchecked(outcome: Result<ExitCode, Failed>) -> ExitCode {
    outcome.unwrap_or_else(|failed| {
        complain(&failed);
        ExitCode::from(UNCHECKED)
    })
}
