//! Measures how well and how fast searches find the right child in a generated population held in memory.
//!
//! `cargo bench --bench search -- [CHILDREN] [QUERIES] [SEED]` (120,000, 1,000 and 1 when absent) prints, for
//! each typed set of queries, how often the child meant is the first, among the first five and the first twenty, and
//! the time and key rows a search takes. The error model is in `errors.rs`; neither it nor the population is the one that
//! weights were learned on. Ties are told apart: namesakes whom the query fits as well as the child meant, or wholly, which
//! no score can part. `--set TEXT` runs only the sets whose names contain the text; `--misses` prints the queries that
//! missed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::panic,
    missing_docs,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

mod communities;
mod errors;
mod index;
mod population;

use std::time::{Duration, Instant};

use child_index::domain::matching::{
    CANDIDATES, FEW_CANDIDATES, Frequencies, How, KeySecret, MORE_CANDIDATES, Outcome, Profile, Ranking, Scorer,
    SearchQuery, Votes, query_plan, rank,
};

use errors::{QuerySet, SETS};
use index::Index;
use population::Population;

fn main() {
    let numbers: Vec<u32> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    // Cargo passes this when it benches, and not when it only tries whether benches run.
    let in_earnest = std::env::args().any(|argument| argument == "--bench");
    let children = numbers.first().copied().unwrap_or(if in_earnest { 120_000 } else { 2_000 });
    let queries = numbers.get(1).copied().unwrap_or(if in_earnest { 1_000 } else { 10 });
    let seed = u64::from(numbers.get(2).copied().unwrap_or(1));
    let secret = KeySecret::new(*b"only for a bench");

    let started = Instant::now();
    let population = Population::new(children, seed);
    let index = Index::build(&population, &secret);
    println!(
        "{} children, {} keys ({:.1} each), built in {:.1} s; {queries} queries a set\n",
        population.len(),
        index.len(),
        index.len() as f64 / f64::from(population.len()),
        started.elapsed().as_secs_f64()
    );
    println!(
        "{:<36} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>6} {:>6}",
        "set", "@1", "@5", "@20", "ties", "shown", "many", "no key", "lost", "p50 µs", "p99 µs", "rows", "max"
    );
    let frequencies = Frequencies::shipped(children);
    let wanted = std::env::args().skip_while(|argument| argument != "--set").nth(1).unwrap_or_default();
    let mut below = Vec::new();
    for set in SETS.iter().filter(|set| set.name.contains(&wanted)) {
        let bench = Bench { population: &population, index: &index, secret: &secret, frequencies: &frequencies };
        let report = bench.run(set, queries, seed);
        report.print(set.name);
        if set.name != NO_FLOOR && report.within(5) < FLOOR {
            below.push(set.name);
        }
    }
    match below.as_slice() {
        [] => println!("\nIn every set but {NO_FLOOR:?}, at least {FLOOR} are among the first five."),
        below => println!("\nBelow {FLOOR} among the first five: {below:?}"),
    }
}

/// The share that must be among the first five, at 120,000 children.
const FLOOR: f64 = 0.999;
/// The set without a floor: two names alone, and an address that misleads.
const NO_FLOOR: &str = "no date and moved";

struct Bench<'a> {
    population: &'a Population,
    index: &'a Index,
    secret: &'a KeySecret,
    frequencies: &'a Frequencies,
}

/// What became of one query.
struct Trial {
    /// Place of the child meant among those compared, 0 the first; `None` if not compared.
    place: Option<usize>,
    /// Others fit exactly as well, or the query says exactly what they are, and that alone keeps the child out of the
    /// first five.
    tie: bool,
    shown: bool,
    too_many: bool,
    /// The child's place by votes alone, if the keys found it.
    voted: Option<usize>,
    rows: usize,
    took: Duration,
}

