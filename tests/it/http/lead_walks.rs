//! The hand-over of the lead as a state machine: random walks over HTTP beside a small model, on both databases. After
//! every step who leads and how each question stands is what the model says, and never do two lead.

use child_index::app::Limits;
use child_index::domain::services::{OrganisationKind, Service};
use chrono::NaiveDate;
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::apps::{Known, NOW, Person, TestApp, entry};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once: the_service_walks_as_the_model_on_sqlite, the_service_walks_as_the_model_on_postgres);

/// Organisations, each with one entry.
const PEOPLE: usize = 4;
const STEPS: usize = 30;
/// Hours that go by at once: some within the days that an answer may take, some beyond with the next.
const HOURS: [i64; 3] = [20, 50, 100];

fn the_service_walks_as_the_model_on_sqlite() -> Completion {
    walk_on(Backend::Sqlite, 6)
}

fn the_service_walks_as_the_model_on_postgres() -> Completion {
    walk_on(Backend::Postgres, 3)
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// One asks the entry of another.
    Propose {
        by: usize,
        to: usize,
    },
    Accept {
        by: usize,
        which: usize,
    },
    Decline {
        by: usize,
        which: usize,
    },
    Withdraw {
        by: usize,
        which: usize,
    },
    /// One takes the mark off its own entry, or puts it on.
    Mark {
        by: usize,
        on: bool,
    },
    /// One ends its own entry.
    End {
        by: usize,
    },
    /// Time goes by.
    Wait {
        hours: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..PEOPLE;
    let which = || 0..12_usize;
    let step = prop_oneof![
        6 => (who(), who()).prop_map(|(by, to)| Step::Propose { by, to }),
        8 => (who(), which()).prop_map(|(by, which)| Step::Accept { by, which }),
        2 => (who(), which()).prop_map(|(by, which)| Step::Decline { by, which }),
        2 => (who(), which()).prop_map(|(by, which)| Step::Withdraw { by, which }),
        3 => (who(), any::<bool>()).prop_map(|(by, on)| Step::Mark { by, on }),
        1 => who().prop_map(|by| Step::End { by }),
        2 => prop::sample::select(HOURS.to_vec()).prop_map(|hours| Step::Wait { hours }),
    ];
    prop::collection::vec(step, STEPS)
}

/// What was asked, in the model's words.
#[derive(Debug, Clone)]
struct Asked {
    number: i64,
    by: usize,
    to: usize,
    led_by: Option<usize>,
    expires_at: String,
    /// What was answered; nothing while it waits.
    answer: Option<&'static str>,
}

/// Who leads, whose entries run, and what was asked.
#[derive(Debug, Default)]
struct Model {
    leads: Option<usize>,
    /// The last day of those that ended: on that day they are still known to work with the child.
    ended: [Option<NaiveDate>; PEOPLE],
    asked: Vec<Asked>,
    /// How often the lead ended.
    past: usize,
}

impl Model {
    fn state(&self, asked: &Asked, now: &str) -> &'static str {
        match asked.answer {
            Some(answer) => answer,
            // Times of one spelling compare as texts.
            None if now >= asked.expires_at.as_str() => "expired",
            None if self.leads.is_some() && self.leads != asked.led_by => "superseded",
            None => "open",
        }
    }

    /// The status and code that a question is to be answered with.
    fn propose(&mut self, by: usize, to: usize, now: &str, day: NaiveDate) -> (u16, &'static str) {
        if self.ended[to].is_some() {
            return (409, "involvement-ended");
        }
        if self.ended[by].is_some_and(|last| day > last) {
            return (403, "not-involved");
        }
        if self.leads == Some(to) {
            return (409, "leads-already");
        }
        let waits = self.asked.iter().position(|each| each.to == to && each.answer.is_none());
        if let Some(place) = waits {
            match self.state(&self.asked[place], now) {
                "open" => return (409, "lead-proposed"),
                over => self.asked[place].answer = Some(over),
            }
        }
        (201, "")
    }

    fn answer(&mut self, step: Step, now: &str) -> (u16, &'static str) {
        let (by, which) = match step {
            Step::Accept { by, which } | Step::Decline { by, which } | Step::Withdraw { by, which } => (by, which),
            _ => return (200, ""),
        };
        let asked = self.asked[which].clone();
        let owner = match step {
            Step::Withdraw { .. } => asked.by == by || self.leads == Some(by),
            _ => asked.to == by,
        };
        if !owner {
            return (403, "not-your-organisations-entry");
        }
        if self.state(&asked, now) != "open" {
            return (409, "lead-proposal-over");
        }
        let answer = match step {
            Step::Accept { .. } => {
                if self.ended[by].is_some() {
                    return (409, "involvement-ended");
                }
                if self.leads == Some(by) {
                    return (409, "leads-already");
                }
                if asked.by == by && self.leads.is_some() {
                    return (403, "second-person-required");
                }
                self.past += usize::from(self.leads.is_some());
                self.leads = Some(by);
                "accepted"
            }
            Step::Decline { .. } => "declined",
            _ => "withdrawn",
        };
        self.asked[which].answer = Some(answer);
        (200, "")
    }

    fn mark(&mut self, by: usize, on: bool) -> (u16, &'static str) {
        if self.ended[by].is_some() {
            return (409, "involvement-ended");
        }
        match (on, self.leads) {
            (true, Some(other)) if other != by => return (409, "lead-professional-exists"),
            (true, _) => self.leads = Some(by),
            (false, Some(other)) if other == by => {
                self.leads = None;
                self.past += 1;
            }
            (false, _) => {}
        }
        (200, "")
    }

    fn end(&mut self, by: usize, day: NaiveDate) -> (u16, &'static str) {
        if self.ended[by].is_some() {
            return (409, "involvement-ended");
        }
        self.ended[by] = Some(day);
        if self.leads == Some(by) {
            self.leads = None;
            self.past += 1;
        }
        (200, "")
    }
}

