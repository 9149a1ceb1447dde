//! Meetings, enquiries and assessments against small models: whatever is tried in which order, only the moves of the model
//! are made, and what is told afterwards is where the model stands.

use child_index::app::Limits;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::apps::{Answer, TestApp, entry};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once:
    meetings_keep_to_their_model_on_sqlite, meetings_keep_to_their_model_on_postgres,
    enquiries_keep_to_their_model_on_sqlite, enquiries_keep_to_their_model_on_postgres,
    assessments_keep_to_their_model_on_sqlite, assessments_keep_to_their_model_on_postgres,
);

/// Walks, and steps of each.
const WALKS: u32 = 12;
const STEPS: usize = 14;

fn meetings_keep_to_their_model_on_sqlite() -> Completion {
    walks(Backend::Sqlite, &MEETING_STEPS, walk_meetings)
}

fn meetings_keep_to_their_model_on_postgres() -> Completion {
    walks(Backend::Postgres, &MEETING_STEPS, walk_meetings)
}

fn enquiries_keep_to_their_model_on_sqlite() -> Completion {
    walks(Backend::Sqlite, &ENQUIRY_STEPS, walk_enquiries)
}

fn enquiries_keep_to_their_model_on_postgres() -> Completion {
    walks(Backend::Postgres, &ENQUIRY_STEPS, walk_enquiries)
}

fn assessments_keep_to_their_model_on_sqlite() -> Completion {
    walks(Backend::Sqlite, &ASSESSMENT_STEPS, walk_assessments)
}

fn assessments_keep_to_their_model_on_postgres() -> Completion {
    walks(Backend::Postgres, &ASSESSMENT_STEPS, walk_assessments)
}

type Step = &'static str;

/// Walks of steps drawn from `steps`: the same ones each time, so that what fails here fails there as well.
fn walks(
    backend: Backend,
    steps: &'static [Step],
    walk: fn(&TestApp, &[Step]) -> Result<(), TestCaseError>,
) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let config = Config { cases: WALKS, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let turns = prop::collection::vec(prop::sample::select(steps), STEPS);
    if let Err(found) = runner.run(&turns, |turns| walk(&app, &turns)) {
        panic!("{found}");
    }
    Completion::Completed
}

/// Asserts that a step ended as the model says, and that the thing at `state` stands where the model stands.
fn check(step: Step, answer: &Answer, expected: Option<&str>, held: &str, told: &Value) -> Result<(), TestCaseError> {
    match expected {
        Some(_) => prop_assert!(answer.status < 300, "{} from {}: {}", step, held, answer.text),
        None => prop_assert_eq!(answer.status, 409, "{} from {}: {}", step, held, answer.text),
    }
    prop_assert_eq!(told.as_str(), Some(expected.unwrap_or(held)), "after {} from {}", step, held);
    Ok(())
}

const MEETING_STEPS: [Step; 6] = ["reschedule", "hold", "hold", "close", "cancel", "wait"];

fn walk_meetings(app: &TestApp, steps: &[Step]) -> Result<(), TestCaseError> {
    app.it_is("2026-11-20T10:00:00Z");
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().with(entry(&school, Service::School)).add();
    let teacher = app.practitioner().of(&school);
    let at = |hour: u32| json!({"starts_at": format!("2026-11-20T{hour:02}:30:00Z"), "minutes": 30});
    let path = teacher.post(&child.meetings(), &at(11)).with_status(201).header("location").to_owned();
    let (mut state, mut begins, mut hour) = ("planned", 11, 10);
    for step in steps {
        let begun = begins < hour;
        let next = match (state, *step) {
            (_, "wait") => Some(state),
            ("planned", "reschedule") => Some("planned"),
            ("planned", "hold") if begun => Some("held"),
            ("planned", "cancel") => Some("cancelled"),
            ("held", "close") => Some("closed"),
            _ => None,
        };
        let answer = match *step {
            "wait" => {
                hour = (hour + 1).min(21);
                app.it_is(&format!("2026-11-20T{hour:02}:00:00Z"));
                teacher.get(&path)
            }
            "reschedule" => teacher.post(&format!("{path}/reschedule"), &at(hour + 1)),
            "hold" => {
                let came = json!({"involvements": child.entries, "participants": {"parents_or_carers": true, "young_person": true}});
                teacher.post(&format!("{path}/hold"), &came)
            }
            "close" => teacher.post(&format!("{path}/close"), &json!({"outcome": "support-ends"})),
            _ => teacher.post(&format!("{path}/cancel"), &json!({"reason": "replaced"})),
        };
        if *step == "reschedule" && next.is_some() {
            begins = hour + 1;
        }
        check(step, &answer, next, state, &teacher.get(&path).ok()["state"])?;
        state = next.unwrap_or(state);
    }
    Ok(())
}

