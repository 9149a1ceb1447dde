//! The end of the management team's cases: what was held is released or kept, and a case goes to somebody else when
//! whoever had it may work it no more.

use child_index::domain::accounts::AccountStatus;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_held_registration_is_released,
    a_held_registration_is_kept,
    whoever_decides_about_a_held_home_sees_it_and_nobody_else_does,
    a_held_carer_outlives_a_change_by_somebody_who_does_not_see_it,
    a_released_record_does_not_undo_the_shield_of_its_household,
    what_was_held_comes_back_when_the_household_is_shielded_no_more,
    cases_of_shields_end_with_the_shield,
    a_case_changes_hands_when_its_manager_may_decide_no_more,
    only_whoever_took_a_case_closes_it,
);

fn taken(manager: &Person<'_>, kind: &str) -> String {
    let listed = manager.get(&format!("/v1/cases?kind={kind}")).ok();
    let case = format!("/v1/cases/{}", listed["cases"][0]["id"].as_str().expect("a case"));
    manager.post_nothing(&format!("{case}/take")).ok();
    case
}

fn close(manager: &Person<'_>, case: &str, outcome: &str) -> Value {
    manager.post(&format!("{case}/close"), &json!({ "outcome": outcome })).ok()
}

fn by_name(given: &str) -> Value {
    json!({"family_name": "Okafor", "given_name": given, "date_of_birth": "2015-03-02"})
}

fn open_cases(manager: &Person<'_>, kind: &str) -> usize {
    manager.get(&format!("/v1/cases?kind={kind}")).ok()["cases"].as_array().map_or(0, Vec::len)
}

fn a_held_registration_is_released(app: &TestApp) {
    let child = app.a_child().held().with_open_case(CaseKind::Review).add();
    let (nurse, manager) = (app.practitioner(), app.manager());
    assert!(nurse.finds(&by_name("Chidera")).is_empty());
    let case = taken(&manager, "review");
    let closed = close(&manager, &case, "released");
    assert_eq!((&closed["outcome"], &closed["location_held"]), (&json!("released"), &json!(false)));
    assert_eq!(nurse.finds(&by_name("Chidera"))[0], child.number);
    assert_eq!(open_cases(&manager, "review"), 0);
    let event = app.events().into_iter().rev().find(|event| event.action == "case.close").expect("an event");
    assert_eq!((event.outcome.as_str(), event.payload.expect("a payload").children.len()), ("changed", 1));
}

fn a_held_registration_is_kept(app: &TestApp) {
    let child = app.a_child().held().with_open_case(CaseKind::Review).add();
    let manager = app.manager();
    let case = taken(&manager, "review");
    close(&manager, &case, "kept");
    assert!(app.practitioner().finds(&by_name("Chidera")).is_empty());
    app.practitioner().read(&child).is_refused(404, "not-found");
    manager.read(&child).is_refused(404, "not-found");
    assert_eq!(open_cases(&manager, "review"), 0);
}

fn a_sister_at_a_hidden_address(app: &TestApp) -> (Known, Known) {
    let hidden = app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").shielded().add();
    let sister = app
        .a_child()
        .named("Ngozi", "Okafor")
        .born("2018-01-30")
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .provisional()
        .with_open_case(CaseKind::Review)
        .add();
    (hidden, sister)
}

fn whoever_decides_about_a_held_home_sees_it_and_nobody_else_does(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 999111")
        .known_to(&school, Service::School)
        .with_its_home_held()
        .with_open_case(CaseKind::Review)
        .add();
    let (manager, other) = (app.manager(), app.manager());
    let is_told = |person: &Person<'_>| {
        let record = person.read(&child);
        assert_eq!(record.text.contains("Hideaway"), record.text.contains("999111"), "{}", record.text);
        record.text.contains("Hideaway")
    };
    assert!(!is_told(&manager), "not before the case is taken");
    let case = taken(&manager, "review");
    assert!(is_told(&manager));
    let event = app.events().pop().expect("an event");
    let told = &event.payload.expect("a payload").children[0];
    assert!(told.shown.iter().any(|block| block == "address"), "{told:?}");
    for person in [&other, &app.practitioner().of(&school), &app.manager().in_area(crate::apps::ELSEWHERE)] {
        assert!(!is_told(person));
    }
    assert!(!is_told(&manager.clone().acting_through(&app.system())));
    close(&manager, &case, "kept");
    assert!(!is_told(&manager), "the case is over");
}

