//! Random walks: everybody does anything in any order to children who hide something, and no answer ever holds what the
//! table of who sees what denies whoever asked. Row 8.2.3 of the security requirements.

use child_index::app::Limits;
use child_index::domain::accounts::Capability;
use child_index::domain::audit::actions::Strength;
use child_index::domain::children::Child;
use child_index::domain::ids::{CarerShieldId, ChildId, OrganisationId};
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::{Actor, Block, CaseKind, Column, Extent, cell, visibility_of};
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::connections::AnyConnection;
use child_index::store::{accounts, carer_shields, files, organisations};
use libtest_mimic::Completion;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::apps::{Answer, ELSEWHERE, Known, Operation, Person, Scene, TestApp, asked, entry, settled};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(; once: no_walk_leads_to_what_is_hidden_on_sqlite, no_walk_leads_to_what_is_hidden_on_postgres);

/// Walks, and steps of the longest of them.
const WALKS: u32 = 6;
const STEPS: usize = 80;

fn no_walk_leads_to_what_is_hidden_on_sqlite() -> Completion {
    walk_on(Backend::Sqlite)
}

fn no_walk_leads_to_what_is_hidden_on_postgres() -> Completion {
    walk_on(Backend::Postgres)
}

fn walk_on(backend: Backend) -> Completion {
    let database = match TestDatabase::fresh(backend) {
        Ok(database) => database,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let operations = app.operations();
    let config = Config { cases: WALKS, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    // The same walks each time: what fails here fails there as well.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index, prop::sample::Index)>(), STEPS);
    let walked = runner.run(&steps, |steps| {
        let place = Place::new(&app);
        for (operation, person, child) in steps {
            place.step(operation.get(&operations), person.get(&place.people), child.get(&place.children))?;
        }
        place.nothing_is_told_outside()
    });
    if let Err(found) = walked {
        panic!("{found}");
    }
    Completion::Completed
}

/// Something that is nowhere but in one block of one child's record.
struct Canary {
    child: ChildId,
    block: Block,
    supplied_by: OrganisationId,
    text: String,
}

/// A person, and the system they act through.
struct Walker<'a> {
    name: &'static str,
    person: Person<'a>,
    through: Option<Person<'a>>,
}

/// Children of one walk, with everybody who may come across them.
struct Place<'a> {
    app: &'a TestApp,
    people: Vec<Walker<'a>>,
    children: Vec<Known>,
    /// The same as they were when the walk began.
    records: Vec<Child>,
    canaries: Vec<Canary>,
    scene: Scene,
}

impl<'a> Place<'a> {
    fn new(app: &'a TestApp) -> Self {
        let school = app.organisation(OrganisationKind::School);
        let refuge = app.organisation(OrganisationKind::Refuge);
        let scene = app.scene(&app.a_child().add());
        let people = people(app, &school, &refuge);
        let mut place = Self { app, people, children: Vec::new(), records: Vec::new(), canaries: Vec::new(), scene };
        place.people.iter().for_each(|walker| app.seat(place.scene.panel, &walker.person));
        for state in ["plain", "shielded", "sealed", "held", "provisional", "unborn", "carer shielded"] {
            place.add(state, &school, &refuge);
        }
        for (position, child) in place.children.iter().enumerate() {
            place.children[..position].iter().for_each(|other| app.share_a_team(child, other));
        }
        place
    }

