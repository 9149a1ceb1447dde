//! Bulk loads: lines of organisations and children into the index, in short transactions that are whole in themselves.
//!
//! A line that is wrong is refused with a receipt and changes nothing for the others. Each chunk of lines is one
//! transaction: children, involvements, keys, and the audit events that name every one of them, under the lock of the
//! log's head; so nothing enters unrecorded, a server may use the index meanwhile, and a load that was cut off is
//! simply started again. A child whose source key is here already is left as it is.
//!
//! A load that has an embedded index to itself **defers** what children are found by: keys are random, and written one
//! child after the other they would touch every page of their tables again and again. It stores the rows, says in the
//! same transaction that they are not settled, and at its end derives all keys from the rows and writes them in order
//! (`settling`). Until then nobody can search: a load holds the index alone, and nothing serves an index that is not
//! settled. Cut off, it is settled by whatever opens the index next.
//!
//! # What hides, stays hidden
//!
//! - A line that asks for a **shield** is an operator's confirmed decision. It covers everybody who shares a carer, an
//!   address or a telephone number with that child: who is in the index, and who stands on another line of this load,
//!   before or after. They are shielded in the same way. The cover does not spread further, from the covered to those
//!   who share something with *them*.
//! - A line that **might be** a hidden child (shielded, sealed, or waiting for a person), by everything that is known
//!   of both, former names and identifiers too, is held and never published: a person must look. Its receipt is the
//!   same whatever the reason.
//! - A line that shares a **household** with a child shielded by an *earlier* decision, or with one that is only
//!   covered, is held as well; so is one that names a shielded carer, or shares what leads to one.
//! - A child of the index that might be the child a line shields is shielded too, unconfirmed, and a case is opened:
//!   or the old record would go on showing what the new one hides.
//! - A line that was **loaded before** changes nothing, with one exception: a shield it asks for is put on. A shield
//!   is never lost for having come second.
//!
//! # What it does not do
//!
//! A line that has an identifier and date of birth in common with a child of the index, and seems to be the same, is
//! held. Other likenesses between ordinary children are not looked for: comparing millions of lines with everybody
//! would take days. They are for a later run over the loaded index.

mod chunks;
mod decisions;
mod deferrals;
mod directory;
mod drafts;
mod events;
mod hidden;
mod lines;
mod pipelines;
mod settling;
mod writers;

pub use settling::{Settling, settle};

use std::fmt;
use std::io::BufRead;
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::{Failure, IndexSettings};
use crate::domain::bulk::BulkRefusal;
use crate::store::connections::DatabaseUrl;
use crate::store::errors::StoreError;
use deferrals::Holding;
use drafts::{Line, Reading};
use writers::Writer;

/// How many lines share a transaction unless told otherwise: few enough that a server beside the load waits for a
/// part of a second, enough that keys are written in long sorted runs.
pub const CHUNK: usize = 2_000;

/// How lines are loaded, and where to.
#[derive(Clone)]
pub struct LoadOptions {
    /// The index, migrated.
    pub url: DatabaseUrl,
    /// How it is run: its secret of search keys above all.
    pub settings: IndexSettings,
    /// What time it is.
    pub clock: Clock,
    /// The code of the organisation that supplies every line which does not say so itself; the first involvement's
    /// where neither does.
    pub source: Option<String>,
    /// What the audit log calls this load, such as the name of its file.
    pub feed: String,
    /// Who runs it, for the audit log.
    pub operator: String,
    /// How many lines share a transaction.
    pub chunk: usize,
}

impl LoadOptions {
    /// A load by `operator` as most are: every line says who supplies it, and the system's clock.
    #[must_use]
    pub fn new(url: DatabaseUrl, settings: IndexSettings, operator: impl Into<String>) -> Self {
        let (clock, feed) = (Clock::System, "lines".to_owned());
        Self { url, settings, clock, source: None, feed, operator: operator.into(), chunk: CHUNK }
    }
}

/// What is told of a line that did not simply go in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The number of the line, from 1.
    pub line: u64,
    /// What became of it.
    pub told: Told,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It was refused.
    Refused(BulkRefusal),
    /// It waits for a person; the receipt says nothing of the reason.
    Held,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.told {
            Told::Refused(refusal) => write!(f, "line {}: refused: {refusal}", self.line),
            Told::Held => write!(f, "line {}: held for review", self.line),
        }
    }
}

/// What came of a load, or of a load so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadSummary {
    /// Lines that were not blank.
    pub lines: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Children that are in the index now and were not before.
    pub loaded: u64,
    /// Children that wait for a person.
    pub held: u64,
    /// Children whose source key was in the index already.
    pub already_here: u64,
    /// Children already in the index that were shielded, because a line's decision covers them.
    pub covered: u64,
    /// Organisations that are new or were changed.
    pub organisations: u64,
    /// Lines refused.
    pub refused: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl LoadSummary {
    /// Lines a second.
    #[must_use]
    pub fn lines_per_second(&self) -> u64 {
        let millis = self.elapsed.as_millis().max(1);
        u64::try_from(u128::from(self.lines).saturating_mul(1_000) / millis).unwrap_or(u64::MAX)
    }
}