fn walk_on(backend: Backend, walks: u32) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let organisations: Vec<_> = (0..PEOPLE).map(|_| app.organisation(OrganisationKind::School)).collect();
    let people: Vec<Person<'_>> = organisations.iter().map(|each| app.practitioner().of(each)).collect();
    let config = Config { cases: walks, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    // The same walks each time: what fails here fails there as well.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let walked = runner.run(&steps(), |steps| {
        app.it_is(NOW);
        let mut child = app.a_child();
        for (place, each) in organisations.iter().enumerate() {
            let tutor = entry(each, Service::School).by(&format!("Tutor {place}"), "Tutor", Vec::new());
            child = child.with(if place == 0 { tutor.leading() } else { tutor });
        }
        let walk = Walk { app: &app, people: &people, child: child.add() };
        let mut model = Model { leads: Some(0), ..Model::default() };
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

struct Walk<'a> {
    app: &'a TestApp,
    people: &'a [Person<'a>],
    child: Known,
}

impl Walk<'_> {
    fn now(&self) -> String {
        self.app.clock.now().to_string()
    }

    /// Takes a step in the service and in the model, and compares what comes of it.
    fn step(&self, model: &mut Model, step: Step) -> Result<(), TestCaseError> {
        let (now, day) = (self.now(), self.app.clock.now().day());
        let (answer, expected) = match step {
            Step::Wait { hours } => {
                self.app.clock.advance(hours * child_index::domain::instants::HOUR);
                return Ok(());
            }
            Step::Propose { by, to } => {
                let led_by = model.leads;
                let expected = model.propose(by, to, &now, day);
                let body = json!({"kind": "early-help", "involvement": self.child.entries[to]});
                let answer = self.people[by].post(&self.child.proposed(), &body);
                if answer.status == 201 {
                    let made = answer.json();
                    let number = made["number"].as_i64().expect("a number");
                    let expires_at = made["expires_at"].as_str().expect("an instant").to_owned();
                    model.asked.push(Asked { number, by, to, led_by, expires_at, answer: None });
                }
                (answer, expected)
            }
            Step::Accept { which, .. } | Step::Decline { which, .. } | Step::Withdraw { which, .. }
                if which >= model.asked.len() =>
            {
                return Ok(());
            }
            Step::Accept { by, which } => {
                let path = format!("{}/{}/accept", self.child.proposed(), model.asked[which].number);
                (self.people[by].post_nothing(&path), model.answer(step, &now))
            }
            Step::Decline { by, which } => {
                let path = format!("{}/{}/decline", self.child.proposed(), model.asked[which].number);
                (self.people[by].post(&path, &json!({"reason": "no-capacity"})), model.answer(step, &now))
            }
            Step::Withdraw { by, which } => {
                let path = format!("{}/{}/withdraw", self.child.proposed(), model.asked[which].number);
                (self.people[by].post_nothing(&path), model.answer(step, &now))
            }
            Step::Mark { by, on } => {
                let lead = if on { json!("early-help") } else { Value::Null };
                let path = self.child.entry(by);
                (self.people[by].change_at(&path, &json!({"lead_professional": lead})), model.mark(by, on))
            }
            Step::End { by } => {
                let path = format!("{}/end", self.child.entry(by));
                (self.people[by].post(&path, &json!({})), model.end(by, day))
            }
        };
        let code = answer.code();
        prop_assert_eq!((answer.status, code.as_str()), expected, "{:?}: {}", step, answer.text);
        Ok(())
    }

    /// What everybody is told is what the model says.
    fn agrees(&self, model: &Model, step: Step) -> Result<(), TestCaseError> {
        let now = self.now();
        let told = self.people[0].get(&self.child.led()).ok();
        let list = |name: &str| told[name].as_array().expect("a list").clone();
        let leads: Vec<_> = list("leads").iter().map(|each| each["involvement"].clone()).collect();
        let expected: Vec<_> = model.leads.iter().map(|place| json!(self.child.entries[*place])).collect();
        prop_assert_eq!(leads, expected, "after {:?}", step);
        let mut states: Vec<_> = list("proposals")
            .iter()
            .map(|each| (each["number"].as_i64().expect("a number"), each["state"].as_str().unwrap_or("").to_owned()))
            .collect();
        let mut expected: Vec<_> =
            model.asked.iter().map(|asked| (asked.number, model.state(asked, &now).to_owned())).collect();
        states.sort();
        expected.sort();
        prop_assert_eq!(states, expected, "after {:?}", step);
        prop_assert_eq!(list("history").len(), model.past, "after {:?}", step);
        let contacts = self.people[0].contacts(&self.child).ok();
        let name = model.leads.map_or(Value::Null, |place| json!(format!("Tutor {place}")));
        prop_assert_eq!(&contacts["lead_professional"]["name"], &name, "after {:?}", step);
        Ok(())
    }
}
