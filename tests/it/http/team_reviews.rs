//! Reviews of an area that are overdue: each child as far as it may be seen.

use child_index::app::Limits;
use child_index::domain::accounts::Capability;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, NewChild, Person, TestApp, entry, settled};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    children_whose_team_should_have_looked_again,
    the_list_is_of_the_callers_own_area_and_for_those_who_look_after_it,
    a_hidden_child_is_on_no_list,
    each_child_on_a_page_is_recorded;
    once: a_long_list_comes_in_pages
);

fn page(person: &Person<'_>, query: &str) -> Value {
    person.get(&format!("/v1/team-reviews{query}")).ok()
}

fn numbers(page: &Value) -> Vec<String> {
    let all = page["children"].as_array().expect("children");
    all.iter().map(|each| each["child"]["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn coordinator(app: &TestApp) -> Person<'_> {
    app.practitioner().with(Capability::Coordinator)
}

fn overdue(app: &TestApp) -> NewChild<'_> {
    app.a_child().settled(settled().reviewing_on("2026-11-19"))
}

fn sorted<const N: usize>(children: [&Known; N]) -> Vec<String> {
    let mut numbers: Vec<String> = children.iter().map(|child| child.number.clone()).collect();
    numbers.sort();
    numbers
}

fn children_whose_team_should_have_looked_again(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let lead = entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading();
    let late = overdue(app).with(lead).add();
    let today =
        app.a_child().settled(settled().reviewing_on("2026-11-20")).known_to(&council, Service::EarlyHelp).add();
    app.a_child().settled(settled().with_parents()).add();
    let told = page(&coordinator(app), "");
    assert_eq!((numbers(&told), &told["next"]), (sorted([&late]), &Value::Null));
    let item = &told["children"][0];
    assert_eq!((&item["next_review_on"], &item["child"]["name"]["given"]), (&json!("2026-11-19"), &json!("Chidera")));
    assert_eq!(item["lead_professionals"][0]["practitioner"]["name"], "Ada Obi");
    app.it_is("2026-11-21T10:00:00Z");
    assert_eq!(numbers(&page(&coordinator(app), "")), sorted([&late, &today]));
    app.practitioner().of(&council).change_at(&late.team(), &json!({"next_review_on": "2026-12-18"})).ok();
    assert_eq!(numbers(&page(&coordinator(app), "")), sorted([&today]));
}

fn the_list_is_of_the_callers_own_area_and_for_those_who_look_after_it(app: &TestApp) {
    let [here, there] = [overdue(app).add(), overdue(app).in_area(ELSEWHERE).add()];
    for person in [coordinator(app), app.manager()] {
        assert_eq!(numbers(&page(&person, "")), sorted([&here]));
        assert_eq!(numbers(&page(&person.in_area(ELSEWHERE), "")), sorted([&there]));
    }
    for (person, code) in [
        (app.practitioner(), "capability-missing"),
        (app.system(), "capability-missing"),
        (app.auditor(), "role-not-permitted"),
        (app.administrator(), "role-not-permitted"),
    ] {
        person.get("/v1/team-reviews").is_refused(403, code);
    }
    coordinator(app).get("/v1/team-reviews?cursor=nonsense").is_refused(422, "invalid-parameter");
    coordinator(app).get("/v1/team-reviews?limit=0").is_refused(422, "invalid-parameter");
    coordinator(app).get("/v1/team-reviews?list=all").is_refused(422, "invalid-parameter");
}

fn a_hidden_child_is_on_no_list(app: &TestApp) {
    let manager = app.manager();
    let worked = overdue(app).shielded().with_case(CaseKind::Shield, &manager).add();
    overdue(app).sealed().add();
    overdue(app).shielded().confirmed().add();
    overdue(app).held().add();
    overdue(app).provisional().add();
    overdue(app).born("2008-11-19").add();
    overdue(app).expected("2026-12-24").add();
    assert_eq!(numbers(&page(&coordinator(app), "")), Vec::<String>::new());
    let seen = numbers(&page(&manager, ""));
    assert!(seen.contains(&worked.number), "inside the case that was taken: {seen:?}");
    assert_eq!(seen.len(), 2, "and the unborn child, whom the management team knows of: {seen:?}");
}

fn each_child_on_a_page_is_recorded(app: &TestApp) {
    overdue(app).add();
    overdue(app).add();
    page(&coordinator(app), "");
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("child-team.reviews", "disclosed"));
    assert_eq!(event.payload.expect("a payload").children.len(), 2);
}

fn a_long_list_comes_in_pages() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let mut expected: Vec<String> = (0..130).map(|_| overdue(&app).add().number).collect();
    expected.sort();
    let person = coordinator(&app);
    let (mut seen, mut query) = (Vec::new(), "?limit=50".to_owned());
    loop {
        let page = page(&person, &query);
        seen.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=50&cursor={next}");
    }
    assert_eq!(seen, expected);
    Completion::Completed
}
