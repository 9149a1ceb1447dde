//! Transfers against a small model: whatever is tried by whom in which order, the child is always somebody's, and only
//! the moves of the model are made.

use child_index::app::Limits;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use super::transfers::{Places, running, step_up};
use crate::apps::{Answer, Known, Person, TestApp};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once: nobody_falls_between_on_sqlite, nobody_falls_between_on_postgres);

/// Walks, and steps of the longest of them.
const WALKS: u32 = 12;
const STEPS: usize = 24;

fn nobody_falls_between_on_sqlite() -> Completion {
    walk_on(Backend::Sqlite)
}

fn nobody_falls_between_on_postgres() -> Completion {
    walk_on(Backend::Postgres)
}

/// Who tries something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Sender,
    Receiver,
    Desk,
    Stranger,
}

/// What they try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Propose,
    Accept,
    Decline,
    Withdraw,
    Place,
    End,
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// With the sender, and nothing proposed.
    AtRest,
    Proposed,
    Escalated,
    /// With the receiver.
    Moved,
    /// The sender has ended by itself: nobody has the child, because somebody said so.
    Ended,
}

/// What the model makes of a step: the state after it, or the status of the refusal.
fn model(state: State, who: Who, step: Step) -> Result<State, u16> {
    let whose = match step {
        Step::Propose | Step::Withdraw | Step::End => Who::Sender,
        Step::Accept | Step::Decline => Who::Receiver,
        Step::Place => Who::Desk,
    };
    if who != whose {
        return Err(403);
    }
    match (state, step) {
        (State::AtRest, Step::Propose) | (State::Escalated, Step::Place) => Ok(State::Proposed),
        (State::Proposed, Step::Accept) => Ok(State::Moved),
        (State::Proposed, Step::Decline) => Ok(State::Escalated),
        (State::Proposed | State::Escalated, Step::Withdraw) => Ok(State::AtRest),
        (State::AtRest, Step::End) => Ok(State::Ended),
        _ => Err(409),
    }
}

fn walk_on(backend: Backend) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let places = Places::of(&app);
    let receiver = app.organisation(OrganisationKind::LocalAuthority);
    let walkers = [&places.charity, &receiver, &places.council].map(|each| app.practitioner().of(each));
    let stranger = app.practitioner();
    let config = Config { cases: WALKS, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    // The same walks each time: what fails here fails there as well.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let who = prop::sample::select(vec![Who::Sender, Who::Receiver, Who::Desk, Who::Stranger]);
    let step =
        prop::sample::select(vec![Step::Propose, Step::Accept, Step::Decline, Step::Withdraw, Step::Place, Step::End]);
    // Mostly whose turn it is, and everybody else at times: else few walks would get anywhere.
    let turn = (any::<bool>(), who, step);
    let walked = runner.run(&prop::collection::vec(turn, STEPS), |turns| {
        let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
        let walk = Walk { walkers: &walkers, stranger: &stranger, child: &child, receiver: receiver.id.to_string() };
        let (mut state, mut at) = (State::AtRest, format!("{}/{}", child.transfers(), uuid::Uuid::nil()));
        for (rightly, who, step) in turns {
            let who = if rightly { whose(step) } else { who };
            let body = step_up(&child, &receiver);
            let answer = walk.ask(who, step, &at, &body);
            let none_yet = at.contains(&uuid::Uuid::nil().to_string());
            match model(state, who, step) {
                // A transfer that nobody has proposed yet exists for nobody.
                _ if none_yet && !matches!(step, Step::Propose | Step::End) => prop_assert_eq!(answer.status, 404),
                Ok(next) => {
                    prop_assert!(answer.status < 300, "{state:?} {who:?} {step:?}: {}", answer.text);
                    state = next;
                }
                Err(status) => {
                    prop_assert_eq!(answer.status, status, "{:?} {:?} {:?}: {}", state, who, step, answer.text);
                }
            }
            if step == Step::Propose && answer.status == 201 {
                at = format!("{}/{}", child.transfers(), answer.json()["id"].as_str().expect("an id"));
            }
            walk.stands(state, &at)?;
        }
        Ok(())
    });
    if let Err(found) = walked {
        panic!("{found}");
    }
    Completion::Completed
}

/// Whose a step is.
fn whose(step: Step) -> Who {
    let all = [Who::Sender, Who::Receiver, Who::Desk];
    let states = [State::AtRest, State::Proposed, State::Escalated];
    let may = |who: &Who| states.iter().any(|state| model(*state, *who, step).is_ok());
    all.into_iter().find(may).expect("somebody's")
}

/// One child's walk.
struct Walk<'a> {
    walkers: &'a [Person<'a>; 3],
    stranger: &'a Person<'a>,
    child: &'a Known,
    receiver: String,
}

impl Walk<'_> {
    fn person(&self, who: Who) -> &Person<'_> {
        match who {
            Who::Sender => &self.walkers[0],
            Who::Receiver => &self.walkers[1],
            Who::Desk => &self.walkers[2],
            Who::Stranger => self.stranger,
        }
    }

    fn ask(&self, who: Who, step: Step, at: &str, proposal: &serde_json::Value) -> Answer {
        let person = self.person(who);
        match step {
            Step::Propose => person.post(&self.child.transfers(), proposal),
            Step::Accept => person.post(&format!("{at}/accept"), &json!({})),
            Step::Decline => person.post(&format!("{at}/decline"), &json!({"reason": "wrong-service"})),
            Step::Withdraw => person.post(&format!("{at}/withdraw"), &json!({"reason": "other-receiver"})),
            Step::Place => person.post(&format!("{at}/place"), &json!({"organisation": self.receiver})),
            Step::End => person.post(&format!("{}/end", self.child.entry(0)), &json!({})),
        }
    }

    /// That everybody is told what the model says: who has the child, and on whose lists it waits.
    fn stands(&self, state: State, at: &str) -> Result<(), TestCaseError> {
        let list = self.stranger.get(&self.child.involvements()).ok();
        let entries = list["involvements"].as_array().expect("a list").clone();
        let runs = |service: &str| entries.iter().any(|each| each["service"] == service && each["ended_on"].is_null());
        let (sends, receives) = (runs("early-help"), runs("childrens-social-care"));
        match state {
            State::AtRest | State::Proposed | State::Escalated => prop_assert!(sends && !receives, "{state:?}"),
            State::Moved => prop_assert!(receives && !sends, "{state:?}"),
            State::Ended => prop_assert!(!sends && !receives, "{state:?}"),
        }
        // Until the end of the day the one who goes is there beside the one who came.
        prop_assert!(state == State::Ended || !running(self.stranger, self.child).is_empty());
        let waits = |who: Who, list: &str| {
            let page = self.person(who).get(&format!("/v1/transfers?list={list}&limit=100")).ok();
            page["transfers"]
                .as_array()
                .expect("a list")
                .iter()
                .any(|each| at.ends_with(each["id"].as_str().expect("an id")))
        };
        prop_assert_eq!(waits(Who::Receiver, "waiting"), state == State::Proposed);
        prop_assert_eq!(waits(Who::Desk, "escalated"), state == State::Escalated);
        prop_assert_eq!(waits(Who::Sender, "unanswered"), state == State::Proposed);
        let unaccepted = matches!(state, State::Proposed | State::Escalated);
        prop_assert_eq!(waits(Who::Sender, "unaccepted"), unaccepted);
        Ok(())
    }
}
