//! A panel's meeting as a state machine: random walks over HTTP beside a small model, on both databases. After every step who
//! is on the agenda for whom, and what was decided, is what the model says.

use std::collections::BTreeMap;

use child_index::app::Limits;
use child_index::domain::ids::{PanelId, PanelMeetingId};
use child_index::domain::panels::PanelMeetingState;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once: the_service_walks_as_the_model_on_sqlite, the_service_walks_as_the_model_on_postgres);

const CHILDREN: usize = 4;
/// The last child is shielded: she is on nobody's agenda.
const SHIELDED: usize = CHILDREN - 1;
/// The first chairs; each works with every child.
const MEMBERS: usize = 3;
const STEPS: usize = 30;
const DECISIONS: [&str; 3] = ["allocate", "no-further-action", "deferred"];

fn the_service_walks_as_the_model_on_sqlite() -> Completion {
    walk_on(Backend::Sqlite, 6)
}

fn the_service_walks_as_the_model_on_postgres() -> Completion {
    walk_on(Backend::Postgres, 3)
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Add {
        by: usize,
        child: usize,
    },
    Withdraw {
        by: usize,
        child: usize,
    },
    /// With the version that was read now, or with the one before any decision.
    Decide {
        by: usize,
        child: usize,
        decision: &'static str,
        fresh: bool,
    },
    Hold {
        by: usize,
    },
    Close {
        by: usize,
    },
    /// The chair stays; the others come and go.
    Seat {
        who: usize,
        sits: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (who, child) = (|| 0..MEMBERS, || 0..CHILDREN);
    let decision = || prop::sample::select(DECISIONS.to_vec());
    let step = prop_oneof![
        6 => (who(), child()).prop_map(|(by, child)| Step::Add { by, child }),
        2 => (who(), child()).prop_map(|(by, child)| Step::Withdraw { by, child }),
        8 => (who(), child(), decision(), prop::bool::weighted(0.7))
            .prop_map(|(by, child, decision, fresh)| Step::Decide { by, child, decision, fresh }),
        2 => who().prop_map(|by| Step::Hold { by }),
        1 => who().prop_map(|by| Step::Close { by }),
        3 => (1..MEMBERS, any::<bool>()).prop_map(|(who, sits)| Step::Seat { who, sits }),
    ];
    prop::collection::vec(step, STEPS)
}

#[derive(Debug)]
struct Model {
    state: &'static str,
    sits: [bool; MEMBERS],
    /// What was decided of each child on the agenda, and how often.
    agenda: BTreeMap<usize, (Option<&'static str>, u32)>,
}

impl Model {
    /// The status that a step is to be answered with.
    fn take(&mut self, step: Step) -> u16 {
        match step {
            Step::Add { by, .. } | Step::Withdraw { by, .. } | Step::Decide { by, .. } if !self.sits[by] => 404,
            Step::Hold { by } | Step::Close { by } if !self.sits[by] => 404,
            Step::Add { child: SHIELDED, .. } => 403,
            Step::Add { .. } if self.state != "planned" => 409,
            Step::Add { child, .. } if self.agenda.contains_key(&child) => 409,
            Step::Add { child, .. } => {
                self.agenda.insert(child, (None, 0));
                201
            }
            Step::Withdraw { child, .. } | Step::Decide { child, .. } if !self.agenda.contains_key(&child) => 404,
            Step::Withdraw { .. } if self.state != "planned" => 409,
            Step::Withdraw { child, .. } => {
                self.agenda.remove(&child);
                200
            }
            Step::Decide { child, decision, fresh, .. } => self.decide(child, decision, fresh),
            Step::Hold { by } | Step::Close { by } if by != 0 => 403,
            Step::Hold { .. } if self.state == "planned" => {
                self.state = "held";
                200
            }
            Step::Close { .. } if self.state == "held" => {
                self.state = "closed";
                200
            }
            Step::Hold { .. } | Step::Close { .. } => 409,
            Step::Seat { who, sits } => {
                self.sits[who] = sits;
                200
            }
        }
    }

    fn decide(&mut self, child: usize, decision: &'static str, fresh: bool) -> u16 {
        let state = self.state;
        let Some((decided, times)) = self.agenda.get_mut(&child) else { return 404 };
        if !fresh && *times > 0 {
            return 412;
        }
        if state != "held" {
            return 409;
        }
        *decided = Some(decision);
        *times += 1;
        200
    }
}

struct Walk<'a> {
    people: &'a [Person<'a>],
    manager: &'a Person<'a>,
    children: Vec<Known>,
    panel: PanelId,
    meeting: PanelMeetingId,
    receiver: Value,
    /// Where each child is on the agenda, and the first version.
    items: BTreeMap<usize, (String, String)>,
}

