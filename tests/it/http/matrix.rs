//! Every operation, asked by everybody about records in every state: row 8.2 of the security requirements, over HTTP.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use child_index::app::Limits;
use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{Answer, Known, NewChild, Operation, Person, Sent, TestApp, asked, assessment, entry, settled};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(; once: everybody_asks_everything);

const STATES: [&str; 10] = [
    "ordinary",
    "shielded",
    "shield confirmed",
    "address held",
    "sealed",
    "archived",
    "unborn",
    "provisional",
    "held",
    "merged",
];

fn everybody_asks_everything() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let school = app.organisation(OrganisationKind::School);
    let people = people(&app, &school);
    let sent = app.sent_within(&school, Service::ExtendedSchool);
    // In the order of their paths: that of the routes follows how often they are asked.
    let mut operations = app.operations();
    operations.sort_by_cached_key(|operation| (operation.changes(), operation.path.clone(), operation.method.clone()));
    let mut text = String::new();
    for operation in operations {
        writeln!(text, "{} {} ({})", operation.method, operation.path, operation.id).expect("a line");
        if operation.is_about_a_child() {
            // What is on its way neither ends nor is sent elsewhere: other operations find every entry at rest.
            let on_its_way = operation.path.contains("/transfers") && operation.id != "propose_transfer";
            let school = School { school: school.clone(), sent: on_its_way.then(|| sent.clone()) };
            about_children(&app, &operation, &people, &school, &mut text);
        } else {
            about_others(&app, &operation, &people, &mut text);
        }
    }
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("everybody_asks_everything", text);
    });
    Completion::Completed
}

/// The school that works with every child and, where transfers are asked about, to where within it each is on the way.
struct School {
    school: Organisation,
    sent: Option<Sent>,
}

fn people<'a>(app: &'a TestApp, school: &Organisation) -> Vec<(&'static str, Person<'a>)> {
    let manager = app.manager();
    vec![
        ("practitioner", app.practitioner()),
        ("practitioner, health", app.practitioner().of(&app.organisation(OrganisationKind::CommunityHealth))),
        ("practitioner, housing", app.practitioner().of(&app.organisation(OrganisationKind::Housing))),
        ("practitioner, may override", app.practitioner().with(Capability::Override)),
        ("practitioner, involved", app.practitioner().of(school)),
        ("practitioner, involved, through a system", app.practitioner().of(school).acting_through(&app.system())),
        ("practitioner, involved, for a stranger", app.practitioner().of(school).for_caller(&app.practitioner())),
        ("system", app.system()),
        ("system, involved", app.system().of(school)),
        ("manager", app.manager()),
        ("manager, with cases", manager),
        ("manager, cleared", app.manager().with(Capability::SealedClearance)),
        ("manager, elsewhere", app.manager().in_area(crate::apps::ELSEWHERE)),
        ("auditor", app.auditor()),
        ("administrator", app.administrator()),
        ("nobody", app.nobody()),
    ]
}

/// A child in a state, with everything that a record can have; nobody else's likeness.
fn child_in(app: &TestApp, state: &str, name: &str, school: &School, manager: &Person<'_>) -> (Known, u32) {
    let School { school, sent } = school;
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    // A household of its own: what is decided about one covers everybody who shares a home or a telephone.
    static HOUSEHOLDS: AtomicU32 = AtomicU32::new(0);
    let household = HOUSEHOLDS.fetch_add(1, Ordering::Relaxed);
    let child = of_household(app.a_child(), household)
        .named("Ida", name)
        .formerly("Ida", "Brightwater")
        .with_identifier("nhs-number", "9000000009")
        .with_identifier("upn", "H801200001001")
        .with(entry(school, Service::School).by("Ann Teacher", "Form tutor", Vec::new()))
        .with(entry(&clinic, Service::SexualHealth))
        .assessed(assessment(school, "early-help"))
        .assessed(assessment(&council, "social-care-single-assessment"))
        .assessed(assessment(&council, "child-protection"))
        .assessed(assessment(&clinic, "education-health-and-care"))
        .asked(asked(0, manager))
        .settled(settled().chaired_by(0).reviewing_on("2026-11-30").with_parents())
        .meeting_at("2026-11-20T09:00:00Z")
        .with_case(CaseKind::Review, manager)
        .with_case(CaseKind::Shield, manager)
        .with_case(CaseKind::Broker, manager);
    let child = sent.iter().cloned().fold(child, NewChild::sent);
    let child = match state {
        "ordinary" => child,
        "shielded" => child.shielded(),
        "shield confirmed" => child.shielded().confirmed(),
        "address held" => child.with_its_home_held(),
        "sealed" => child.sealed(),
        "archived" => child.born("2008-11-19"),
        "unborn" => child.expected("2026-12-24"),
        "provisional" => child.provisional(),
        "held" => child.held(),
        "merged" => {
            let survivor = app.a_child().named("Sur", "Vivor").add();
            child.merged_into(&survivor)
        }
        other => panic!("{other}"),
    };
    (child.add(), household)
}

