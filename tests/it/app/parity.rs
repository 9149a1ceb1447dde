//! Both databases give the same answers: one population loaded into each, thousands of questions asked of both.

use std::io::BufReader;

use child_index::app::clock::Clock;
use child_index::app::loads::{LoadOptions, load};
use child_index::app::searches::measuring::{Rehearsed, draw, population, rehearse};
use child_index::cli::bench::questions::{About, KINDS, dice};
use child_index::cli::synthesise::synthesise;
use child_index::domain::ids::ChildId;
use child_index::domain::instants::Instant;
use child_index::domain::matching::{MAX_KEY_ROWS, Profile, SearchQuery};
use child_index::store::candidates;
use child_index::store::connections::{AnyConnection, Purpose};
use child_index::store::sketches::{self, Sketch};
use chrono::{Months, NaiveDate};
use libtest_mimic::Completion;

use crate::databases::{Backend, TestDatabase};
use crate::loads::files::settings;
use crate::suite::suite;

suite!(; once: both_databases_find_the_same_children);

const CHILDREN: u64 = 1_500;
const QUESTIONS: usize = 2_400;

fn loaded(backend: Backend, text: &[u8], clock: &Clock) -> Option<TestDatabase> {
    let db = TestDatabase::fresh(backend).ok()?;
    let mut options = LoadOptions::new(db.url(), settings(), "a test");
    options.clock = clock.clone();
    let summary = load(BufReader::new(text), &options, |_| {}).expect("a load that ends well");
    assert_eq!((summary.loaded, summary.refused), (CHILDREN - summary.held, 0), "{summary:?}");
    Some(db)
}

/// Questions of every kind about children drawn by chance; the ids are those of both databases.
fn questions(conn: &mut AnyConnection, day: NaiveDate) -> Vec<(&'static str, SearchQuery, ChildId)> {
    let ids: Vec<i64> = (1..=population(conn).expect("a count")).collect();
    let drawn: Vec<(ChildId, Profile)> = draw(conn, &ids, day).expect("children");
    let mut dice = dice(77);
    let mut asked = Vec::new();
    for (place, (child, profile)) in drawn.iter().enumerate().cycle() {
        let (_, next) = &drawn[(place + 1) % drawn.len()];
        let twin = next.date_of_birth == profile.date_of_birth;
        let about = About { child: profile, elsewhere: next.postcode.as_deref(), twin };
        for (name, make) in KINDS {
            asked.extend(make(about, &mut dice).map(|query| (name, query, *child)));
        }
        if asked.len() >= QUESTIONS {
            return asked;
        }
    }
    asked
}

fn answers(conn: &mut AnyConnection, asked: &[(&'static str, SearchQuery, ChildId)], day: NaiveDate) -> Vec<Rehearsed> {
    let settings = settings();
    asked.iter().map(|(_, query, _)| rehearse(conn, &settings, query, day).expect("a search")).collect()
}

/// What a search compares is what a decision and the whole record come to, now and when half of all are grown up.
fn assert_sketched(conn: &mut AnyConnection, day: NaiveDate) {
    let ids: Vec<i64> = (0..=population(conn).expect("a count") + 1).rev().collect();
    for day in [day, day + Months::new(12 * 9)] {
        let whole = candidates::list(conn, &ids, day).expect("candidates");
        let sketches = sketches::list(conn, &ids, day, true).expect("sketches");
        assert_eq!(sketches.len(), whole.len());
        for (mut sketch, candidate) in sketches.into_iter().zip(whole) {
            let subject = candidate.subject();
            let mut profile = candidate.visible_profile();
            for profile in [&mut profile, &mut sketch.profile] {
                profile.names.sort_by(|one, other| (&one.family, &one.given).cmp(&(&other.family, &other.given)));
                profile.identifiers.sort();
            }
            let expected =
                Sketch { child: subject.child, public: subject.is_public(), shielded: subject.shielded, profile };
            assert_eq!(sketch, expected);
        }
    }
    let bare = sketches::list(conn, &ids, day, false).expect("sketches");
    assert!(bare.iter().all(|sketch| sketch.profile.identifiers.is_empty()), "nobody searches by one");
}

fn both_databases_find_the_same_children() -> Completion {
    let clock = Clock::standing_at(Instant::parse("2026-11-20T10:00:00Z").expect("an instant"));
    let day = clock.now().day();
    let mut text = Vec::new();
    synthesise(CHILDREN, 7, day, &mut text).expect("a population");
    let sqlite = loaded(Backend::Sqlite, &text, &clock).expect("SQLite is always there");
    let asked = questions(&mut sqlite.open(Purpose::Read), day);
    let expected = answers(&mut sqlite.open(Purpose::Read), &asked, day);
    assert_sketched(&mut sqlite.open(Purpose::Read), day);

    // The question means somebody, and almost always finds them.
    let found =
        expected.iter().zip(&asked).filter(|(found, (.., child))| found.hits.iter().any(|(hit, _)| hit == child));
    assert!(found.count() * 100 > asked.len() * 95, "too few are found to tell anything");
    for (found, (name, query, _)) in expected.iter().zip(&asked) {
        assert!(u32::try_from(found.work.key_rows).expect("few") <= MAX_KEY_ROWS, "{name}: {query:?}: {found:?}");
    }

    let Some(postgres) = loaded(Backend::Postgres, &text, &clock) else {
        return Completion::ignored_with("PostgreSQL is not installed");
    };
    let answered = answers(&mut postgres.open(Purpose::Read), &asked, day);
    assert_sketched(&mut postgres.open(Purpose::Read), day);
    for ((sqlite, postgres), (name, query, _)) in expected.iter().zip(&answered).zip(&asked) {
        assert_eq!(sqlite, postgres, "{name}: {query:?}");
    }
    Completion::Completed
}