impl Bench<'_> {
    fn run(&self, set: &QuerySet, queries: u32, seed: u64) -> Report {
        let mut report = Report::default();
        let mut attempt = 0;
        while report.trials.len() < queries as usize && attempt < queries * 50 {
            attempt += 1;
            let mut dice = population::dice(seed ^ 0x5eed, u64::from(attempt));
            let child = self.population.pick(&mut dice);
            let truth = self.population.profile(child);
            if let Some(query) = (set.make)(self.population, child, &truth, &mut dice) {
                let trial = self.search(&query, child, &truth);
                if std::env::args().any(|argument| argument == "--misses")
                    && trial.place.is_none_or(|place| place >= 5)
                    && !trial.tie
                {
                    println!("    {query:?}\n    {truth:?} place {:?} voted {:?}", trial.place, trial.voted);
                }
                report.trials.push(trial);
            }
        }
        report
    }

    fn search(&self, query: &SearchQuery, meant: i64, truth: &Profile) -> Trial {
        let started = Instant::now();
        let plan = query_plan(query, self.secret);
        let mut votes = Votes::new();
        self.index.look_up(&plan.selective, &mut votes);
        self.index.look_up(&plan.wide, &mut votes);
        let everybody = votes.best(MORE_CANDIDATES);
        let mut took = started.elapsed();
        let (profiles, ranking, compared) = self.compare(query, &everybody);
        took += compared;
        let scorer = Scorer::for_query(query, self.frequencies);
        let own = scorer.score(truth).log_odds;
        let found = profiles.iter().any(|(id, _)| *id == meant);
        let (mut better, mut exact, mut equal) = (0, 0, 0);
        for (_, profile) in profiles.iter().filter(|(id, _)| *id != meant) {
            let score = scorer.score(profile);
            let wholly = || score.weights.iter().all(|weight| weight.how == Some(How::Exact));
            if score.log_odds > own + 1e-9 {
                *if wholly() { &mut exact } else { &mut better } += 1;
            } else if score.log_odds > own - 1e-9 {
                equal += 1;
            }
        }
        // Among equals the child stands in the middle.
        let place = found.then_some(better + exact + equal / 2);
        let everybody = votes.best(usize::MAX);
        Trial {
            place,
            tie: better < 5 && better + exact + equal >= 5,
            shown: ranking.hits.iter().any(|hit| hit.candidate == meant),
            too_many: ranking.outcome == Outcome::TooMany,
            voted: everybody.iter().position(|child| *child == meant),
            rows: votes.rows(),
            took,
        }
    }

    /// Compares those with the most votes, and more of them only where that is worth while, as the service does.
    fn compare(&self, query: &SearchQuery, best: &[i64]) -> (Vec<(i64, Profile)>, Ranking<i64>, Duration) {
        let mut took = Duration::ZERO;
        let mut of = |upto: usize| {
            let profiles = self.load(best.get(..upto).unwrap_or(best));
            let started = Instant::now();
            let ranking = rank(query, profiles.clone(), self.frequencies);
            took += started.elapsed();
            (profiles, ranking)
        };
        let mut compared = of(FEW_CANDIDATES);
        if !compared.1.settled {
            compared = of(CANDIDATES);
            if compared.1.weak {
                compared = of(MORE_CANDIDATES);
            }
        }
        (compared.0, compared.1, took)
    }

    fn load(&self, candidates: &[i64]) -> Vec<(i64, Profile)> {
        candidates.iter().map(|child| (*child, self.population.profile(*child))).collect()
    }
}

#[derive(Default)]
struct Report {
    trials: Vec<Trial>,
}

impl Report {
    fn share(&self, holds: impl Fn(&Trial) -> bool) -> f64 {
        self.trials.iter().filter(|trial| holds(trial)).count() as f64 / self.trials.len().max(1) as f64
    }

    /// The share of children among the first so many, but for ties.
    fn within(&self, limit: usize) -> f64 {
        let untied = |trial: &&Trial| !trial.tie;
        let rest = self.trials.iter().filter(untied).count().max(1) as f64;
        let hits = self.trials.iter().filter(untied).filter(|trial| trial.place.is_some_and(|place| place < limit));
        hits.count() as f64 / rest
    }

    fn print(&self, name: &str) {
        let mut times: Vec<Duration> = self.trials.iter().map(|trial| trial.took).collect();
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
            times.get(place).map_or(0, Duration::as_micros)
        };
        let rows: usize = self.trials.iter().map(|trial| trial.rows).sum::<usize>() / self.trials.len().max(1);
        let most = self.trials.iter().map(|trial| trial.rows).max().unwrap_or_default();
        println!(
            "{name:<36} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>7} {:>7} {rows:>6} {most:>6}",
            self.within(1),
            self.within(5),
            self.within(20),
            self.share(|trial| trial.tie),
            self.share(|trial| trial.shown),
            self.share(|trial| trial.too_many),
            self.share(|trial| trial.voted.is_none()),
            self.share(|trial| trial.voted.is_some() && trial.place.is_none()),
            at(0.5),
            at(0.99),
        );
    }
}
