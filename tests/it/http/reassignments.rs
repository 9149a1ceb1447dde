//! A boundary moves: a team's children are given to another, each as far as the caller sees it, and nobody hidden is told
//! of.

use child_index::app::Limits;
use child_index::domain::ids::TeamId;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::compact::StoredId;
use child_index::store::schema::involvement;
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, NewChild, Person, TestApp, entry};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    children_of_the_district_are_given_and_others_stay,
    a_count_gives_nobody_and_names_nobody,
    what_was_given_is_not_given_again,
    whoever_leads_goes_on_leading,
    what_stays_says_why,
    hidden_children_stay_and_are_not_counted,
    a_manager_is_told_of_a_shielded_child_inside_the_case_alone,
    the_boundary_is_moved_first,
    between_two_teams_of_one_organisation,
    for_managers_in_person,
    each_child_is_recorded_and_no_district;
    once: a_large_team_is_given_in_pages
);

struct Boundary<'a> {
    app: &'a TestApp,
    council: Organisation,
    west: Team,
    east: Team,
}

impl<'a> Boundary<'a> {
    /// A boundary that has moved: the district was the one team's and is the other's.
    fn moved(app: &'a TestApp) -> Self {
        let council = app.organisation(OrganisationKind::LocalAuthority);
        let [west, east] = ["West", "East"].map(|name| app.team(&council, name, false));
        app.serves(&west, &["BA13"]);
        app.serves(&east, &["BA14"]);
        Self { app, council, west, east }
    }

    /// A child of the first team who lives where the other works by now.
    fn child(&self) -> NewChild<'a> {
        self.child_at("BA14 8JN")
    }

    fn child_at(&self, postcode: &str) -> NewChild<'a> {
        let worker = entry(&self.council, Service::EarlyHelp).in_team(&self.west);
        self.app.a_child().living_at("1 High Street", postcode).with(worker.by("Ada Obi", "Worker", Vec::new()))
    }

    fn path(&self) -> String {
        format!("/v1/organisations/{}/teams/{}/reassignments", self.council.id, self.west.id)
    }

    fn ask(&self, person: &Person<'_>, more: &Value) -> Value {
        person.post(&self.path(), &self.body(more)).ok()
    }

    fn body(&self, more: &Value) -> Value {
        let mut body = json!({"to": self.east.id.to_string(), "postcode_districts": ["BA14"]});
        let fields = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(fields);
        body
    }

    fn team_of(&self, child: &Known) -> String {
        self.team_at(child, 0)
    }

    fn team_at(&self, child: &Known, position: usize) -> String {
        let shown = self.app.practitioner().of(&self.council).get(&child.involvements()).ok();
        let all = shown["involvements"].as_array().expect("involvements");
        let entry = all.iter().find(|each| each["number"] == child.entries[position]).expect("the entry");
        entry["team"].as_str().expect("a team").to_owned()
    }
}

