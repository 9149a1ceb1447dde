//! Staff and relatives: for whoever is kept from a record there is no such child, on every path.

use child_index::domain::index_numbers::IndexNumber;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, Scene, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    every_operation_answers_as_for_an_unknown_number,
    no_search_finds_it,
    a_handle_names_it_no_longer,
    registering_it_again_tells_nothing,
    nobody_looks_it_up_for_them_either,
    only_the_areas_management_team_decides,
    others_see_what_they_saw_and_lifting_undoes_it,
    its_cases_do_not_exist_either,
);

fn its_cases_do_not_exist_either(app: &TestApp) {
    let (child, kept) = (app.a_child().add(), app.manager());
    let case = app.open_case(&child);
    assert_eq!(kept.get("/v1/cases").ok()["cases"].as_array().map(Vec::len), Some(1));
    restrict(&app.manager(), &child, &kept).ok();
    assert_eq!(kept.get("/v1/cases").ok(), json!({"cases": []}));
    kept.post_nothing(&format!("/v1/cases/{case}/take")).is_refused(404, "not-found");
    kept.post(&format!("/v1/cases/{case}/close"), &json!({"outcome": "kept"})).is_refused(404, "not-found");
}

fn restrictions(child: &Known) -> String {
    format!("{}/restrictions", child.path())
}

fn restrict(by: &Person<'_>, child: &Known, person: &Person<'_>) -> Answer {
    by.post(&restrictions(child), &json!({"account": person.account.id.to_string(), "ground": "relative"}))
}

fn a_child<'a>(app: &'a TestApp) -> (Known, Vec<Person<'a>>) {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::CommunityHealth);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .formerly("Chidera", "Obi")
        .with_identifier("nhs-number", "9000000009")
        .with(entry(&school, Service::School))
        .with(entry(&clinic, Service::HealthVisiting))
        .add();
    let kept = vec![
        app.practitioner().of(&school),
        app.practitioner().of(&clinic),
        app.practitioner(),
        app.manager(),
        app.system().of(&school),
    ];
    (child, kept)
}

fn every_operation_answers_as_for_an_unknown_number(app: &TestApp) {
    let (child, kept) = a_child(app);
    let scene = app.scene(&child);
    let unknown = Scene { child: IndexNumber::from_random_bits(rand::random()).to_string(), ..scene.clone() };
    let manager = app.manager();
    for person in &kept {
        restrict(&manager, &child, person).ok();
    }
    let operations: Vec<_> =
        app.operations().into_iter().filter(|operation| operation.path.contains("{child_id}")).collect();
    assert!(operations.len() > 15);
    for person in &kept {
        for operation in &operations {
            let told = |scene: &Scene| operation.ask_for(person, scene, "\"0\"").likeness();
            assert_eq!(told(&scene), told(&unknown), "{} by {}", operation.id, person.account.name);
        }
        let enquiry = |child: &str| {
            let body = json!({"access_point": scene.access_point, "child_id": child, "caller": "practitioner",
                              "need": "early-help"});
            let answer = person.post("/v1/enquiries", &body);
            (answer.status, answer.code())
        };
        assert_eq!(enquiry(&scene.child), enquiry(&unknown.child), "{}", person.account.name);
    }
}

