//! `child-index audit export` and `audit redact`.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{Days, NaiveDate};
use clap::Args;

use super::trust::TrustArgs;
use crate::app::Recorded;
use crate::app::clock::Clock;
use crate::app::log_upkeep;
use crate::cli::Failed;
use crate::cli::operators::{Desk, operator};
use crate::cli::output::{note, say};
use crate::cli::places::{Place, PlaceArgs};
use crate::domain::instants::Instant;
use crate::store::audit::{self, Expectations, VerifyError};
use crate::store::connections::{AnyConnection, Purpose};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Where to write, a new file of mode 0600; standard output where absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ExportArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let desk = Desk::open(&place)?;
        let out: Box<dyn std::io::Write> = match &self.out {
            Some(path) => Box::new(private_file(path)?),
            None => Box::new(std::io::stdout()),
        };
        let mut out = BufWriter::new(out);
        // Recorded first: what cannot be recorded does not leave.
        let Recorded { receipt, .. } =
            desk.block_on(async |recorder| log_upkeep::record_export(recorder, &operator("audit export")).await)?;
        let mut conn = AnyConnection::open(&place.url, Purpose::Inspect)?;
        let lines = audit::export(&mut conn, |line| writeln!(out, "{line}"))?;
        out.flush()?;
        note(format_args!("{lines} lines, recorded as event {}", receipt.index));
        Ok(ExitCode::SUCCESS)
    }
}

fn private_file(path: &std::path::Path) -> Result<std::fs::File, Failed> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| format!("{} cannot be written: {error}", path.display()).into())
}

#[derive(Debug, Args)]
pub(super) struct RedactArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Events before the start of this day (UTC) lose their payloads.
    #[arg(long, value_name = "YYYY-MM-DD")]
    before: NaiveDate,
    /// Code of the retention rule, kept with the redaction.
    #[arg(long, value_name = "CODE", default_value = "retention")]
    policy: String,
    #[command(flatten)]
    trust: TrustArgs,
}

impl RedactArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        self.check(&place)?;
        let desk = Desk::open(&place)?;
        let mut conn = AnyConnection::open(&place.url, Purpose::Maintain)?;
        // A redaction over a payload that somebody else removed would make it look as if it had been due.
        let ring = self.trust.ring(&place.settings.audit)?;
        match audit::verify_against(&mut conn, &Expectations { ring, ..Expectations::default() }) {
            Ok(_) => {}
            Err(VerifyError::Found(finding)) => {
                return Err(format!("the log is not whole, so nothing is removed: {finding}").into());
            }
            Err(VerifyError::Store(error)) => return Err(error.into()),
        }
        let (before, policy) = (Instant::start_of(self.before), self.policy.clone());
        let removed = desk.block_on(async |recorder| {
            let told = |part: audit::Removed| note(format_args!("events {} to {} are redacted", part.from, part.to));
            log_upkeep::redact(recorder, &operator("audit redact"), before, &policy, told).await
        })?;
        audit::forget_removed(&mut conn)?;
        say(format_args!("{removed} payloads removed"));
        Ok(ExitCode::SUCCESS)
    }

    fn check(&self, place: &Place) -> Result<(), Failed> {
        let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.policy.is_empty() || self.policy.len() > 40 || !self.policy.chars().all(is_code) {
            return Err("--policy is a code: up to 40 lower-case letters, digits and hyphens".into());
        }
        let keep = place.settings.audit.keep_days;
        let tomorrow = Clock::System.now().day().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let latest = tomorrow.checked_sub_days(Days::new(keep.into())).unwrap_or(NaiveDate::MIN);
        if self.before > latest {
            return Err(
                format!("payloads are kept {keep} days (audit.keep_days): --before may be {latest} at most").into()
            );
        }
        Ok(())
    }
}