fn children(told: &Value) -> Vec<String> {
    let all = told["results"].as_array().expect("results");
    all.iter().map(|each| each["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn sorted<const N: usize>(children: [&Known; N]) -> Vec<String> {
    let mut numbers: Vec<String> = children.iter().map(|child| child.number.clone()).collect();
    numbers.sort();
    numbers
}

fn children_of_the_district_are_given_and_others_stay(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let (one, other) = (boundary.child().add(), boundary.child().add());
    let stays = boundary.child_at("BA13 3AA").add();
    let ended = app.a_child().living_at("1 High Street", "BA14 8JN");
    ended.with(entry(&boundary.council, Service::EarlyHelp).in_team(&boundary.west).ended("2026-11-02")).add();
    let told = boundary.ask(&app.manager(), &json!({}));
    assert_eq!(children(&told), sorted([&one, &other]));
    assert_eq!((&told["moved"], &told["left"], &told["next"]), (&json!(2), &json!([]), &Value::Null));
    assert!(told["results"].as_array().expect("results").iter().all(|each| each["outcome"] == "moved"));
    for (child, team) in [(&one, "East"), (&other, "East"), (&stays, "West")] {
        assert_eq!(boundary.team_of(child), team);
    }
}

fn a_count_gives_nobody_and_names_nobody(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let child = boundary.child().add();
    boundary.child().add();
    let told = boundary.ask(&app.manager(), &json!({"dry_run": true, "limit": 1}));
    assert_eq!((&told["dry_run"], &told["moved"]), (&json!(true), &json!(2)), "of the whole team, at whatever limit");
    assert_eq!((&told["results"], &told["next"]), (&json!([]), &Value::Null));
    assert_eq!(boundary.team_of(&child), "West");
    let event = app.events().into_iter().rev().find(|event| event.action == "team.reassign").expect("an event");
    assert!(event.payload.expect("a payload").children.is_empty());
}

fn what_was_given_is_not_given_again(app: &TestApp) {
    let boundary = Boundary::moved(app);
    boundary.child().add();
    let manager = app.manager();
    assert_eq!(boundary.ask(&manager, &json!({}))["moved"], 1);
    assert_eq!(boundary.ask(&manager, &json!({}))["moved"], 0);
}

fn whoever_leads_goes_on_leading(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let worker = entry(&boundary.council, Service::EarlyHelp).in_team(&boundary.west).leading();
    let child =
        app.a_child().living_at("1 High Street", "BA14 8JN").with(worker.by("Ada Obi", "Worker", Vec::new())).add();
    let reader = app.practitioner();
    let before = reader.get(&child.led()).ok()["leads"][0]["since"].clone();
    let told = boundary.ask(&app.manager(), &json!({}));
    assert_eq!((&told["with_lead"], &told["results"][0]["leads"]), (&json!(1), &json!("early-help")));
    let led = reader.get(&child.led()).ok();
    assert_eq!(led["leads"][0]["practitioner"]["name"], "Ada Obi");
    assert_eq!((&led["leads"][0]["since"], &led["history"]), (&before, &json!([])));
    assert_eq!(boundary.team_of(&child), "East");
}

fn what_stays_says_why(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let twin = boundary.child().with(entry(&boundary.council, Service::EarlyHelp).in_team(&boundary.east).by(
        "Ada Obi",
        "Worker",
        Vec::new(),
    ));
    let twin = twin.add();
    let sent = app.sent_within(&boundary.council, Service::EarlyHelp);
    let on_its_way = boundary.child().sent(sent).add();
    let told = boundary.ask(&app.manager(), &json!({}));
    let because = |child: &Known| {
        let all = told["results"].as_array().expect("results");
        let each = all.iter().find(|each| each["child_id"] == child.number.as_str()).expect("the child");
        assert_eq!(each["outcome"], "left");
        each["because"].clone()
    };
    assert_eq!((because(&twin), because(&on_its_way)), (json!("already-registered"), json!("transfer-open")));
    assert_eq!(told["moved"], 0);
    assert_eq!(told["left"].as_array().map(Vec::len), Some(2));
    assert_eq!(boundary.team_of(&twin), "West");
    assert_eq!(boundary.team_at(&twin, 1), "East");
}

fn hidden_children_stay_and_are_not_counted(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let held = app.manager();
    let hidden = [
        boundary.child().shielded().confirmed().add(),
        boundary.child().shielded().add(),
        boundary.child().sealed().add(),
        boundary.child().held().add(),
        boundary.child().with_its_home_held().add(),
        boundary.child().born("2008-11-19").add(),
    ];
    let seen = boundary.child().add();
    for manager in [app.manager(), held.of(&boundary.council)] {
        let counted = boundary.ask(&manager, &json!({"dry_run": true}));
        assert_eq!((&counted["moved"], &counted["left"]), (&json!(1), &json!([])), "{}", manager.account.name);
    }
    let told = boundary.ask(&app.manager(), &json!({}));
    assert_eq!((children(&told), &told["left"]), (sorted([&seen]), &json!([])));
    for child in &hidden {
        assert_eq!(team_row(app, child), boundary.west.id.to_string());
    }
}

fn team_row(app: &TestApp, child: &Known) -> String {
    use diesel::prelude::*;
    let entry = involvement::table.filter(involvement::child_id.eq(child.id.0)).select(involvement::team_id);
    let team: Option<StoredId> = entry.get_result(&mut app.connect()).expect("an entry");
    TeamId::from(team.expect("a team")).to_string()
}

fn a_manager_is_told_of_a_shielded_child_inside_the_case_alone(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let manager = app.manager();
    let child = boundary.child().shielded().confirmed().with_case(CaseKind::Shield, &manager).add();
    let told = boundary.ask(&manager, &json!({}));
    assert_eq!((&told["moved"], &told["results"][0]["because"]), (&json!(0), &json!("shielded")));
    assert_eq!(boundary.ask(&app.manager(), &json!({}))["left"], json!([]));
    assert_eq!(team_row(app, &child), boundary.west.id.to_string());
}

fn the_boundary_is_moved_first(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let refused = app.manager().post(&boundary.path(), &boundary.body(&json!({"postcode_districts": ["BA13"]})));
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/postcode_districts");
}

fn between_two_teams_of_one_organisation(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let other = app.organisation(OrganisationKind::LocalAuthority);
    let (theirs, crisis) = (app.team(&other, "Theirs", false), app.team(&boundary.council, "Crisis", true));
    let manager = app.manager();
    for to in [theirs.id, crisis.id, boundary.west.id, child_index::domain::ids::TeamId::new()] {
        let refused = manager.post(&boundary.path(), &boundary.body(&json!({"to": to.to_string()})));
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), "/to");
    }
    let unknown = format!("/v1/organisations/{}/teams/{}/reassignments", other.id, boundary.west.id);
    manager.post(&unknown, &boundary.body(&json!({}))).is_refused(404, "not-found");
}

