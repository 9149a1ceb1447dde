//! `child-index load`: bulk load of NDJSON with a progress bar, a receipt for every line that did not simply go in, and
//! a summary.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failed;
use super::output::note;
use super::places::PlaceArgs;
use crate::app::loads::{LoadFailure, LoadOptions, LoadSummary, Notice, Settling, load};

/// How some lines being refused is told to a script: neither success nor failure.
const SOME_REFUSED: u8 = 2;
/// How much of a file is read at a time, in bytes.
const BUFFER: usize = 1 << 18;
/// How often progress is told where there is no terminal.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// A line that is wrong is refused with a receipt on standard error, and the rest goes in. Loading the same file again
/// is safe: a child whose source key is here already is left as it is. The command ends with 0 if every line is in,
/// with 2 if some were refused, and with 1 if it could not go on.
#[derive(Debug, Args)]
pub(super) struct LoadCommand {
    /// The file, or - for standard input.
    file: PathBuf,
    /// The code of the organisation that supplies the lines which do not say so themselves. Without it a line counts as
    /// supplied by the organisation of its first involvement, else by the management team registered first.
    #[arg(long, value_name = "CODE")]
    source: Option<String>,
    /// Who loads, for the audit log.
    #[arg(long, value_name = "NAME", default_value = "command line")]
    operator: String,
    #[command(flatten)]
    place: PlaceArgs,
}

impl LoadCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let mut options = LoadOptions::new(place.url.clone(), place.index_settings()?, self.operator);
        options.source = self.source;
        // Migrated or refused before the first line is read; then the load has the index to itself, if nobody uses it.
        drop(place.connect()?);
        if self.file.as_os_str() == "-" {
            options.feed = "standard input".to_owned();
            let lines = BufReader::with_capacity(BUFFER, io::stdin());
            return finish(lines, &options, Progress::new("loading", None));
        }
        let unreadable = |error: io::Error| format!("{} cannot be read: {error}", self.file.display());
        let file = File::open(&self.file).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        options.feed = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        finish(BufReader::with_capacity(BUFFER, file), &options, Progress::of_file("loading", bytes))
    }
}

fn finish(lines: impl BufRead + Send, options: &LoadOptions, mut progress: Progress) -> Result<ExitCode, Failed> {
    match load(lines, options, |notice| progress.show(notice)) {
        Ok(summary) => {
            progress.finish(&summary);
            Ok(if summary.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REFUSED) })
        }
        Err(LoadFailure { so_far, cause }) => {
            progress.finish(&so_far);
            Err(format!("{cause}; what the summary counts is in: load the same lines again to go on").into())
        }
    }
}

/// What a whole load amounts to, where it is known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Lines,
    Bytes,
}

/// Shows how a load gets on: a bar on a terminal, a line now and then elsewhere. All of it on standard error.
#[derive(Debug)]
pub(super) struct Progress {
    title: &'static str,
    bar: ProgressBar,
    whole: Whole,
    /// What of settling is under way, once it is.
    step: &'static str,
    told: Instant,
}

impl Progress {
    /// The progress of a load of so many lines, where that is known.
    pub(super) fn new(title: &'static str, lines: Option<u64>) -> Self {
        Self::of(title, Whole::Lines, lines)
    }

    /// The progress of a load of a file of so many bytes.
    pub(super) fn of_file(title: &'static str, bytes: u64) -> Self {
        Self::of(title, Whole::Bytes, Some(bytes))
    }

    fn of(title: &'static str, whole: Whole, length: Option<u64>) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(length, target);
        bar.set_style(style(length));
        bar.set_prefix(title);
        Self { title, bar, whole, step: "", told: Instant::now() }
    }

    /// Shows what the load tells.
    pub(super) fn show(&mut self, notice: Notice<'_>) {
        match notice {
            // A receipt names a line and a field, and no value of either.
            Notice::Receipt(receipt) => self.bar.suspend(|| note(receipt)),
            Notice::Progress(so_far) => self.advance(so_far),
            Notice::Settling(settling) => self.settle(settling),
        }
    }

    /// Shows how far what is stored is settled: its keys are derived and written once all lines are in.
    fn settle(&mut self, settling: Settling) {
        let (what, done, whole) = match settling {
            Settling::Deriving(done, whole) => ("deriving keys", done, whole),
            Settling::Writing(done, whole) => ("writing keys", done, whole),
            Settling::Indexing => ("making indexes", 0, 0),
        };
        if self.bar.is_hidden() {
            if self.is_due() {
                note(format_args!("{}: {what}, {done} of {whole}", self.title));
            }
            return;
        }
        // Each step has its own rate and so its own time to go.
        if self.step != what {
            self.step = what;
            self.bar.reset();
            self.bar.set_style(style(Some(whole)));
        }
        self.bar.set_length(whole);
        self.bar.set_position(done);
        self.bar.set_message(what);
    }

    /// Whether it is time to tell something again where there is no terminal.
    fn is_due(&mut self) -> bool {
        let due = self.told.elapsed() >= TOLD_EVERY;
        if due {
            self.told = Instant::now();
        }
        due
    }

    fn advance(&mut self, so_far: &LoadSummary) {
        let counted = format!("{} lines, {} a second", so_far.lines, so_far.lines_per_second());
        if self.bar.is_hidden() {
            if self.is_due() {
                note(format_args!("{}: {counted}", self.title));
            }
            return;
        }
        self.bar.set_position(match self.whole {
            Whole::Lines => so_far.lines,
            Whole::Bytes => so_far.bytes,
        });
        self.bar.set_message(counted);
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Takes the bar away and tells what came of it all.
    pub(super) fn finish(&self, summary: &LoadSummary) {
        self.bar.finish_and_clear();
        note(format_args!("{}: {}", self.title, told(summary)));
    }
}

/// How a bar looks of which the whole is known, or is not.
fn style(length: Option<u64>) -> ProgressStyle {
    let template = match length {
        Some(_) => "{prefix} {bar:30} {percent:>3} %  {msg}  {eta} to go",
        None => "{prefix} {spinner}  {msg}",
    };
    // Both templates are right; were one not, the bar would only look different.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A summary as one line.
fn told(summary: &LoadSummary) -> String {
    let mut text = format!("{} loaded, {} held for review", summary.loaded, summary.held);
    for (count, what) in [
        (summary.already_here, "already here"),
        (summary.covered, "of the index shielded"),
        (summary.organisations, "organisations brought up to date"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    let seconds = summary.elapsed.as_secs_f64();
    text.push_str(&format!(", {} refused", summary.refused));
    text.push_str(&format!("; {seconds:.1} s, {} lines a second", summary.lines_per_second()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_and_names_what_happened() {
        let summary = LoadSummary { lines: 9, loaded: 5, held: 1, refused: 3, ..LoadSummary::default() };
        let summary = LoadSummary { elapsed: Duration::from_millis(1_500), ..summary };
        assert_eq!(told(&summary), "5 loaded, 1 held for review, 3 refused; 1.5 s, 6 lines a second");
        let again = LoadSummary { already_here: 5, organisations: 2, ..summary };
        let expected = "5 loaded, 1 held for review, 5 already here, 2 organisations brought up to date, 3 refused; \
                        1.5 s, 6 lines a second";
        assert_eq!(told(&again), expected);
    }
}
