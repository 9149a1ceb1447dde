//! `child-index bench`: how long searches of an index take, and what they read.

pub mod questions;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rand::RngExt as _;

use self::questions::{About, Dice, KINDS, dice};
use super::Failed;
use super::output::say;
use super::places::PlaceArgs;
use crate::app::IndexSettings;
use crate::app::clock::Clock;
use crate::app::searches::measuring::{Rehearsed, draw, log_odds, population, rehearse};
use crate::domain::ids::ChildId;
use crate::domain::matching::{MAX_KEY_ROWS, Profile, SearchQuery};
use crate::store::connections::{AnyConnection, Purpose};

#[derive(Debug, Args)]
pub(super) struct BenchCommand {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Search the index for children drawn by chance, with typed mistakes, and print how long that takes and how often
    /// it finds them. What is found is counted and not shown.
    Search(SearchBench),
}

#[derive(Debug, Args)]
struct SearchBench {
    /// How many questions of each kind.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    queries: u32,
    /// The seed by which children and mistakes are drawn.
    #[arg(long, default_value_t = 2_026)]
    seed: u64,
    #[command(flatten)]
    place: PlaceArgs,
}

impl BenchCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        match self.bench {
            Bench::Search(search) => search.run(),
        }
    }
}

/// A question, whom it means, and what that child is known by.
type Question = (SearchQuery, ChildId, Arc<Profile>);

/// How far apart the odds of two children are at most that no score can part, in bits.
const ALIKE: f64 = 1e-6;