fn walk_on(backend: Backend, walks: u32) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let organisations: Vec<_> = (0..MEMBERS).map(|_| app.organisation(OrganisationKind::School)).collect();
    let people: Vec<Person<'_>> = organisations.iter().map(|each| app.practitioner().of(each)).collect();
    let manager = app.manager();
    let receiver = json!({"organisation": organisations[0].id.to_string(), "service": "school"});
    let config = Config { cases: walks, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    // The same walks each time: what fails here fails there as well.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let walked = runner.run(&steps(), |steps| {
        let children = (0..CHILDREN).map(|at| {
            let new = app.a_child();
            let new = organisations.iter().fold(new, |new, each| new.known_to(each, Service::School));
            if at == SHIELDED { new.shielded().confirmed().add() } else { new.add() }
        });
        let panel = app.panel(&people[0], &people[1..].iter().collect::<Vec<_>>());
        let mut walk = Walk {
            people: &people,
            manager: &manager,
            children: children.collect(),
            panel,
            meeting: app.panel_meeting(panel, PanelMeetingState::Planned),
            receiver: receiver.clone(),
            items: BTreeMap::new(),
        };
        let mut model = Model { state: "planned", sits: [true; MEMBERS], agenda: BTreeMap::new() };
        for step in steps {
            walk.step(&mut model, step)?;
            walk.agrees(&model, step)?;
        }
        Ok(())
    });
    if let Err(found) = walked {
        panic!("{found}");
    }
    Completion::Completed
}

impl Walk<'_> {
    fn path(&self) -> String {
        format!("/v1/panels/{}/meetings/{}", self.panel, self.meeting)
    }

    fn item(&self, child: usize) -> String {
        self.items.get(&child).map_or_else(|| format!("{}/items/1", self.path()), |(path, _)| path.clone())
    }

    fn step(&mut self, model: &mut Model, step: Step) -> Result<(), TestCaseError> {
        let answer = match step {
            Step::Add { by, child } => {
                let body = json!({"child_id": self.children[child].number});
                let answer = self.people[by].post(&format!("{}/items", self.path()), &body);
                if answer.status == 201 {
                    let place = (answer.header("location").to_owned(), answer.header("etag").to_owned());
                    self.items.insert(child, place);
                }
                answer
            }
            Step::Withdraw { by, child } => self.people[by].post_nothing(&format!("{}/withdraw", self.item(child))),
            Step::Decide { by, child, decision, fresh } => {
                let path = self.item(child);
                let first =
                    self.items.get(&child).map_or_else(|| format!("\"{}\"", "0".repeat(64)), |(_, tag)| tag.clone());
                let now = self.people[by].get(&path);
                let seen = if fresh && now.status == 200 { now.header("etag").to_owned() } else { first };
                let mut body = json!({"decision": decision});
                if decision == "allocate" {
                    body["receiver"] = self.receiver.clone();
                }
                self.people[by].patch(&path, &seen, &body)
            }
            Step::Hold { by } => self.people[by].post_nothing(&format!("{}/hold", self.path())),
            Step::Close { by } => self.people[by].post_nothing(&format!("{}/close", self.path())),
            Step::Seat { who, sits } => {
                let body = json!({"account": self.people[who].account.id.to_string(), "member": sits});
                self.manager.post(&format!("/v1/panels/{}/members", self.panel), &body)
            }
        };
        let expected = model.take(step);
        prop_assert_eq!(answer.status, expected, "{:?}: {}", step, answer.text);
        self.items.retain(|child, _| model.agenda.contains_key(child));
        Ok(())
    }

    /// Everybody who sits there sees the agenda of the model, and nobody else sees one.
    fn agrees(&self, model: &Model, step: Step) -> Result<(), TestCaseError> {
        for (person, sits) in self.people.iter().zip(model.sits) {
            let answer = person.get(&format!("{}/items", self.path()));
            if !sits {
                prop_assert_eq!(answer.status, 404, "{:?}", step);
                continue;
            }
            let page = answer.ok();
            let told: BTreeMap<String, Value> = page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|each| {
                    (each["child"]["child_id"].as_str().expect("a number").to_owned(), each["decision"].clone())
                })
                .collect();
            let expected: BTreeMap<String, Value> = model
                .agenda
                .iter()
                .map(|(child, (decision, _))| (self.children[*child].number.clone(), json!(decision)))
                .collect();
            prop_assert_eq!(told, expected, "{:?}", step);
        }
        let meetings = self.manager.get(&format!("/v1/panels/{}/meetings", self.panel)).ok();
        prop_assert_eq!(&meetings["panel_meetings"][0]["state"], &json!(model.state), "{:?}", step);
        Ok(())
    }
}