fn no_search_finds_it(app: &TestApp) {
    let (child, kept) = a_child(app);
    let searches = [
        json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "BA14 8JN"}),
        json!({"family_name": "Obi", "given_name": "Chidera", "date_of_birth": "2015-03-02"}),
        json!({"index_number": child.number}),
    ];
    let manager = app.manager();
    for person in &kept {
        for search in &searches {
            assert_eq!(person.finds(search), std::slice::from_ref(&child.number), "{}: {search}", person.account.name);
        }
        restrict(&manager, &child, person).ok();
        let nobody = json!({"family_name": "Nobody", "given_name": "Atall", "date_of_birth": "2011-11-11"});
        let nobody = without_what_was_asked(person.search(&nobody).ok());
        for search in &searches {
            let answer = person.search(search).ok();
            assert_eq!(answer["results"], json!([]), "{}: {search}", person.account.name);
            assert_eq!(answer["outcome"], nobody["outcome"], "{}: {search}", person.account.name);
        }
    }
    let nurse = app.practitioner().of(&app.organisation(OrganisationKind::CommunityHealth));
    let number = json!({"identifier": {"system": "nhs-number", "value": "9000000009"}, "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.finds(&number), std::slice::from_ref(&child.number));
    restrict(&manager, &child, &nurse).ok();
    assert!(nurse.finds(&number).is_empty());
}

fn without_what_was_asked(mut answer: Value) -> Value {
    answer.as_object_mut().expect("an answer").remove("advice");
    answer
}

fn a_handle_names_it_no_longer(app: &TestApp) {
    let (child, kept) = a_child(app);
    for person in &kept[..3] {
        let found = person.search(&json!({"index_number": child.number})).ok();
        let path = format!("/v1/children/{}", found["results"][0]["handle"].as_str().expect("a handle"));
        person.get(&path).ok();
        restrict(&app.manager(), &child, person).ok();
        person.get(&path).is_refused(404, "not-found");
        person.get(&format!("{path}/contacts")).is_refused(404, "not-found");
    }
}

fn registering_it_again_tells_nothing(app: &TestApp) {
    let (child, kept) = a_child(app);
    let again = json!({"name": {"family": "Okafor", "given": "Chidera"}, "date_of_birth": "2015-03-02"});
    let nurse = &kept[2];
    let before = nurse.register(&again).with_status(409);
    assert!(before.text.contains(&child.number));
    restrict(&app.manager(), &child, nurse).ok();
    // As a child that nobody has registered: provisional, until it is compared with everybody.
    let answer = nurse.register(&again).with_status(201);
    assert!(!answer.text.contains(&child.number), "{}", answer.text);
    let other = json!({"name": {"family": "Brightwater", "given": "Ida"}, "date_of_birth": "2014-03-02"});
    let fields =
        |answer: &Answer| -> Vec<String> { answer.json().as_object().expect("an answer").keys().cloned().collect() };
    let new = nurse.register(&other).with_status(201);
    assert_eq!((fields(&answer), answer.json()["state"].clone()), (fields(&new), new.json()["state"].clone()));
}

fn nobody_looks_it_up_for_them_either(app: &TestApp) {
    let (child, kept) = a_child(app);
    let (person, other) = (&kept[0], app.practitioner());
    restrict(&app.manager(), &child, person).ok();
    other.read(&child).ok();
    for asking in [other.clone().for_caller(person), person.clone().for_caller(&other)] {
        asking.read(&child).is_refused(404, "not-found");
        asking.contacts(&child).is_refused(404, "not-found");
        assert!(asking.finds(&json!({"index_number": child.number})).is_empty());
    }
    let through = person.clone().acting_through(&app.system());
    through.read(&child).is_refused(404, "not-found");
}

fn only_the_areas_management_team_decides(app: &TestApp) {
    let (child, kept) = a_child(app);
    let (relative, manager) = (&kept[0], app.manager());
    let elsewhere = app.manager().in_area(ELSEWHERE);
    let through = app.manager().acting_through(&app.system());
    for other in
        [&app.practitioner(), &kept[1], &elsewhere, &app.system(), &app.auditor(), &app.administrator(), &through]
    {
        restrict(other, &child, relative).is_refused(403, "role-not-permitted");
        other.get(&restrictions(&child)).is_refused(403, "role-not-permitted");
        let lift = json!({"account": relative.account.id.to_string()});
        other.post(&format!("{}/lift", restrictions(&child)), &lift).is_refused(403, "role-not-permitted");
    }
    let unknown = json!({"account": "0191d3a0-5f5e-7cc0-8000-0123456789ad", "ground": "relative"});
    manager.post(&restrictions(&child), &unknown).is_refused(422, "invalid-body");
    let listed = restrict(&manager, &child, relative).ok();
    assert_eq!(restrict(&manager, &child, relative).ok(), listed, "named again it stands as it is");
    let shown = &listed["restrictions"][0];
    assert_eq!((&shown["name"], &shown["ground"]), (&json!(relative.account.name), &json!("relative")));
    // A manager who is a relative says so, and is kept from it from then on.
    restrict(&manager, &child, &manager).ok();
    manager.get(&restrictions(&child)).is_refused(404, "not-found");
    let mine = json!({"account": manager.account.id.to_string()});
    manager.post(&format!("{}/lift", restrictions(&child)), &mine).is_refused(404, "not-found");
    let events = app.events();
    let decided: Vec<_> = events.iter().filter(|event| event.action == "child.restrict").collect();
    let outcomes: Vec<_> = decided.iter().map(|event| event.outcome.as_str()).filter(|it| *it != "refused").collect();
    assert_eq!(outcomes, ["invalid", "changed", "unchanged", "changed", "not-found"]);
    let payload = decided.iter().find(|event| event.outcome == "changed").and_then(|event| event.payload.as_ref());
    let payload = payload.expect("a payload");
    assert_eq!(payload.targets[0].id, relative.account.id.to_string());
    assert!(payload.children[0].protected, "an ordinary auditor is not told whose relative is in which record");
}

fn others_see_what_they_saw_and_lifting_undoes_it(app: &TestApp) {
    let (child, kept) = a_child(app);
    let (teacher, manager) = (&kept[0], app.manager());
    let colleague = app.practitioner();
    let before = (colleague.read(&child).likeness(), colleague.contacts(&child).likeness());
    restrict(&manager, &child, teacher).ok();
    assert_eq!((colleague.read(&child).likeness(), colleague.contacts(&child).likeness()), before);
    teacher.read(&child).is_refused(404, "not-found");
    let lift = format!("{}/lift", restrictions(&child));
    let account = json!({"account": teacher.account.id.to_string()});
    assert_eq!(manager.post(&lift, &account).ok()["restrictions"], json!([]));
    teacher.read(&child).ok();
    manager.post(&lift, &account).ok();
}