fn for_managers_in_person(app: &TestApp) {
    let boundary = Boundary::moved(app);
    let child = boundary.child().add();
    let own = app.manager().of(&boundary.council);
    let body = boundary.body(&json!({}));
    for (person, code) in [
        (app.practitioner().of(&boundary.council), "role-not-permitted"),
        (app.system().of(&boundary.council), "role-not-permitted"),
        (app.administrator(), "role-not-permitted"),
        (app.auditor(), "role-not-permitted"),
        (app.manager().acting_through(&app.system()), "role-not-permitted"),
        (app.manager().in_area(ELSEWHERE), "outside-your-area"),
    ] {
        person.post(&boundary.path(), &body).is_refused(403, code);
    }
    assert_eq!(boundary.team_of(&child), "West");
    assert_eq!(boundary.ask(&own, &json!({}))["moved"], 1);
}

fn each_child_is_recorded_and_no_district(app: &TestApp) {
    let boundary = Boundary::moved(app);
    boundary.child().add();
    boundary.child().add();
    boundary.ask(&app.manager(), &json!({}));
    let event = app.events().into_iter().rev().find(|event| event.action == "team.reassign").expect("an event");
    assert_eq!(event.outcome, "changed");
    let payload = event.payload.expect("a payload");
    assert_eq!(payload.children.len(), 2);
    assert!(!format!("{payload:?}").contains("BA14"), "{payload:?}");
}

fn a_large_team_is_given_in_pages() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let boundary = Boundary::moved(&app);
    let mut expected: Vec<String> = (0..70).map(|_| boundary.child().add().number).collect();
    // Who stays is in nobody's way.
    let twin =
        || entry(&boundary.council, Service::EarlyHelp).in_team(&boundary.east).by("Ada Obi", "Worker", Vec::new());
    expected.extend((0..5).map(|_| boundary.child().with(twin()).add().number));
    expected.sort();
    let manager = app.manager();
    let (mut seen, mut more, mut moved) = (Vec::new(), json!({"limit": 30}), 0);
    loop {
        let told = boundary.ask(&manager, &more);
        seen.extend(children(&told));
        moved += told["moved"].as_u64().expect("a number");
        let Some(next) = told["next"].as_str() else { break };
        more = json!({"limit": 30, "cursor": next});
    }
    assert_eq!((seen, moved), (expected, 70));
    Completion::Completed
}