const ENQUIRY_STEPS: [Step; 7] =
    ["advice-only", "no-trace", "allocated", "allocated", "accepted", "declined", "declined"];

fn walk_enquiries(app: &TestApp, steps: &[Step]) -> Result<(), TestCaseError> {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let [worker, helper] = [app.practitioner().of(&council), app.practitioner().of(&charity)];
    let desk = app.access_point(&council, &["BA14"]).to_string();
    let asked = json!({"access_point": desk, "caller": "parent-or-carer", "need": "housing-and-money"});
    let enquiry = worker.post("/v1/enquiries", &asked).with_status(201).json();
    let path = format!("/v1/enquiries/{}", enquiry["id"].as_str().expect("an id"));
    let mut state = "open";
    // Whose turn it is: the receiver, once there is one, answers; the desk decides everything else.
    let mut received = false;
    for step in steps {
        let next = match (state, *step) {
            ("open" | "returned", "advice-only") => Some("advised"),
            ("open" | "returned", "no-trace") => Some("no-trace"),
            ("open" | "returned", "allocated") => Some("allocated"),
            ("allocated", "accepted") => Some("accepted"),
            ("allocated", "declined") => Some("returned"),
            _ => None,
        };
        let decision = match *step {
            "allocated" => json!({"outcome": step, "organisation": charity.id.to_string()}),
            "declined" => json!({"outcome": step, "reason": "no-capacity"}),
            _ => json!({"outcome": step}),
        };
        let answers = matches!(*step, "accepted" | "declined");
        let somebody = if answers { &helper } else { &worker };
        let answer = somebody.post(&format!("{path}/outcomes"), &decision);
        if answers && !received {
            prop_assert_eq!(answer.status, 404, "who was never asked knows of nothing: {}", answer.text);
            continue;
        }
        check(step, &answer, next, state, &worker.get(&path).ok()["state"])?;
        state = next.unwrap_or(state);
        received |= state == "allocated";
    }
    let told = worker.get(&path).ok();
    let closed = ["advised", "no-trace", "accepted"].contains(&state);
    prop_assert_eq!(told["clock"].is_null(), closed, "the clock runs until nothing is to be decided: {}", told);
    Ok(())
}

const ASSESSMENT_STEPS: [Step; 6] =
    ["child-in-need", "child-protection", "child-in-need", "support-agreed", "joined", "support-agreed"];

fn walk_assessments(app: &TestApp, steps: &[Step]) -> Result<(), TestCaseError> {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let worker = app.practitioner().of(&council);
    let child = app.a_child().with(entry(&council, Service::EarlyHelp)).add();
    // In the order of their start: kind, number, and what became of it.
    let mut all: Vec<(Step, i64, Step)> = Vec::new();
    for step in steps {
        if step.starts_with("child-") {
            let is_open = all.iter().any(|(kind, _, state)| kind == step && *state == "open");
            let answer = worker.post(&child.assessed(), &json!({"kind": step, "started_on": "2026-11-02"}));
            prop_assert_eq!(answer.status, if is_open { 409 } else { 201 }, "{} in {:?}: {}", step, all, answer.text);
            if !is_open {
                all.push((step, answer.json()["number"].as_i64().expect("a number"), "open"));
            }
        } else if let Some((_, number, state)) = all.last_mut() {
            let end = format!("{}/{number}/complete", child.assessed());
            let answer = worker.post(&end, &json!({"outcome": step}));
            prop_assert_eq!(answer.status, if *state == "open" { 200 } else { 409 }, "{}: {}", step, answer.text);
            if *state == "open" {
                *state = if *step == "joined" { "stopped" } else { "completed" };
            }
        }
        let told = worker.get(&child.assessed()).ok();
        let mut told: Vec<(i64, &str)> = told["assessments"]
            .as_array()
            .expect("assessments")
            .iter()
            .map(|each| (each["number"].as_i64().expect("a number"), each["status"].as_str().expect("a status")))
            .collect();
        let mut held: Vec<(i64, &str)> = all.iter().map(|(_, number, state)| (*number, *state)).collect();
        told.sort_unstable();
        held.sort_unstable();
        prop_assert_eq!(told, held, "after {}", step);
    }
    Ok(())
}