    fn add(&mut self, state: &str, school: &Organisation, refuge: &Organisation) {
        let word = |kind: &str| format!("{kind}{}", letters(rand::random()));
        let (line, carer, former, family) = (word("Zaddr"), word("Zcarer"), word("Zformer"), word("Zfamily"));
        let (worker, teacher) = (word("Zworker"), word("Zteacher"));
        // A telephone that leads to a shielded carer hides whoever else has it.
        let own = format!("07700 {:06}", rand::random::<u32>() % 900_000);
        let phone = if state == "carer shielded" { own.as_str() } else { "07700 900777" };
        let manager = &self.people.iter().find(|walker| walker.name == "manager with cases").expect("a manager").person;
        let new = self
            .app
            .a_child()
            .named("Ida", &family)
            .living_at(&format!("7 {line} Lane"), "SN12 6AA")
            .with_carer(&carer, phone)
            .formerly("Ida", &former)
            .with(entry(school, Service::School).by(&teacher, "Form tutor", Vec::new()))
            .with(entry(refuge, Service::RefugeAndDomesticAbuse).by(&worker, "Key worker", Vec::new()))
            .asked(asked(1, manager))
            .settled(settled().chaired_by(1).reviewing_on("2026-11-19"))
            .meeting_at("2026-11-20T09:00:00Z")
            .with_case(CaseKind::Shield, manager)
            .with_case(CaseKind::Review, manager);
        let mut record = new.child().clone();
        let known = match state {
            "plain" | "carer shielded" => new,
            "shielded" => new.shielded(),
            "sealed" => new.sealed(),
            "held" => new.held(),
            "provisional" => new.provisional(),
            "unborn" => new.expected("2026-12-24"),
            other => panic!("{other}"),
        }
        .add();
        let day = self.app.clock.now().day();
        let file = files::find(&mut self.app.connect(), Some(known.id), day).expect("a look").expect("a file");
        let council = file.subject().supplied_by;
        for (block, supplied_by, text) in [
            (Block::Identity, council, family),
            (Block::Address, council, line),
            (Block::Carers, council, carer),
            (Block::OtherNames, council, former),
            (Block::Involvements, school.id, teacher),
            (Block::Sensitive, refuge.id, worker),
        ] {
            self.canaries.push(Canary { child: known.id, block, supplied_by, text: text.to_lowercase() });
        }
        record.record.id = known.id;
        if state == "carer shielded" {
            let teacher = &self.people.iter().find(|walker| walker.name == "teacher").expect("a teacher").person;
            let body = json!({"carer": known.carers[0], "ground": "refuge"});
            teacher.post(&format!("{}/carer-shields", known.path()), &body).ok();
        }
        self.records.push(record);
        self.children.push(known);
    }

    /// The shield on the carer of a child, and whether it is confirmed.
    fn carer_shield(&self, conn: &mut AnyConnection, child: ChildId) -> Option<(CarerShieldId, bool)> {
        let record = self.records.iter().find(|record| record.record.id == child)?;
        let shields = carer_shields::list_of(conn, &self.app.settings().keys, record).expect("a look");
        let confirmed = shields.iter().any(|(shield, _)| shield.confirmed_at.is_some());
        shields.first().map(|(shield, _)| (shield.id, confirmed))
    }

    /// Which canaries this walker may see as things stand.
    fn allowed(&self, walker: &Walker<'_>) -> Vec<bool> {
        let conn = &mut self.app.connect();
        let mut actor = actor_of(conn, &walker.person);
        actor.through = walker.through.as_ref().map(|system| Box::new(actor_of(conn, system)));
        let day = self.app.clock.now().day();
        let mut visible = |child: ChildId| {
            // Of what was purged nothing can be told.
            let file = files::find(conn, Some(child), day).expect("a look")?;
            let cover = self.carer_shield(conn, child).map(|(_, confirmed)| confirmed);
            visibility_of(&actor, file.subject(), day).map(|seen| (seen, cover))
        };
        let seen: Vec<_> = self.children.iter().map(|child| (child.id, visible(child.id))).collect();
        let sees = |canary: &Canary| {
            let visibility = seen.iter().find(|(child, _)| *child == canary.child).and_then(|(_, seen)| seen.as_ref());
            visibility.is_some_and(|(seen, cover)| match (canary.block, cover) {
                (Block::Identity, _) => true,
                (Block::Carers, Some(confirmed)) => seen.shows_shielded_carer(canary.supplied_by, *confirmed),
                (block, _) => seen.shows(block, canary.supplied_by),
            })
        };
        self.canaries.iter().map(sees).collect()
    }