impl SearchBench {
    fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let settings = place.index_settings()?;
        drop(place.connect()?);
        let mut conn = AnyConnection::open(&place.url, Purpose::Read)?;
        let day = Clock::System.now().day();
        let children = population(&mut conn)?;
        say(format_args!(
            "{children} children, {} questions of each kind, seed {}; times in ms",
            self.queries, self.seed
        ));
        say(format_args!(
            "{:<32} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>7} {:>6}",
            "", "asked", "tied", "@1", "@5", "@20", "many", "p50", "p99", "warm50", "warm99", "rows"
        ));
        let mut over = false;
        for (number, (name, questions)) in (0..).zip(self.questions(&mut conn, children, day)?) {
            let mut report = Report::new(name);
            for question in &questions {
                let first = Instant::now();
                let found = rehearse(&mut conn, &settings, &question.0, day)?;
                let took = first.elapsed();
                let tied = is_tied(&mut conn, question, &found, day)?;
                report.add(&found, question.1, tied, took);
            }
            self.again(&mut conn, &settings, &questions, &mut report, number)?;
            over |= report.rows > usize::try_from(MAX_KEY_ROWS)?;
            say(report);
        }
        say(format_args!(
            "rows: the most key rows that one search read; never above {MAX_KEY_ROWS}; tied: another child fits exactly as \
             well, which counts neither way"
        ));
        Ok(if over { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Asks the same again, now that the pages are in the file cache.
    fn again(
        &self,
        conn: &mut AnyConnection,
        settings: &IndexSettings,
        questions: &[Question],
        report: &mut Report,
        number: u64,
    ) -> Result<(), Failed> {
        let day = Clock::System.now().day();
        let mut order: Vec<&Question> = questions.iter().collect();
        let mut dice = dice(self.seed.wrapping_add(number));
        order.sort_by_cached_key(|_| dice.random::<u64>());
        for (query, ..) in order {
            let began = Instant::now();
            rehearse(conn, settings, query, day)?;
            report.warm.push(began.elapsed());
        }
        Ok(())
    }

    /// As many questions of each kind as are wanted, or as many as children were found who suit.
    fn questions(
        &self,
        conn: &mut AnyConnection,
        children: i64,
        day: chrono::NaiveDate,
    ) -> Result<Vec<(&'static str, Vec<Question>)>, Failed> {
        let wanted = usize::try_from(self.queries)?;
        let mut dice = dice(self.seed);
        let mut kinds: Vec<(&'static str, Vec<Question>)> = KINDS.iter().map(|(name, _)| (*name, Vec::new())).collect();
        let mut elsewhere: Option<String> = None;
        // Few bear a former name or are twins: looked for a while, not for ever.
        for _ in 0..self.queries.saturating_mul(40) {
            if children < 1 || kinds.iter().all(|(_, questions)| questions.len() >= wanted) {
                break;
            }
            let (child, profile, twin) = match drawn(conn, children, day, &mut dice)? {
                Some(drawn) => drawn,
                None => continue,
            };
            let profile = Arc::new(profile);
            let about = About { child: &profile, elsewhere: elsewhere.as_deref(), twin };
            for ((_, make), (_, questions)) in KINDS.iter().zip(&mut kinds) {
                if questions.len() < wanted {
                    questions.extend(make(about, &mut dice).map(|query| (query, child, Arc::clone(&profile))));
                }
            }
            elsewhere = profile.postcode.clone().or(elsewhere);
        }
        Ok(kinds)
    }
}

/// A child by chance of whom nothing is hidden; and whether the next is its twin.
fn drawn(
    conn: &mut AnyConnection,
    children: i64,
    day: chrono::NaiveDate,
    dice: &mut Dice,
) -> Result<Option<(ChildId, Profile, bool)>, Failed> {
    let first = dice.random_range(1..=children);
    let mut near = draw(conn, &[first, first.saturating_add(1)], day)?.into_iter();
    let Some((child, profile)) = near.next() else { return Ok(None) };
    let twin = near.next().is_some_and(|(_, next)| {
        next.date_of_birth == profile.date_of_birth && next.postcode == profile.postcode && next.postcode.is_some()
    });
    Ok(Some((child, profile, twin)))
}

/// Whether another child stands before the one meant, or in its place at the end of the answer, that fits the question
/// exactly as well: a namesake whom nothing that was asked tells from it.
fn is_tied(
    conn: &mut AnyConnection,
    (query, meant, profile): &Question,
    found: &Rehearsed,
    day: chrono::NaiveDate,
) -> Result<bool, Failed> {
    let place = found.hits.iter().position(|(child, _)| child == meant);
    let before = match place {
        Some(place) => place.checked_sub(1).and_then(|before| found.hits.get(before)),
        None if found.hits.len() == query.limit => found.hits.last(),
        None => None,
    };
    let Some((before, _)) = before else { return Ok(false) };
    let own = log_odds(conn, query, profile)?;
    let others = draw(conn, &[before.0], day)?;
    let theirs = others.first().map(|(_, other)| log_odds(conn, query, other)).transpose()?;
    Ok(theirs.is_some_and(|theirs| (theirs - own).abs() < ALIKE))
}

/// What came of the questions of a kind.
struct Report {
    name: &'static str,
    /// At which place the child meant stood, from 0; questions that end in a tie are only counted.
    places: Vec<Option<usize>>,
    tied: usize,
    too_many: usize,
    cold: Vec<Duration>,
    warm: Vec<Duration>,
    rows: usize,
}

impl Report {
    fn new(name: &'static str) -> Self {
        Self { name, places: Vec::new(), tied: 0, too_many: 0, cold: Vec::new(), warm: Vec::new(), rows: 0 }
    }

    fn add(&mut self, found: &Rehearsed, meant: ChildId, tied: bool, took: Duration) {
        if tied {
            self.tied = self.tied.saturating_add(1);
        } else {
            self.places.push(found.hits.iter().position(|(child, _)| *child == meant));
        }
        self.too_many = self.too_many.saturating_add(usize::from(found.too_many));
        self.rows = self.rows.max(found.work.key_rows);
        self.cold.push(took);
    }

    fn share(&self, within: usize) -> f64 {
        let found = self.places.iter().filter(|place| place.is_some_and(|place| place < within)).count();
        ratio(found, self.places.len())
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { of(part) / of(whole) }
}

/// The time, in milliseconds, that so many in a hundred took at most.
fn within(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len().saturating_mul(percent) / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:<32} {:>6} {:>6} {:>6.3} {:>6.3} {:>6.3} {:>6} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>6}",
            self.name,
            self.cold.len(),
            self.tied,
            self.share(1),
            self.share(5),
            self.share(20),
            self.too_many,
            within(&self.cold, 50),
            within(&self.cold, 99),
            within(&self.warm, 50),
            within(&self.warm, 99),
            self.rows,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_place() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!((within(&times, 50), within(&times, 99), within(&[], 50)), (101.0, 199.0, 0.0));
    }

    #[test]
    fn a_child_counts_as_found_within_its_place() {
        let mut report = Report::new("");
        let hits = [7, 8, 9].map(|child| (ChildId(child), 0.9)).to_vec();
        let found = Rehearsed { hits, too_many: false, work: Default::default() };
        for child in [7, 9, 10, 7] {
            report.add(&found, ChildId(child), false, Duration::from_millis(1));
        }
        report.add(&found, ChildId(9), true, Duration::from_millis(1));
        assert_eq!((report.tied, report.cold.len()), (1, 5));
        assert_eq!((report.share(1), report.share(2), report.share(3)), (0.5, 0.5, 0.75));
    }
}
