//! Agreements against a small model: whatever is tried in which order, only the moves of the model are made, never do two
//! bind on one day, and readers are told what the model says is in force.

use child_index::app::Limits;
use child_index::domain::partnerships::DefaultVisibility::Withheld;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use super::partnerships::bring_to;
use crate::apps::TestApp;
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once: no_two_bind_on_one_day_on_sqlite, no_two_bind_on_one_day_on_postgres);

/// Walks, and steps of each.
const WALKS: u32 = 12;
const STEPS: usize = 16;
/// Agreements that a walk is about.
const AGREEMENTS: usize = 3;

fn no_two_bind_on_one_day_on_sqlite() -> Completion {
    walk_on(Backend::Sqlite)
}

fn no_two_bind_on_one_day_on_postgres() -> Completion {
    walk_on(Backend::Postgres)
}

/// What is tried of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// To be of the first half of the month, the second, or all of it.
    Move(u8),
    Adopt,
    End,
    /// Nothing, a day later.
    Wait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Draft,
    Adopted,
    Ended,
}

/// An agreement of the model: where it stands, and from which day of the month to which.
type Model = (State, u32, u32);

const HALVES: [(u32, u32); 3] = [(1, 25), (26, 30), (1, 30)];

fn overlap(one: Model, other: Model) -> bool {
    one.1 <= other.2 && other.1 <= one.2
}

/// What the model makes of a step: the agreement after it, or the status of the refusal.
fn model(all: &[Model], at: usize, step: Step, today: u32) -> Result<Model, u16> {
    let (state, from, until) = all[at];
    match (state, step) {
        (_, Step::Wait) => Ok(all[at]),
        (State::Draft, Step::Move(half)) => {
            let (from, until) = HALVES[usize::from(half)];
            Ok((State::Draft, from, until))
        }
        (State::Draft, Step::Adopt) if until < today => Err(422),
        (State::Draft, Step::Adopt) => {
            let others = all.iter().enumerate().filter(|(other, _)| *other != at);
            let clashes = |(_, other): (usize, &Model)| other.0 == State::Adopted && overlap(*other, all[at]);
            if others.into_iter().any(clashes) { Err(409) } else { Ok((State::Adopted, from, until)) }
        }
        // What is so already stays so.
        (State::Adopted, Step::Adopt) | (State::Ended, Step::End) => Ok(all[at]),
        (State::Adopted, Step::End) => Ok((State::Ended, from, until)),
        _ => Err(409),
    }
}

#[expect(clippy::too_many_lines, reason = "one walk, read step by step")]
fn walk_on(backend: Backend) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let (manager, stranger) = (app.manager(), app.practitioner());
    let config = Config { cases: WALKS, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    // The same walks each time: what fails here fails there as well.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = vec![Step::Move(0), Step::Move(1), Step::Move(2), Step::Adopt, Step::Adopt, Step::End, Step::Wait];
    let turn = (0..AGREEMENTS, prop::sample::select(steps));
    let walked = runner.run(&prop::collection::vec(turn, STEPS), |turns| {
        app.it_is("2026-11-20T10:00:00Z");
        let mut today = 20;
        let housing = app.organisation(OrganisationKind::Housing);
        let child = app.a_child().known_to(&housing, Service::Housing).add();
        let partnership = app.partnership(&[&housing]);
        let lines = [(Service::Housing, Withheld, Withheld)];
        let paths: Vec<String> = (0..AGREEMENTS)
            .map(|_| {
                let number = app.draft(partnership, "2026-11-01", &lines);
                format!("/v1/partnerships/{partnership}/agreements/{number}")
            })
            .collect();
        let mut all: Vec<Model> = vec![(State::Draft, 1, 30); AGREEMENTS];
        for path in &paths {
            manager.change_at(path, &json!({"until": "2026-11-30"})).ok();
        }
        for (at, step) in turns {
            let answer = match step {
                Step::Move(half) => {
                    let (from, until) = HALVES[usize::from(half)];
                    let day = |day: u32| format!("2026-11-{day:02}");
                    let body = json!({"from": day(from), "until": day(until), "review_on": day(until)});
                    manager.change_at(&paths[at], &body)
                }
                Step::Adopt => bring_to(&manager, &paths[at], "adopted"),
                Step::End => bring_to(&manager, &paths[at], "ended"),
                Step::Wait => {
                    today += 1;
                    app.it_is(&format!("2026-11-{today:02}T10:00:00Z"));
                    manager.get(&paths[at])
                }
            };
            match model(&all, at, step, today) {
                Ok(next) => {
                    prop_assert_eq!(answer.status, 200, "{:?} {:?}: {}", all, step, answer.text);
                    all[at] = next;
                }
                Err(status) => prop_assert_eq!(answer.status, status, "{:?} {:?}: {}", all, step, answer.text),
            }
            let in_force = all.iter().filter(|each| each.0 == State::Adopted && (each.1..=each.2).contains(&today));
            let binding = in_force.count();
            prop_assert!(binding <= 1);
            let told = stranger.contacts(&child).ok();
            let shown = told["involvements"].as_array().expect("a list").len();
            prop_assert_eq!(shown, usize::from(binding == 0), "{:?} on {}", all, today);
            if today == 30 {
                break;
            }
        }
        Ok(())
    });
    if let Err(found) = walked {
        panic!("{found}");
    }
    Completion::Completed
}