fn a_held_carer_outlives_a_change_by_somebody_who_does_not_see_it(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .with_carer("Ada Okafor", "01225 999111")
        .known_to(&school, Service::School)
        .with_its_home_held()
        .with_open_case(CaseKind::Review)
        .add();
    let teacher = app.practitioner().of(&school);
    let carers = json!({"carers": [{"name": "Obi Okafor", "relationship": "father"}]});
    assert!(!teacher.change_at(&child.path(), &carers).ok().to_string().contains("Ada"));
    let manager = app.manager();
    taken(&manager, "review");
    let record = manager.read(&child).text;
    assert!(record.contains("Ada Okafor") && record.contains("Obi Okafor"), "{record}");
}

fn a_released_record_does_not_undo_the_shield_of_its_household(app: &TestApp) {
    let (_, sister) = a_sister_at_a_hidden_address(app);
    let manager = app.manager();
    let case = taken(&manager, "review");
    assert_eq!(close(&manager, &case, "released")["location_held"], true);
    let nurse = app.practitioner();
    let found = json!({"family_name": "Okafor", "given_name": "Ngozi", "date_of_birth": "2018-01-30"});
    assert_eq!(nurse.finds(&found)[0], sister.number);
    let by_place = json!({"family_name": "Okafor", "given_name": "Ngozi", "postcode": "BA14 8JN"});
    let answer = nurse.search(&by_place).ok();
    for result in answer["results"].as_array().expect("results") {
        let matched = result["matched_on"].as_array().expect("fields");
        assert!(matched.iter().all(|each| each["field"] != "postcode"), "the hidden address fits: {result}");
    }
    assert!(!manager.read(&sister).text.contains("Hideaway"));
}

fn what_was_held_comes_back_when_the_household_is_shielded_no_more(app: &TestApp) {
    let (hidden, sister) = a_sister_at_a_hidden_address(app);
    let (first, second) = (app.manager(), app.manager());
    let case = taken(&first, "review");
    close(&first, &case, "released");
    let lift = format!("{}/shield/lift", hidden.path());
    first.post_nothing(&lift).with_status(202);
    second.post_nothing(&lift).ok();
    let case = taken(&first, "review");
    assert_eq!(close(&first, &case, "released")["location_held"], false);
    assert_eq!(second.read(&sister).ok()["address"]["postcode"], "BA14 8JN");
}

fn cases_of_shields_end_with_the_shield(app: &TestApp) {
    let child = app.a_child().add();
    app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"})).ok();
    let manager = app.manager();
    let case = taken(&manager, "shield");
    manager.post(&format!("{case}/close"), &json!({"outcome": "released"})).is_refused(409, "case-goes-on");
    assert_eq!(open_cases(&manager, "shield"), 1);
}

fn a_case_changes_hands_when_its_manager_may_decide_no_more(app: &TestApp) {
    let child = app.a_child().add();
    app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"})).ok();
    let (first, second) = (app.manager(), app.manager());
    let case = taken(&first, "shield");
    second.post_nothing(&format!("{case}/take")).is_refused(409, "case-taken");
    first.change(|account| account.status = AccountStatus::Suspended);
    assert_eq!(second.post_nothing(&format!("{case}/take")).ok()["yours"], true);
}

fn only_whoever_took_a_case_closes_it(app: &TestApp) {
    app.a_child().held().with_open_case(CaseKind::Review).add();
    let manager = app.manager();
    let case = taken(&manager, "review");
    let body = json!({"outcome": "released"});
    app.manager().post(&format!("{case}/close"), &body).is_refused(409, "case-not-taken");
    app.practitioner().post(&format!("{case}/close"), &body).is_refused(403, "role-not-permitted");
    manager.acting_through(&app.system()).post(&format!("{case}/close"), &body).is_refused(403, "role-not-permitted");
    app.manager().post(&format!("{case}/close"), &json!({"outcome": "justified"})).is_refused(409, "case-not-taken");
}