    /// One of them asks for one thing about one child.
    fn step(&self, operation: &Operation, walker: &Walker<'_>, child: &Known) -> Result<(), TestCaseError> {
        let mut scene = self.app.same_scene(&self.scene, child);
        if let Some((shield, _)) = self.carer_shield(&mut self.app.connect(), child.id) {
            scene.carer_shield = shield.to_string();
        }
        let before = self.allowed(walker);
        let answer = operation.ask(&walker.person, &scene);
        prop_assert!(answer.status < 500, "{} {}: {}", walker.name, answer.asked, answer.text);
        let after = self.allowed(walker);
        // What the request itself opened, by taking a case or registering an entry, its answer may show.
        let allowed: Vec<bool> = before.iter().zip(after).map(|(before, after)| *before || after).collect();
        self.tells_no_more(walker, &answer, &allowed)?;
        if answer.text.contains("acknowledgement") && answer.status == 409 {
            return self.acknowledge(walker, child, &answer, &allowed);
        }
        Ok(())
    }

    /// Goes on after the warning before an override: the table says what this one viewing adds.
    fn acknowledge(
        &self,
        walker: &Walker<'_>,
        child: &Known,
        warning: &Answer,
        allowed: &[bool],
    ) -> Result<(), TestCaseError> {
        let acknowledged = json!({"ground": "missing-child", "acknowledgement": warning.json()["acknowledgement"]});
        let seen = walker.person.post(&format!("{}/override", child.path()), &acknowledged);
        prop_assert_eq!(seen.status, 200, "{}", seen.text);
        let opened = |canary: &Canary| canary.child == child.id && cell(canary.block, Column::Override) == Extent::All;
        let allowed: Vec<bool> =
            self.canaries.iter().zip(allowed).map(|(canary, allowed)| *allowed || opened(canary)).collect();
        self.tells_no_more(walker, &seen, &allowed)
    }

    fn tells_no_more(&self, walker: &Walker<'_>, answer: &Answer, allowed: &[bool]) -> Result<(), TestCaseError> {
        let told = told(answer);
        for (canary, allowed) in self.canaries.iter().zip(allowed) {
            prop_assert!(
                *allowed || !told.contains(&canary.text),
                "{} was told the {} of a child by {}: {}",
                walker.name,
                canary.block,
                answer.asked,
                answer.text
            );
        }
        Ok(())
    }

    /// What stands outside the answers is open to whoever runs the service.
    fn nothing_is_told_outside(&self) -> Result<(), TestCaseError> {
        let metrics = self.app.send("GET", "/metrics", &[], None);
        let told = told(&metrics);
        for canary in &self.canaries {
            prop_assert!(!told.contains(&canary.text), "the metrics tell the {} of a child", canary.block);
        }
        Ok(())
    }
}

fn people<'a>(app: &'a TestApp, school: &Organisation, refuge: &Organisation) -> Vec<Walker<'a>> {
    let alone = |name, person| Walker { name, person, through: None };
    let system = app.system();
    let acting = app.practitioner().of(school).acting_through(&system);
    vec![
        alone("practitioner", app.practitioner()),
        alone("practitioner who may override", app.practitioner().with(Capability::Override)),
        alone("nurse", app.practitioner().of(&app.organisation(OrganisationKind::CommunityHealth))),
        alone("teacher", app.practitioner().of(school)),
        alone("refuge worker", app.practitioner().of(refuge)),
        Walker { name: "teacher through a system", person: acting, through: Some(system.clone()) },
        alone("system", system),
        alone("school's system", app.system().of(school)),
        alone("manager", app.manager()),
        alone("manager with cases", app.manager()),
        alone("cleared manager", app.manager().with(Capability::SealedClearance)),
        alone("manager elsewhere", app.manager().in_area(ELSEWHERE)),
        alone("auditor", app.auditor()),
        alone("administrator", app.administrator()),
        alone("nobody's friend", app.practitioner().because_of("record-management")),
    ]
}

/// Whoever a person is by now: an earlier step may have changed the account.
fn actor_of(conn: &mut AnyConnection, person: &Person<'_>) -> Actor {
    let account = accounts::find(conn, person.account.id).expect("a look").expect("an account");
    let employer = organisations::find(conn, account.organisation).expect("a look").expect("an organisation");
    let mut actor = Actor::from_account(&account, Strength::RecentTwoFactor, None);
    actor.employer = Some(employer.kind);
    actor
}

/// Everything that an answer says, small.
fn told(answer: &Answer) -> String {
    format!("{} {:?}", answer.text, answer.headers).to_lowercase()
}

/// A number as letters alone, so that no other number looks like it.
fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect()
}
