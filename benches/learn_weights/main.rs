//! Learns the weights of the matcher: an expectation-maximisation estimate of how often each level of agreement is seen
//! between records of one child, of brothers and sisters, of twins and of strangers (Fellegi and Sunter's m and u, in the
//! manner of Splink), over a synthetic population and without being told which pairs are which.
//!
//! `cargo bench --bench learn_weights -- [CHILDREN] [RECORDS] [SEED]` (120,000, 60,000 and 7 when absent) prints the rows of
//! `src/domain/matching/weights.tsv` anew, and to standard error the estimate beside what is true, which the estimate is
//! not told. The records compared with the population are children of it as somebody else would have written them down;
//! `records.rs` describes with what errors. Neither that model nor the seed is the one that `search` measures with.
//! What is assumed at first is in `assumed.tsv`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

mod blocks;
mod estimates;
mod records;
mod smoothing;

use std::io::Write as _;

use child_index::cli::synthesise::synthesise;
use child_index::domain::matching::{Level, Profile};

use blocks::Blocks;
use estimates::Estimates;

const ASSUMED: &str = include_str!("assumed.tsv");

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    // Cargo passes this when it benches, and not when it only tries whether benches run.
    let in_earnest = std::env::args().any(|argument| argument == "--bench");
    let children = numbers.first().copied().unwrap_or(if in_earnest { 120_000 } else { 500 });
    let count = numbers.get(1).copied().unwrap_or(if in_earnest { 60_000 } else { 100 });
    let seed = numbers.get(2).copied().unwrap_or(7);
    let today = "2026-11-27".parse().unwrap();
    let mut lines = Vec::new();
    synthesise(children, seed, today, &mut lines).unwrap();
    let population: Vec<Profile> = String::from_utf8(lines).unwrap().lines().filter_map(records::profile_of).collect();
    let written = records::write_down(&population, count, seed);
    let blocks = Blocks::of(&population, &written, seed);
    let estimates = Estimates::learn(Level::read_all(ASSUMED), &blocks);
    let mut out = std::io::stdout().lock();
    for line in Level::table().lines().filter(|line| line.starts_with('#')) {
        writeln!(out, "{line}").unwrap();
    }
    for row in estimates.rows() {
        writeln!(out, "{}", row.line()).unwrap();
    }
    eprintln!("{estimates}");
}
