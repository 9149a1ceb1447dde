//! The list of who has seen where a child lives, for the managers who decide about its shield.

use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::Value;

use crate::apps::{ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    managers_see_who_saw_the_address,
    nothing_tells_of_a_sensitive_service,
    the_list_goes_back_ninety_days_and_is_paged,
    nobody_else_reads_it,
);

fn path(child: &Known) -> String {
    format!("{}/access-log", child.path())
}

fn names(manager: &Person<'_>, child: &Known) -> Vec<Value> {
    let page = manager.get(&path(child)).ok();
    page["seen"].as_array().expect("a list").iter().map(|seen| seen["account"]["name"].clone()).collect()
}

fn managers_see_who_saw_the_address(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let (teacher, stranger, manager) = (app.practitioner().of(&school), app.practitioner(), app.manager());
    teacher.read(&child).ok();
    stranger.read(&child).ok();
    teacher.contacts(&child).ok();
    let page = manager.get(&path(&child)).ok();
    let seen = page["seen"].as_array().expect("a list");
    assert_eq!(seen.len(), 1, "one answer showed the address: {page}");
    assert_eq!(seen[0]["account"]["name"], teacher.account.name.as_str());
    assert_eq!(seen[0]["organisation"]["id"], school.id.to_string());
    assert_eq!((seen[0]["action"].as_str(), seen[0]["reason"].as_str()), (Some("child.read"), Some("early-help")));
    // The child's handle does as well as its number.
    let found = manager.search(&serde_json::json!({"index_number": child.number})).ok();
    let handle = found["results"][0]["handle"].as_str().expect("a handle");
    assert_eq!(manager.get(&format!("/v1/children/{handle}/access-log")).ok(), page);
}

fn nothing_tells_of_a_sensitive_service(app: &TestApp) {
    let refuge = app.organisation(OrganisationKind::Refuge);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with(entry(&refuge, Service::RefugeAndDomesticAbuse))
        .add();
    let worker = app.practitioner().of(&refuge);
    assert!(worker.read(&child).ok().get("address").is_some());
    let answer = app.manager().get(&path(&child));
    assert_eq!(answer.json()["seen"].as_array().map(Vec::len), Some(1), "that somebody saw it is told: {answer:?}");
    for told in [refuge.id.to_string(), worker.account.id.to_string(), worker.account.name.clone()] {
        assert!(!answer.text.contains(&told), "{}", answer.text);
    }
}

fn the_list_goes_back_ninety_days_and_is_paged(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let manager = app.manager().change(|account| account.standing.trained_until = "2028-01-01".parse().ok());
    let manager = manager.change(|account| {
        account.standing.checked_until = "2028-01-01".parse().ok();
        account.standing.certified_until = "2028-01-01".parse().ok();
    });
    for _ in 0..3 {
        app.practitioner().of(&school).read(&child).ok();
    }
    let first = manager.get(&format!("{}?limit=2", path(&child))).ok();
    assert_eq!(first["seen"].as_array().map(Vec::len), Some(2));
    let next = first["next"].as_str().expect("a cursor");
    let last = manager.get(&format!("{}?limit=2&cursor={next}", path(&child))).ok();
    assert_eq!(last["seen"].as_array().map(Vec::len), Some(1));
    manager.get(&format!("{}?cursor=000000000000000g", path(&child))).is_refused(422, "invalid-parameter");
    app.it_is("2027-02-18T09:59:00Z");
    assert_eq!(names(&manager, &child).len(), 3);
    app.it_is("2027-02-18T10:01:00Z");
    assert!(names(&manager, &child).is_empty());
}

fn nobody_else_reads_it(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").shielded().with_open_case(CaseKind::Shield).add();
    let sealed = app.a_child().named("Ruth", "Adeyemi").sealed().add();
    let through = app.manager().acting_through(&app.system());
    for person in [app.practitioner(), app.system(), app.auditor(), app.manager().in_area(ELSEWHERE), through] {
        person.get(&path(&child)).is_refused(403, "role-not-permitted");
    }
    app.manager().get(&path(&sealed)).is_refused(404, "not-found");
    app.manager().get(&path(&child)).ok();
}
