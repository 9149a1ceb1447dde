//! Loads a synthetic population and says how many lines a second went in: into a fresh SQLite file, or into the
//! migrated database at `LOADING_URL`.
//!
//! `LOADING_CHILDREN` (50000), `LOADING_CHUNK` (the service's own) and `LOADING_AGAIN=1` (load a second time, when all
//! are here already) change the run.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use child_index::app::clock::Clock;
use child_index::app::loads::{CHUNK, LoadOptions, Notice, load};
use child_index::app::{IndexSettings, Limits};
use child_index::cli::synthesise::synthesise;
use child_index::domain::matching::KeySecret;
use child_index::domain::policy::PolicySettings;
use child_index::domain::services::{FreshnessLimits, SensitivityPolicy};
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::migrations::migrate;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn main() {
    let children = number("LOADING_CHILDREN", 50_000);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("population.ndjson");
    let began = Instant::now();
    synthesise(children.try_into().unwrap(), 1, Clock::System.now().day(), File::create(&file).unwrap()).unwrap();
    println!("{children} children made in {:.1?}, {} bytes", began.elapsed(), file.metadata().unwrap().len());

    let url: DatabaseUrl = match std::env::var("LOADING_URL") {
        Ok(url) => url.parse().unwrap(),
        Err(_) => DatabaseUrl::sqlite(dir.path().join("index.db")),
    };
    migrate(&mut AnyConnection::open(&url, Purpose::Maintain).unwrap()).unwrap();
    let options = LoadOptions {
        url,
        settings: IndexSettings {
            policy: PolicySettings::default(),
            sensitivity: SensitivityPolicy::default(),
            freshness: FreshnessLimits::default(),
            limits: Limits::default(),
            ended_visible_days: 365,
            keys: KeySecret::new(*b"only for a bench"),
        },
        clock: Clock::System,
        source: None,
        feed: "population.ndjson".into(),
        operator: "bench".into(),
        chunk: number("LOADING_CHUNK", CHUNK),
    };
    for _ in 0..=number("LOADING_AGAIN", 0) {
        let mut shown = 0;
        let lines = BufReader::with_capacity(1 << 20, File::open(&file).unwrap());
        let summary = load(lines, &options, |notice| match notice {
            Notice::Receipt(receipt) if shown < 3 => {
                shown += 1;
                println!("{receipt}");
            }
            Notice::Receipt(_) => {}
            Notice::Progress(so_far) if so_far.lines % 200_000 < 2_000 => {
                println!("{} lines, {} a second", so_far.lines, so_far.lines_per_second());
            }
            Notice::Progress(_) | Notice::Settling(_) => {}
        })
        .unwrap();
        println!("{summary:?}: {} lines a second", summary.lines_per_second());
    }
}
