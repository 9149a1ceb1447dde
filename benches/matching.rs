//! Times the matcher's inner steps: folding and keys of a child, a query's plan, comparing a pair.
#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::print_stdout,
    missing_docs,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::{hint::black_box, time::Instant};

use child_index::domain::{
    matching::{
        BirthCriterion, Frequencies, KeySecret, NameForm, PostcodeCriterion, Profile, QueriedDate, Scorer, SearchQuery,
        Votes, child_keys, query_plan, same_child,
    },
    sex::Sex,
};
use chrono::NaiveDate;

const BATCHES: u32 = 200;
const BATCH: u32 = 200;

fn main() {
    let child = profile("Okafor-Smith", "Chidera Grace", 2015, 3, 2);
    let stranger = profile("Oakford", "Charlotte Anne", 2015, 3, 12);
    let renamed = {
        let mut renamed = child.clone();
        renamed.names.push(NameForm::former("Featherstonehaugh", "Chidera"));
        renamed
    };
    let query = SearchQuery {
        family_name: Some("Okaffor".into()),
        given_name: Some("Chidera".into()),
        birth: Some(BirthCriterion::On(QueriedDate::new(2015, 2, 3).unwrap())),
        sex: Some(Sex::F),
        postcode: PostcodeCriterion::read("BA14 8JM"),
        ..SearchQuery::default()
    };
    let secret = KeySecret::new(*b"only for a bench");
    let frequencies = Frequencies::shipped(12_000_000);
    let scorer = Scorer::for_query(&query, &frequencies);

    let mut keys = Vec::new();
    time("keys of a child", || {
        keys.clear();
        child_keys(black_box(&child), &secret, &mut keys);
    });
    time("keys of a child once renamed", || {
        keys.clear();
        child_keys(black_box(&renamed), &secret, &mut keys);
    });
    time("plan of a query", || drop(black_box(query_plan(black_box(&query), &secret))));
    time("score of the child meant", || drop(black_box(scorer.score(black_box(&child)))));
    time("score of a stranger", || drop(black_box(scorer.score(black_box(&stranger)))));
    time("two records, same child", || drop(black_box(same_child(black_box(&child), &renamed, &frequencies))));
    time("two records, strangers", || drop(black_box(same_child(black_box(&child), &stranger, &frequencies))));

    let plan = query_plan(&query, &secret);
    let lists: Vec<Vec<i64>> = (0..10).map(|list| (0..1_000).map(|row| row * 7 + list).collect()).collect();
    let planned = plan.selective.first().unwrap();
    time("votes of 10,000 rows", || {
        let mut votes = Votes::new();
        lists.iter().for_each(|list| votes.add(planned, list));
        black_box(votes.best(200));
    });
}

fn profile(family: &str, given: &str, year: i32, month: u32, day: u32) -> Profile {
    Profile {
        date_of_birth: NaiveDate::from_ymd_opt(year, month, day),
        sex: Sex::F,
        postcode: Some("BA14 8JN".into()),
        former_postcodes: vec!["LS1 4AP".into()],
        ..Profile::named(family, given)
    }
}

/// The best of many batches: other work on the machine only ever adds.
fn time(name: &str, mut step: impl FnMut()) {
    let mut batch = || {
        let started = Instant::now();
        (0..BATCH).for_each(|_| step());
        started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
    };
    // Cargo passes this when it benches, and not when it only tries whether benches run.
    let batches = if std::env::args().any(|argument| argument == "--bench") { BATCHES } else { 1 };
    let best = (0..batches).map(|_| batch()).fold(f64::INFINITY, f64::min);
    println!("{name:<32} {best:>9.2} µs");
}