fn of_household(child: NewChild<'_>, household: u32) -> NewChild<'_> {
    child
        .living_at(&format!("{household} High Street"), "BA14 8JN")
        .with_carer("Ada Okafor", &format!("01225 {:06}", 100_000 + household))
}

/// A sister of a child, whom nothing hides: where teams are asked about. She shares the team, or is to be taken into it.
fn sister_of(app: &TestApp, operation: &Operation, child: &Known, household: u32, school: &School) -> Option<String> {
    if !operation.id.ends_with("child_team") {
        return None;
    }
    let sister = of_household(app.a_child(), household).named("Una", "Sister").born("2012-01-09");
    let sister = sister.known_to(&school.school, Service::School).add();
    if operation.id != "join_child_team" {
        app.share_a_team(child, &sister);
    }
    Some(sister.number)
}

fn about_children(
    app: &TestApp,
    operation: &Operation,
    people: &[(&'static str, Person<'_>)],
    school: &School,
    text: &mut String,
) {
    let with_cases = people.iter().find(|(name, _)| *name == "manager, with cases").expect("a manager");
    // Reading leaves a record as it was; what changes it gets a record of its own for each that asks.
    let shared: Vec<Known> = STATES
        .iter()
        .enumerate()
        .map(|(at, state)| {
            let (child, household) = child_in(app, state, &a_name(&[operation.id.len(), at]), school, &with_cases.1);
            sister_of(app, operation, &child, household, school);
            child
        })
        .collect();
    let place = app.scene(&shared[0]);
    if operation.path.contains("/panels/") {
        people.iter().for_each(|(_, person)| app.seat(place.panel, person));
    }
    for (who, (name, person)) in people.iter().enumerate() {
        let mut told: Vec<(String, Vec<&str>)> = Vec::new();
        for (at, state) in STATES.iter().enumerate() {
            let mut scene = app.same_scene(&place, &shared[at]);
            if operation.changes() {
                let family = a_name(&[operation.id.len(), at, who]);
                let (own, household) = child_in(app, state, &family, school, &with_cases.1);
                scene.child.clone_from(&own.number);
                scene.entry = own.entries[0];
                scene.assessment = own.assessments[0];
                scene.other_assessment = own.assessments[1];
                scene.transfer = own.transfers.first().cloned().unwrap_or(scene.transfer);
                scene.lead_proposal = own.proposals[0];
                scene.meeting = own.planned[0];
                scene.relative = sister_of(app, operation, &own, household, school).unwrap_or(scene.relative);
                // All of them share given name and birth, so that whoever registers one is told of the others:
                // registering next to hidden children alone is what the registrations' own cases ask.
                scene.new_child = json!({"name": {"family": family, "given": "Ida"}, "date_of_birth": "2015-03-02"});
            }
            let outcome = outcome(&operation.ask(person, &scene));
            match told.iter_mut().find(|(other, _)| *other == outcome) {
                Some((_, states)) => states.push(state),
                None => told.push((outcome, vec![state])),
            }
        }
        writeln!(text, "  {name}").expect("a line");
        for (outcome, states) in told {
            writeln!(text, "    {outcome}: {}", states.join(", ")).expect("a line");
        }
    }
}

fn about_others(app: &TestApp, operation: &Operation, people: &[(&'static str, Person<'_>)], text: &mut String) {
    let child = app.a_child().add();
    let place = app.scene(&child);
    for (name, person) in people {
        let outcome = outcome(&operation.ask(person, &app.same_scene(&place, &child)));
        writeln!(text, "  {name}: {outcome}").expect("a line");
    }
}

/// A family name like no other.
fn a_name(parts: &[usize]) -> String {
    const SYLLABLES: [&str; 20] = [
        "bar", "del", "fin", "gor", "hul", "jam", "kes", "lir", "mon", "nup", "pag", "qued", "riv", "sot", "tuv",
        "wax", "yel", "zim", "cob", "dru",
    ];
    parts.iter().map(|part| [SYLLABLES[part % 20], SYLLABLES[(part * 7 + 3) % 20]].concat()).collect()
}

/// The status, the code of a problem, and which blocks of a child are shown.
fn outcome(answer: &Answer) -> String {
    if answer.status >= 400 {
        return format!("{} {}", answer.status, answer.code());
    }
    if answer.header("content-type").starts_with("text/calendar") {
        return format!("{} a calendar", answer.status);
    }
    let body = answer.json();
    let mut said = vec![answer.status.to_string()];
    said.extend(body["outcome"].as_str().map(str::to_owned));
    said.extend(body["state"].as_str().map(str::to_owned));
    for block in ["other_names", "address", "carers", "identifiers"] {
        said.extend(body.get(block).filter(|block| !block.is_null()).map(|shown| match shown.as_array() {
            Some(items) => format!("{block}={}", items.len()),
            None => block.to_owned(),
        }));
    }
    if let Some(shown) = body["involvements"].as_array() {
        let all: Vec<&str> = shown.iter().map(|each| each["service"].as_str().expect("a service")).collect();
        said.push(format!("[{}]", all.join(" ")));
    }
    if let Some(shown) = body["assessments"].as_array() {
        let mut all: Vec<&str> = shown.iter().map(|each| each["kind"].as_str().expect("a kind")).collect();
        all.sort_unstable();
        said.push(format!("<{}>", all.join(" ")));
    }
    if let Some(shown) = body["transfers"].as_array() {
        let all: Vec<&str> = shown.iter().map(|each| each["state"].as_str().expect("a state")).collect();
        said.push(format!("moves={}", all.join(" ")));
    }
    if body.get("history").is_some() {
        let so_many = |list: &str| body[list].as_array().map_or(0, Vec::len);
        said.push(format!("leads={} proposals={}", so_many("leads"), so_many("proposals")));
    }
    if body.get("missing_universal_services").is_some() {
        let members = body["members"].as_array().cloned().unwrap_or_default();
        let all: Vec<&str> = members.iter().map(|each| each["service"].as_str().expect("a service")).collect();
        let chair = if body["chair"].is_null() { "nobody" } else { "a member" };
        let review = body["next_review_on"].as_str().unwrap_or("none");
        let family = body["family"].as_array().map_or(0, Vec::len);
        let lacks = body["missing_universal_services"].as_array().map_or(0, Vec::len);
        said.push(format!("team=[{}] chair={chair} review={review} family={family} lacks={lacks}", all.join(" ")));
    }
    said.extend(body["items"].as_array().map(|items| format!("items={}", items.len())));
    said.extend(body.get("decision").map(|decision| format!("decision={decision}")));
    said.extend(body["served_by"].as_str().map(str::to_owned));
    said.extend(body["moved"].as_u64().map(|moved| format!("moved={moved}")));
    said.extend(body["meetings"].as_array().map(|meetings| format!("meetings={}", meetings.len())));
    said.extend(body["consents"].as_array().map(|lines| format!("consents={}", lines.len())));
    let withheld: Vec<&str> =
        body["withheld"].as_array().into_iter().flatten().filter_map(|each| each["what"].as_str()).collect();
    if !withheld.is_empty() {
        said.push(format!("withheld {}", withheld.join(" ")));
    }
    said.extend(body.get("ground").filter(|ground| **ground != Value::Null).map(|_| "ground".to_owned()));
    said.join(" ")
}