/// What a load tells while it runs.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A line did not simply go in.
    Receipt(&'a Receipt),
    /// Another chunk is committed.
    Progress(&'a LoadSummary),
    /// What the load stored is being settled.
    Settling(Settling),
}

/// Why a load ended before its lines did. What [`LoadFailure::so_far`] counts is committed and stays.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct LoadFailure {
    /// What was committed before.
    pub so_far: LoadSummary,
    /// What went wrong.
    #[source]
    pub cause: LoadError,
}

/// What can end a load. Its words are for the operator and show no value of any line or row.
#[derive(Debug)]
pub enum LoadError {
    /// The lines could not be read further.
    Unreadable(std::io::Error),
    /// The index could not take them.
    Index(Failure),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "the lines could not be read: {error}"),
            Self::Index(Failure::Busy) => f.write_str("somebody else holds the index"),
            Self::Index(Failure::Broken(StoreError::Broken(cause))) => {
                write!(f, "the index could not take the lines: {cause}")
            }
            Self::Index(Failure::Broken(error)) => write!(f, "the index could not take the lines: {error}"),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> Self {
        Self::Index(failure)
    }
}

/// Loads every line of `lines`, telling `notify` as it goes. Lines that are wrong are refused and the rest goes in.
///
/// # Errors
/// [`LoadFailure`] where the lines end in a failure or the index fails; every chunk committed before stays.
pub fn load<R: BufRead + Send>(
    lines: R,
    options: &LoadOptions,
    mut notify: impl FnMut(Notice<'_>),
) -> Result<LoadSummary, LoadFailure> {
    let began = Instant::now();
    let mut summary = LoadSummary::default();
    let result = run(lines, options, &mut summary, began, &mut notify);
    summary.elapsed = began.elapsed();
    match result {
        Ok(()) => Ok(summary),
        Err(cause) => Err(LoadFailure { so_far: summary, cause }),
    }
}

fn run<R: BufRead + Send>(
    stream: R,
    options: &LoadOptions,
    summary: &mut LoadSummary,
    began: Instant,
    notify: &mut impl FnMut(Notice<'_>),
) -> Result<(), LoadError> {
    let holding = Holding::take(&options.url).map_err(Failure::from)?;
    settling::settle_held(options, &holding, notify)?;
    let outcome = store(stream, options, &holding, summary, began, notify);
    // Where the lines end in a failure, those before are in and are found.
    if !matches!(outcome, Err(LoadError::Index(_))) {
        let covered = settling::settle_held(options, &holding, notify)?;
        summary.covered = summary.covered.saturating_add(covered);
    }
    outcome
}

fn store<R: BufRead + Send>(
    stream: R,
    options: &LoadOptions,
    holding: &Holding,
    summary: &mut LoadSummary,
    began: Instant,
    notify: &mut impl FnMut(Notice<'_>),
) -> Result<(), LoadError> {
    let mut writer = Writer::open(options, holding.alone)?;
    let secret = options.settings.keys;
    let (hidden, now) = (secret.hidden(), options.clock.now());
    let reading = Reading { secret, hidden, now, deferred: holding.alone };
    let mut waiting: Vec<Line> = Vec::with_capacity(options.chunk);
    let mut bytes: u64 = 0;
    let mut commit = |lines: &mut Vec<Line>, bytes: &mut u64| -> Result<(), LoadError> {
        let outcome = writer.commit(lines)?;
        summary.lines = summary.lines.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        summary.bytes = summary.bytes.saturating_add(std::mem::take(bytes));
        summary.loaded = summary.loaded.saturating_add(outcome.loaded);
        summary.held = summary.held.saturating_add(outcome.held);
        summary.already_here = summary.already_here.saturating_add(outcome.already_here);
        summary.covered = summary.covered.saturating_add(outcome.covered);
        summary.organisations = summary.organisations.saturating_add(outcome.organisations);
        let refused = outcome.receipts.iter().filter(|receipt| matches!(receipt.told, Told::Refused(_))).count();
        summary.refused = summary.refused.saturating_add(u64::try_from(refused).unwrap_or(u64::MAX));
        summary.elapsed = began.elapsed();
        outcome.receipts.iter().for_each(|receipt| notify(Notice::Receipt(receipt)));
        notify(Notice::Progress(summary));
        lines.clear();
        Ok(())
    };
    let mut failure = None;
    lines::for_each_batch(
        stream,
        |number, text| reading.line(number, text),
        |batch| {
            bytes = bytes.saturating_add(batch.bytes);
            failure = batch.failure;
            for line in batch.lines {
                waiting.push(line);
                if waiting.len() >= options.chunk.max(1) {
                    commit(&mut waiting, &mut bytes)?;
                }
            }
            Ok::<(), LoadError>(())
        },
    )?;
    if !waiting.is_empty() {
        commit(&mut waiting, &mut bytes)?;
    }
    failure.map_or(Ok(()), |error| Err(LoadError::Unreadable(error)))
}
